"""What somebody is asked to approve, and how."""

from collections.abc import Sequence

from cage_fsm.engine.record import Record
from cage_fsm.report import naming
from cage_fsm.report.text import clean, key_value_lines, shorten
from cage_fsm.report.words import asked_hash, doing, type_next

WIDEST = 200


def asks(record: Record) -> bool:
    """Whether the run waits for somebody's approval, and has said of what."""
    return record.state == "awaiting_approval" and asked_hash(record) is not None


def approval_lines(record: Record, why: str | None, flags: Sequence[str] = ()) -> list[str]:
    """Say what is asked, and what to type. `why` says how the process left it."""
    asked = record.facts["approval"]
    parts = {name: asked[name] for name in ("images", "shown")} if isinstance(asked, dict) else {}
    return [
        f"To approve: {naming.place(record)} gets {naming.after(record)} instead of {naming.before(record)}.",
        *(f"  {shorten(line, WIDEST)}" for line in key_value_lines(parts)),
        f"Now: {clean(why or doing(record.state))}",
        f"Type next: {type_next(record, flags)}",
    ]
