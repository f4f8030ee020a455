"""Whether an audit passes, and which findings a new version brings."""

from collections.abc import Collection, Iterator, Sequence

from cage_fsm.judge.scan import GRAVITY, Audited, Finding, is_grave

SHOWN = 5
"""So many findings are named in a sentence; the others are counted."""


def objections(
    found: Sequence[Audited],
    *,
    fail_on: Collection[str] = (),
    waived: Collection[str] = (),
    allow_unknown: bool = False,
) -> Iterator[str]:
    """Why an audit fails; nothing when it passes.

    Without `fail_on` it only shows; but where nothing could be told of any image, nothing was audited.
    """
    grave = [(each, one) for each in found for one in each.open(waived) if is_grave(one.severity, fail_on)]
    if grave:
        yield f"Findings of severity {or_graver(fail_on)} ({len(grave)}): {named(grave)}."
    unknown = list(dict.fromkeys(each.subject.container for each in found if not each.known))
    if not unknown or allow_unknown:
        return
    if fail_on:
        yield f"What is in the image of {', '.join(unknown)} is not known; --allow-unknown lets that pass."
    elif not any(each.known for each in found):
        yield "Of no image is known what is in it; --allow-unknown lets that pass."


def brought(
    after: Sequence[Audited],
    before: Sequence[Audited],
    severities: Collection[str],
    waived: Collection[str] = (),
) -> list[tuple[Audited, Finding]]:
    """The findings of these severities, or graver, that the same container did not have before.

    They are the same by id and package: another version of the package is no other vulnerability.
    """
    known = {(each.subject.container, one.id, one.package) for each in before for one in each.findings}
    return [
        (each, one)
        for each in after
        for one in each.open(waived)
        if is_grave(one.severity, severities)
        if (each.subject.container, one.id, one.package) not in known
    ]


def named(findings: Sequence[tuple[Audited, Finding]]) -> str:
    """Some findings, each with its container and package."""
    shown = [
        f"{each.subject.container}: {one.id} ({' '.join(filter(None, (one.package, one.version))) or '?'})"
        for each, one in findings[:SHOWN]
    ]
    more = len(findings) - len(shown)
    return ", ".join(shown) + (f", and {more} more" if more else "")


def or_graver(severities: Collection[str]) -> str:
    """What is asked for, for people."""
    graver = any(is_grave(each, severities) and each not in severities for each in GRAVITY)
    return ", ".join(severities).lower() + (" or graver" if graver else "")
