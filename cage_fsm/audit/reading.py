"""Finds out what the scan of an image says."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from cage_fsm.aws.ecr import Ecr
from cage_fsm.aws.errors import DENIED, AwsSaidNo
from cage_fsm.images import Platform, Reference, parse
from cage_fsm.judge.scan import Audited, ScanSeen, Subject, judged

Ask = Callable[[str, Callable[[], Any]], Any]
"""Asks a question that has a name, again if need be; without an answer in the end it raises AwsSaidNo."""

NO_ANSWER = "NoAnswer"

_PUBLIC = "ECR Public does not scan; push the image to a private repository to have it scanned."
_NOT_ECR = "It is not in ECR, so that no scan of ECR's tells what is in it."
_UPSTREAM = (
    "The repository is a pull-through cache whose upstream did not give the image; look at its rule and its "
    "secret, and allow ecr:BatchImportUpstreamImage."
)
_GONE = "There is no such image in the repository (any more); push it again, or name one that is there."
_WORDS: Mapping[str, str] = {
    "ScanNotFoundException": (
        "It was never scanned; switch scanning on for the repository, or use `aws ecr start-image-scan`."
    ),
    "ImageNotFoundException": _GONE,
    "ImageNotFound": _GONE,
    "RepositoryNotFoundException": "There is no such repository in this registry and region.",
    "ImageInaccessible": "The image is archived; restore it.",
    "UnableToGetUpstreamImageException": _UPSTREAM,
    "UpstreamAccessDenied": _UPSTREAM,
    "NoAccess": "The credentials do not reach the registry: another partition, or a region that is off.",
    NO_ANSWER: "ECR did not answer; audit again later.",
}


def audited(ecr: Ecr, subject: Subject, platform: Platform, ask: Ask) -> Audited:
    """What the scan of one image says. Raises what `ask` does, except AwsSaidNo."""
    reference = parse(subject.image)
    if not reference.in_ecr:
        public = reference.in_public_ecr
        return Audited(subject, "PUBLIC" if public else "NOT_ECR", _PUBLIC if public else _NOT_ECR)
    wanted = reference.at(subject.digest) if subject.digest else reference
    digest = ""
    try:
        digest = ask(f"image {wanted} {platform}", lambda: ecr.resolve(wanted, platform))
        scan = _scan(ecr, reference.at(digest), ask)
    except AwsSaidNo as no:
        reason = _explained(no, reference)
        return Audited(subject, "UNKNOWN", reason, no.code, str(platform), digest)
    status, reason = judged(scan)
    error = scan.status if status == "UNKNOWN" else ""
    return Audited(subject, status, reason, error, str(platform), digest, scan.status, scan.findings)


def _scan(ecr: Ecr, image: Reference, ask: Ask) -> ScanSeen:
    """Every page of a scan: one that ECR does not give at once costs none of those that it gave."""
    scan: ScanSeen = ask(f"scan {image}", lambda: ecr.scan(image))
    findings, position, seen = scan.findings, scan.more, set[str]()
    while position:
        page: ScanSeen = ask(f"scan {image} {position}", partial(ecr.scan, image, position))
        findings, seen = findings + page.findings, seen | {position}
        if page.more in seen:
            message = "a page of the findings leads back to one before it"
            raise AwsSaidNo("ecr:DescribeImageScanFindings", "Pagination", message, {})
        position = page.more
    return replace(scan, findings=findings)


def _explained(no: AwsSaidNo, reference: Reference) -> str:
    said = f"AWS says {no.code}: {no.message}"
    if no.code == "NoSuchPlatform":
        return no.message
    if no.code in DENIED:
        doing = no.outcome.evidence["doing"]
        return f"Allow {doing} on the repository {reference.repository}, also in its own account. {said}"
    return f"{_WORDS[no.code]} {said}" if no.code in _WORDS else said
