"""The path of a run as rows: where it was, where it is and for how long, what is to come."""

from collections.abc import Mapping
from datetime import datetime

from rich.text import Text

from cage_fsm.engine.definition import Definition
from cage_fsm.engine.durations import words
from cage_fsm.engine.record import Record, outcome
from cage_fsm.report.path import Status, Visit, happy_path, way
from cage_fsm.report.terminal import Marks, fit
from cage_fsm.report.words import sentence

_STYLES: Mapping[Status, str] = {
    "done": "green",
    "failed": "red",
    "current": "bold cyan",
    "to_come": "dim",
}


def rows(definition: Definition, record: Record | None, now: datetime, marks: Marks) -> list[Text]:
    """A row for each state on the way."""
    if record is None:
        return [_row(Visit(state, "to_come"), marks) for state in happy_path(definition)]
    return [_visit(visit, record, now, marks) for visit in way(definition, record)]


def fitting(path: list[Text], room: int, current: int, marks: Marks) -> list[Text]:
    """So many rows as there is `room` for, three at the least, with the `current` one among them."""
    room = max(room, 3)
    if len(path) <= room:
        return path
    first = min(max(current - room // 2, 0), len(path) - room)
    shown = path[first : first + room]
    if first:
        shown[0] = Text(f"  {marks.more} {first + 1} earlier", "dim")
    if rest := len(path) - first - room:
        shown[-1] = Text(f"  {marks.more} {rest + 1} to come", "dim")
    return shown


def _visit(visit: Visit, record: Record, now: datetime, marks: Marks) -> Text:
    if visit.status == "current":
        limit = f" of {_lasted(record.entered_at, record.deadline)}" if record.deadline else ""
        return _row(visit, marks, _lasted(record.entered_at, now), limit)
    if visit.entered and visit.left:
        note = visit.reason if visit.status == "failed" else ""
        return _row(visit, marks, _lasted(visit.entered, visit.left), note=note)
    return _row(visit, marks, note=sentence(outcome(record).outcome, record.machine) if visit.entered else "")


def _row(visit: Visit, marks: Marks, lasted: str = "", limit: str = "", note: str = "") -> Text:
    row = Text.assemble(
        (f"  {marks.status[visit.status]} {fit(visit.state, marks):<19}", _STYLES[visit.status]),
        (f" {lasted:>7}{limit}", "" if visit.status == "current" else "dim"),
        f"  {fit(note, marks)}",
    )
    row.rstrip()
    return row


def _lasted(since: datetime, until: datetime) -> str:
    return words(max((until - since).total_seconds() // 1, 0))
