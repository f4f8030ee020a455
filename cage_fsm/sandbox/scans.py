"""What scans have found in images: nothing, unless a tag or a test says otherwise."""

from cage_fsm.sandbox import scenarios
from cage_fsm.sandbox.image_records import Scan
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World

LOOKED = frozenset({"COMPLETE", "ACTIVE"})
"""The statuses of a scan that has findings to show."""


def of_image(world: World, digest: str) -> Scan | None:
    """The scan of an image; None for one that was never scanned, as an index never is."""
    if digest in world.scans:
        return world.scans[digest]
    image = world.images.get(digest)
    if image and "manifests" in image.manifest:
        return None
    scenario = scenarios.of_image(world.tagged.get(digest, ""))
    if scenario == "unscanned":
        return None
    return Scan(findings=[finding()] if scenario == "vulnerable" else [])


def finding(
    name: str = "CVE-2026-0001", severity: str = "CRITICAL", package: str = "openssl", version: str = "3.0.1"
) -> Json:
    """Make a finding of a basic scan."""
    attributes = {"package_name": package, "package_version": version}
    return {
        "name": name,
        "description": f"{package} trusts whoever asks.",
        "uri": f"https://example.com/{name}",
        "severity": severity,
        "attributes": [{"key": key, "value": value} for key, value in attributes.items()],
    }
