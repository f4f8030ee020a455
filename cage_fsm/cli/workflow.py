"""How a run was left, told to the workflow of GitHub Actions that it is part of."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from cage_fsm.cli.trouble import INTERRUPTED, UNFINISHED
from cage_fsm.engine.record import Record, outcome
from cage_fsm.report import naming
from cage_fsm.report.approval import asks
from cage_fsm.report.github import Level, annotation, put_outputs, put_summary
from cage_fsm.report.safely import say
from cage_fsm.report.step_summary import step_summary
from cage_fsm.report.words import asked_hash

if TYPE_CHECKING:
    from cage_fsm.driver import Ending


def tell_workflow(ending: "Ending", lines: Sequence[str], stream: TextIO) -> None:
    """Give outputs and a summary, and mark what did not go well; `lines` are those that end the log."""
    record = ending.record
    put_outputs(_outputs(record))
    put_summary(step_summary(record, lines))
    if ending.code:
        title = f"{naming.place(record)}: {outcome(record).outcome}"
        head = [line for line in lines if not line.startswith(" ")]
        say([annotation(_level(ending), title, head)], stream)


def _outputs(record: Record) -> dict[str, str]:
    given = "baseline" if record.machine == "rollback" else "task_definition"
    return {
        "outcome": outcome(record).outcome,
        "task-definition-arn": naming.fact(record, given) or "",
        "approval-hash": asked_hash(record) or "" if asks(record) else "",
    }


def _level(ending: "Ending") -> Level:
    if asks(ending.record):
        return "notice"
    return "warning" if ending.code in (UNFINISHED, INTERRUPTED) else "error"
