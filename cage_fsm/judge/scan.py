"""What the scan of an image tells: clean only where it was looked, and nothing was found."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

Status = Literal["CLEAN", "FOUND", "UNKNOWN", "PUBLIC", "NOT_ECR"]
Origin = Literal["running", "service", "next"]

GRAVITY = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL")
UNRATED = ("UNDEFINED", "UNTRIAGED")
"""What basic scans and Inspector say of a finding that nobody has rated yet."""

_LOOKED = frozenset({"COMPLETE", "ACTIVE"})
"""ACTIVE: Inspector looks again whenever it learns of something new (ECR user guide, "Enhanced scanning")."""

SOON = frozenset({"PENDING", "IN_PROGRESS"})
"""A scan that will tell in a moment: one of an image that was just pushed, say."""

_STATUS_WORDS: Mapping[str, str] = {
    "PENDING": "The scan has not begun yet; audit again later.",
    "IN_PROGRESS": "The scan is under way; audit again in a minute.",
    "FAILED": "The scan failed.",
    "UNSUPPORTED_IMAGE": "ECR cannot scan this kind of image: it knows neither its system nor its packages.",
    "SCAN_ELIGIBILITY_EXPIRED": (
        "The image is older than Inspector's scan duration; push it again, or raise that duration."
    ),
    "FINDINGS_UNAVAILABLE": "The findings cannot be had now; audit again later, or scan the image again.",
    "LIMIT_EXCEEDED": "A quota of scans is used up; audit again tomorrow.",
    "IMAGE_ARCHIVED": "The image is archived, and archived images are not scanned; restore it.",
    "IMAGE_SIZE_EXCEEDED": "The image is larger than what Inspector scans.",
}
"""The other statuses there are (API reference, ImageScanStatus)."""


@dataclass(frozen=True)
class Finding:
    """A vulnerability in one package; what nobody says is empty."""

    id: str
    severity: str
    package: str = ""
    version: str = ""
    fixed_in: str = ""
    uri: str = ""
    suppressed: bool = False
    """By a rule of Inspector's, or closed there."""


@dataclass(frozen=True)
class ScanSeen:
    """What ECR says of a scan. `counted` is how many findings it says there are; `more` leads to others."""

    status: str
    description: str
    findings: tuple[Finding, ...] = ()
    counted: int = 0
    more: str = ""


@dataclass(frozen=True)
class Subject:
    """An image that a container runs or would run. `digest` is the one that runs, if that is known.

    `origin`: it runs; no task runs, and the service would start it; it would be deployed next.
    """

    container: str
    image: str
    origin: Origin
    digest: str = ""


@dataclass(frozen=True)
class Audited:
    """What became of a subject. `digest` is the image that was scanned; `error` a word of AWS's."""

    subject: Subject
    status: Status
    reason: str = ""
    error: str = ""
    platform: str = ""
    digest: str = ""
    scan_status: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def known(self) -> bool:
        """Whether a scan tells what is in the image."""
        return self.status in ("CLEAN", "FOUND")

    @property
    def suppressed(self) -> list[Finding]:
        """The findings that are suppressed where they were found."""
        return [each for each in self.findings if each.suppressed]

    def open(self, waived: Collection[str] = ()) -> list[Finding]:
        """Those that count: neither suppressed nor of these ids."""
        return [each for each in self.findings if not each.suppressed and each.id not in waived]

    def waived(self, waived: Collection[str]) -> list[Finding]:
        """Those that would count, were they not waived."""
        return [each for each in self.findings if not each.suppressed and each.id in waived]


def judged(scan: ScanSeen) -> tuple[Status, str]:
    """The status of an image by its scan, and the reason where that is UNKNOWN."""
    if scan.status not in _LOOKED:
        words = _STATUS_WORDS.get(scan.status, "This version of cage-fsm does not know this status.")
        said = f"ECR says {scan.status or 'nothing'}"
        return "UNKNOWN", f"{words} {said}: {scan.description}" if scan.description else f"{words} {said}."
    if scan.counted and not scan.findings:
        return "UNKNOWN", f"ECR counts {scan.counted} findings and shows none of them; audit again later."
    return ("FOUND" if scan.findings else "CLEAN"), ""


def counts(findings: Collection[Finding]) -> dict[str, int]:
    """How many findings there are of each severity that occurs, the gravest first."""
    found = Counter(each.severity for each in findings)
    order = [*GRAVITY, *UNRATED, *sorted(found.keys() - {*GRAVITY, *UNRATED})]
    return {severity: found[severity] for severity in order if found[severity]}


def is_grave(severity: str, named: Collection[str]) -> bool:
    """Whether a severity is one of those that are `named`, or graver.

    What nobody has rated, or this version does not know, counts where UNDEFINED or itself is named.
    """
    if severity not in GRAVITY:
        return severity in named or "UNDEFINED" in named
    return any(each in GRAVITY and GRAVITY.index(severity) <= GRAVITY.index(each) for each in named)
