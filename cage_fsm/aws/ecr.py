"""Amazon ECR: which image a reference stands for on a platform, and what its scan has found."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from threading import Lock
from typing import Any, ClassVar

from cage_fsm.aws.errors import AwsSaidNo, answers
from cage_fsm.aws.on_demand import Regional
from cage_fsm.aws.scan_shapes import findings
from cage_fsm.engine.ports import Retryable, Suspend
from cage_fsm.images import Manifest, Platform, Reference, parse
from cage_fsm.images.manifest import MEDIA_TYPES, read
from cage_fsm.judge.scan import ScanSeen

_PASSING = frozenset({"UpstreamTooManyRequests", "UpstreamUnavailable"})
_LARGEST_PAGE = 1000  # API reference, DescribeImageScanFindings
_DEEPEST = 4
"""Indexes inside of indexes; one that refers to itself has to end somewhere."""


class Ecr(Regional):
    """ECR through clients that are made when they are needed, one for each region that images are in.

    Threads may share it. Every method raises Retryable, Suspend or AwsSaidNo.
    """

    service: ClassVar[str] = "ecr"

    def __init__(self, session: Any, config: Any) -> None:
        super().__init__(session, config)
        self._making = Lock()  # clients may be shared by threads, the session that makes them may not

    def digest(self, image: str) -> str | None:
        """The digest that `image` resolves to now; None where that cannot be told from here.

        Raises Retryable or Suspend.
        """
        reference = parse(image)
        if not reference.in_ecr or reference.digest:
            return reference.digest or None
        try:
            with self._asking("DescribeImages", reference) as (client, where):
                details = client.describe_images(**where, imageIds=[reference.image_id]).get("imageDetails")
        except AwsSaidNo:
            return None
        return details[0].get("imageDigest") if details else None

    def resolve(self, reference: Reference, platform: Platform) -> str:
        """The digest of the image that a task on this platform runs: through an index, that of its child.

        AwsSaidNo with ECR's code for an image that cannot be had, `NoSuchPlatform` where the index has none.
        """
        return self.child(reference, self.manifest(reference), platform)

    def child(self, reference: Reference, top: Manifest, platform: Platform) -> str:
        """The same where `top`, the manifest that the reference names, is known."""
        found = self._descend(reference, top, platform, _DEEPEST)
        if not found:
            message = (
                f"The index {top.digest} has no image for {platform}; it has {top.platforms}. Which one "
                "the tasks need is said by `runtimePlatform` of the task definition."
            )
            raise AwsSaidNo("ecr:BatchGetImage", "NoSuchPlatform", message, {})
        return found

    def manifest(self, reference: Reference) -> Manifest:
        """The manifest that a reference names."""
        with self._asking("BatchGetImage", reference) as (client, where):
            answer = client.batch_get_image(
                **where, imageIds=[reference.image_id], acceptedMediaTypes=list(MEDIA_TYPES)
            )
        for image in answer.get("images") or ():
            digest = (image.get("imageId") or {}).get("imageDigest") or reference.digest
            return _read(image.get("imageManifest") or "", digest)
        raise _failure(answer.get("failures") or [])

    def scan(self, reference: Reference, position: str = "") -> ScanSeen:
        """A page of what is known of an image; status and counts are on the first one."""
        with self._asking("DescribeImageScanFindings", reference) as (client, where):
            onward = {"nextToken": position} if position else {}
            page = client.describe_image_scan_findings(
                **where, imageId=reference.image_id, maxResults=_LARGEST_PAGE, **onward
            )
        status, found = page.get("imageScanStatus") or {}, page.get("imageScanFindings") or {}
        return ScanSeen(
            status=status.get("status") or "",
            description=status.get("description") or "",
            findings=tuple(findings(found)),
            counted=sum((found.get("findingSeverityCounts") or {}).values()),
            more=page.get("nextToken") or "",
        )

    def _descend(
        self, reference: Reference, manifest: Manifest, platform: Platform, deepest: int
    ) -> str | None:
        if manifest.children is None:
            return manifest.digest
        for child in manifest.for_platform(platform):
            if not child.is_index:
                return child.digest
            if deepest:
                inner = self.manifest(reference.at(child.digest))
                if found := self._descend(reference, inner, platform, deepest - 1):
                    return found
        return None

    @contextmanager
    def _asking(self, operation: str, reference: Reference) -> Iterator[tuple[Any, dict[str, str]]]:
        """The client of the image's region, and what names the repository in every call."""
        where = {"registryId": reference.account, "repositoryName": reference.repository}
        try:
            with answers(f"ecr:{operation}"):
                yield self.client(reference.region), where
        except Suspend as error:
            # Another partition, or a region that is switched off: no fresh credentials would help there.
            if reference.region == self._session.region_name:
                raise
            raise AwsSaidNo(
                f"ecr:{operation}", "NoAccess", f"{error} (region {reference.region})", {}
            ) from error

    def client(self, region: str) -> Any:
        """The client of a region."""
        with self._making:
            return super().client(region)


def _read(text: str, digest: str) -> Manifest:
    try:
        return read(text, digest or f"sha256:{sha256(text.encode()).hexdigest()}")
    except (ValueError, TypeError, AttributeError) as error:
        message = f"The manifest of {digest or 'the image'} cannot be read: {error}"
        raise AwsSaidNo("ecr:BatchGetImage", "UnreadableManifest", message, {}) from error


def _failure(failures: list[dict[str, Any]]) -> Exception:
    if not failures:
        return Retryable("ecr:BatchGetImage: an answer with neither an image nor a failure")
    code = failures[0].get("failureCode") or "ImageNotFound"
    reason = failures[0].get("failureReason") or "ECR names no reason."
    if code in _PASSING:
        return Retryable(f"ecr:BatchGetImage: {code}: {reason}")
    return AwsSaidNo("ecr:BatchGetImage", code, reason, {})
