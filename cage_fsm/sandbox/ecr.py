"""Images: every tag exists, except one that the scenario bad-image names."""

import json

from cage_fsm.sandbox import images, scenarios
from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def describe_images(world: World, params: Json) -> Json:
    """Describe images by tag or digest. ImageNotFoundException."""
    repository = params["repositoryName"]
    details = []
    for wanted in params.get("imageIds", []):
        digest = _digest(world, repository, wanted)
        if digest is None:
            words = f"The image with imageId {wanted} does not exist within the repository with name"
            where = f"'{repository}' in the registry with id '{world.account}'"
            raise ApiError("ImageNotFoundException", f"{words} {where}")
        details.append(
            {
                "registryId": world.account,
                "repositoryName": repository,
                "imageDigest": digest,
                "imageTags": [wanted["imageTag"]] if "imageTag" in wanted else [],
                "imageManifestMediaType": _MANIFEST,
                "imageSizeInBytes": 10_000_000,
            }
        )
    return {"imageDetails": details}


def batch_get_image(world: World, params: Json) -> Json:
    """Get images by tag or digest; a miss is a failure beside the others, not an error."""
    repository = params["repositoryName"]
    found, failures = [], []
    for wanted in params["imageIds"]:
        digest = _digest(world, repository, wanted)
        if digest is None:
            reason = "Requested image not found"
            failures.append({"imageId": wanted, "failureCode": "ImageNotFound", "failureReason": reason})
            continue
        found.append(
            {
                "registryId": world.account,
                "repositoryName": repository,
                "imageId": {**wanted, "imageDigest": digest},
                "imageManifest": json.dumps({"schemaVersion": 2, "mediaType": _MANIFEST}),
                "imageManifestMediaType": _MANIFEST,
            }
        )
    return {"images": found, "failures": failures}


def _digest(world: World, repository: str, wanted: Json) -> str | None:
    if "imageTag" not in wanted:
        return wanted.get("imageDigest")
    reference = f"{repository}:{wanted['imageTag']}"
    return None if scenarios.of_image(reference) == "bad-image" else images.digest(world, reference)
