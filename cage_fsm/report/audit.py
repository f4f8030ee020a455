"""`audit`: images, what was found in them, and why nothing is known of some."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from cage_fsm.judge.scan import GRAVITY, Audited, Finding, counts
from cage_fsm.report.columns import aligned
from cage_fsm.report.text import clean

ALWAYS = GRAVITY[:4]
"""Severities that have a column even if there is nothing in it."""


def table(found: Sequence[Audited], waived: Collection[str]) -> list[dict[str, str]]:
    """A row for each image; every row has the same columns."""
    severities = [*counts([one for each in found for one in each.open(waived)])]
    shown = [*ALWAYS, *(each for each in severities if each not in ALWAYS)]
    apart = {
        "WAIVED": any(each.waived(waived) for each in found),
        "SUPPRESSED": any(each.suppressed for each in found),
    }
    return [_row(each, waived, shown, [name for name, there in apart.items() if there]) for each in found]


def lines(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """The table as aligned columns, for a pipe."""
    return aligned([[*rows[0]], *([*row.values()] for row in rows)])


def reasons(found: Sequence[Audited]) -> list[str]:
    """Of each image of which nothing is known, why."""
    return [clean(f"{each.subject.container}: {each.reason}") for each in found if not each.known]


def detail(found: Sequence[Audited], waived: Collection[str]) -> Iterator[str]:
    """Every finding on a line, the gravest first; what does not count says so."""
    for each in found:
        if each.findings:
            yield clean(f"{each.subject.container}: {each.subject.image}")
        order = list(counts(each.findings))
        for one in sorted(each.findings, key=lambda finding: order.index(finding.severity)):
            yield "  " + clean(_finding(one, waived))


def as_json(found: Sequence[Audited], waived: Collection[str]) -> list[dict[str, Any]]:
    """The images as data; what is not known is null."""
    return [
        {
            "container": each.subject.container,
            "image": each.subject.image,
            "origin": each.subject.origin,
            "status": each.status,
            "error": each.error or None,
            "reason": each.reason or None,
            "platform": each.platform or None,
            "running_digest": each.subject.digest or None,
            "digest": each.digest or None,
            "scan_status": each.scan_status or None,
            "counts": counts(each.open(waived)),
            "waived": len(each.waived(waived)),
            "suppressed": len(each.suppressed),
            "findings": [_as_json(one, waived) for one in each.findings],
        }
        for each in found
    ]


def _as_json(finding: Finding, waived: Collection[str]) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity,
        "package": finding.package or None,
        "version": finding.version or None,
        "fixed_in": finding.fixed_in or None,
        "uri": finding.uri or None,
        "counts": not _apart(finding, waived),
        "because": _apart(finding, waived) or None,
    }


def _apart(finding: Finding, waived: Collection[str]) -> str:
    if finding.suppressed:
        return "suppressed"
    return "waived" if finding.id in waived else ""


def _finding(finding: Finding, waived: Collection[str]) -> str:
    fixed = f"fixed in {finding.fixed_in}" if finding.fixed_in else ""
    apart = f"({_apart(finding, waived)})" if _apart(finding, waived) else ""
    what = (finding.severity, finding.id, finding.package, finding.version, fixed, finding.uri, apart)
    return " ".join(filter(None, what))


def _row(
    audited: Audited, waived: Collection[str], severities: Sequence[str], apart: Sequence[str]
) -> dict[str, str]:
    found = counts(audited.open(waived))
    nothing = "0" if audited.known else "-"
    numbers = {"WAIVED": len(audited.waived(waived)), "SUPPRESSED": len(audited.suppressed)}
    return {
        "CONTAINER": clean(audited.subject.container),
        "IMAGE": clean(audited.subject.image),
        "DIGEST": clean(audited.digest.removeprefix("sha256:")[:12]) or "-",
        "STATUS": audited.status,
        **{clean(each): str(found[each]) if each in found else nothing for each in severities},
        **{each: str(numbers[each] or nothing) for each in apart},
    }
