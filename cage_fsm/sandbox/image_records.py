"""What the cloud remembers about images that were pushed, and about scans."""

from dataclasses import dataclass, field

from cage_fsm.sandbox.records import Json


@dataclass(slots=True)
class Image:
    """A manifest in a repository; an index is one, too."""

    account: str
    repository: str
    manifest: str
    media_type: str


@dataclass(slots=True)
class Scan:
    """What ECR says of an image: a status of its own, and findings as DescribeImageScanFindings has them."""

    status: str = "COMPLETE"
    description: str = "The scan was completed successfully."
    enhanced: bool = False
    findings: list[Json] = field(default_factory=list)
