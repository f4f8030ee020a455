"""The deployment of a service as a bar: of the desired tasks so many run, and so many failed."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue
from rich.text import Text

from cage_fsm.report.terminal import Marks

CELLS = 20


@dataclass(frozen=True)
class Counts:
    """Tasks of a deployment, and those of other revisions that still run."""

    desired: int
    running: int
    failed: int = 0
    others: int = 0


def counts(evidence: Mapping[str, JsonValue]) -> Counts | None:
    """What the evidence of an event says of a deployment; None when it is about something else."""
    names = ("desired", "running", "failed", "running_of_others")
    desired, running, failed, others = (
        found if isinstance(found := evidence.get(name), int) else None for name in names
    )
    if not desired or running is None:
        return None
    return Counts(desired, running, failed or 0, others or 0)


def bar(shown: Counts, marks: Marks) -> Text:
    """Draw `shown`: `████████████▒▒▒▒░░░░ 3 of 5 run, 1 failed, 2 of other revisions`."""
    full = min(CELLS * shown.running // shown.desired, CELLS)
    bad = min(CELLS * shown.failed // shown.desired, CELLS - full)
    failed = f"{shown.failed} failed" if shown.failed else ""
    others = f", {shown.others} of other revisions" if shown.others else ""
    return Text.assemble(
        (marks.full * full, "green"),
        (marks.bad * bad, "red"),
        (marks.empty * (CELLS - full - bad), "dim"),
        f" {shown.running} of {shown.desired} run{', ' if failed else ''}",
        (failed, "red"),
        others,
    )
