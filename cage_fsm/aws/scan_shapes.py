"""From ECR's findings, of basic scans and of Inspector, to ours: one for each vulnerable package."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cage_fsm.judge.scan import Finding

Json = Mapping[str, Any]

_NOT_OPEN = frozenset({"SUPPRESSED", "CLOSED"})
_NO_FIX = "NotAvailable"
"""What Inspector says in `fixedInVersion` (Inspector API reference, VulnerablePackage)."""


def findings(found: Json) -> Iterator[Finding]:
    """Those of a page of DescribeImageScanFindings."""
    yield from map(_basic, found.get("findings") or ())
    for each in found.get("enhancedFindings") or ():
        yield from _enhanced(each)


def _basic(found: Json) -> Finding:
    """A finding of ECR's own scans."""
    more = {each.get("key"): each.get("value") or "" for each in found.get("attributes") or ()}
    return Finding(
        id=found.get("name") or "",
        severity=_severity(found),
        package=more.get("package_name", ""),
        version=more.get("package_version", ""),
        uri=found.get("uri") or "",
    )


def _enhanced(found: Json) -> Iterator[Finding]:
    """A finding of Inspector's, once for each package that it names."""
    details = found.get("packageVulnerabilityDetails") or {}
    packages: Iterable[Json] = details.get("vulnerablePackages") or ({},)
    for package in packages:
        fixed_in = package.get("fixedInVersion") or ""
        yield Finding(
            id=details.get("vulnerabilityId") or found.get("title") or found.get("findingArn") or "",
            severity=_severity(found),
            package=package.get("name") or "",
            version="-".join(filter(None, (package.get("version"), package.get("release")))),
            fixed_in="" if fixed_in == _NO_FIX else fixed_in,
            uri=details.get("sourceUrl") or "",
            suppressed=(found.get("status") or "").upper() in _NOT_OPEN,
        )


def _severity(found: Json) -> str:
    return (found.get("severity") or "UNDEFINED").upper()
