"""What somebody is asked to approve, and how."""

from collections.abc import Sequence

from pydantic import JsonValue

from cage_fsm.engine.record import Record
from cage_fsm.report import naming
from cage_fsm.report.text import clean, key_value_lines, shorten
from cage_fsm.report.words import asked_hash, doing, type_next

WIDEST = 200
UNDERSTOOD = frozenset({"rule", "task", "last_status", "desired_status"})
"""Of a canary that may be approved: it runs, and its bake is over."""


def asks(record: Record) -> bool:
    """Whether the run waits for somebody's approval, and has said of what."""
    return record.state == "awaiting_approval" and asked_hash(record) is not None


def approval_lines(record: Record, why: str | None, flags: Sequence[str] = ()) -> list[str]:
    """Say what is asked, and what to type. `why` says how the process left it."""
    asked = record.facts["approval"]
    return [
        f"To approve: {naming.place(record)} gets {naming.after(record)} instead of {naming.before(record)}.",
        *(f"  {shorten(line, WIDEST)}" for line in key_value_lines(_parts(asked))),
        f"Now: {clean(why or doing(record.state))}",
        f"Type next: {type_next(record, flags)}",
    ]


def _parts(asked: object) -> dict[str, JsonValue]:
    """What the canary runs and what was seen of it, without what goes without saying."""
    if not isinstance(asked, dict):
        return {}
    seen = {name: value for name, value in asked["shown"].items() if name not in UNDERSTOOD}
    return {"image": asked["images"], **{name.replace("_", " "): value for name, value in seen.items()}}
