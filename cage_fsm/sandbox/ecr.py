"""Images: every tag exists, except one that the scenario bad-image names, beside those that were pushed."""

import json
from collections import Counter

from cage_fsm.sandbox import images, scans
from cage_fsm.sandbox.ecs.paging import page
from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.image_records import Image, Scan
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_LARGEST_PAGE = 1000
"""API reference, DescribeImageScanFindings."""


def describe_images(world: World, params: Json) -> Json:
    """Describe images by tag or digest. ImageNotFoundException."""
    repository = params["repositoryName"]
    details = []
    for wanted in params.get("imageIds", []):
        digest = _existing(world, params, wanted)
        details.append(
            {
                "registryId": _account(world, params),
                "repositoryName": repository,
                "imageDigest": digest,
                "imageTags": [wanted["imageTag"]] if "imageTag" in wanted else [],
                "imageManifestMediaType": _image(world, params, digest).media_type,
                "imageSizeInBytes": 10_000_000,
            }
        )
    return {"imageDetails": details}


def batch_get_image(world: World, params: Json) -> Json:
    """Get images by tag or digest; a miss is a failure beside the others, not an error."""
    found, failures = [], []
    for wanted in params["imageIds"]:
        digest = _digest(world, params, wanted)
        if digest is None:
            reason = "Requested image not found"
            failures.append({"imageId": wanted, "failureCode": "ImageNotFound", "failureReason": reason})
            continue
        image = _image(world, params, digest)
        found.append(
            {
                "registryId": image.account,
                "repositoryName": image.repository,
                "imageId": {**wanted, "imageDigest": digest},
                "imageManifest": image.manifest,
                "imageManifestMediaType": image.media_type,
            }
        )
    return {"images": found, "failures": failures}


def describe_image_scan_findings(world: World, params: Json) -> Json:
    """Describe what a scan has found, page by page. ImageNotFoundException, ScanNotFoundException."""
    wanted = params["imageId"]
    digest = _existing(world, params, wanted)
    scan = scans.of_image(world, digest)
    if scan is None:
        raise ApiError("ScanNotFoundException", f"Image scan does not exist for {_where(world, params)}")
    key = "enhancedFindings" if scan.enhanced else "findings"
    answer = page(params, scan.findings, key, _LARGEST_PAGE)
    token = {"nextToken": answer.pop("nextToken")} if "nextToken" in answer else {}
    return {
        "registryId": _account(world, params),
        "repositoryName": params["repositoryName"],
        "imageId": {**wanted, "imageDigest": digest},
        "imageScanStatus": {"status": scan.status, "description": scan.description},
        **({"imageScanFindings": answer | _summary(world, scan)} if scan.status in scans.LOOKED else {}),
        **token,
    }


def _summary(world: World, scan: Scan) -> Json:
    counts = Counter(each["severity"] for each in scan.findings)
    return {"imageScanCompletedAt": world.now, "findingSeverityCounts": dict(counts)}


def _existing(world: World, params: Json, wanted: Json) -> str:
    digest = _digest(world, params, wanted)
    if digest is None:
        words = f"The image with imageId {wanted} does not exist within the repository with name"
        where = f"'{params['repositoryName']}' in the registry with id '{_account(world, params)}'"
        raise ApiError("ImageNotFoundException", f"{words} {where}")
    return digest


def _digest(world: World, params: Json, wanted: Json) -> str | None:
    digest: str | None = wanted.get("imageDigest")
    if digest is None:
        digest = images.of_tag(world, params["repositoryName"], wanted["imageTag"])
    pushed = world.images.get(digest or "")
    if pushed and (pushed.account, pushed.repository) != (_account(world, params), params["repositoryName"]):
        raise ApiError("RepositoryNotFoundException", f"There is no repository {_where(world, params)}")
    return digest


def _image(world: World, params: Json, digest: str) -> Image:
    plain = json.dumps({"schemaVersion": 2, "mediaType": _MANIFEST})
    made = Image(_account(world, params), params["repositoryName"], plain, _MANIFEST)
    return world.images.get(digest, made)


def _account(world: World, params: Json) -> str:
    return str(params.get("registryId", world.account))


def _where(world: World, params: Json) -> str:
    image = f"the image with '{params.get('imageId')}' in " if "imageId" in params else ""
    name = params["repositoryName"]
    return f"{image}the repository with name '{name}' in the registry with id '{_account(world, params)}'"
