"""One picture of a run, as a text with styles: header, path, last events. Nothing here writes anything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.text import Text

from cage_fsm.engine.definition import Definition
from cage_fsm.engine.durations import words
from cage_fsm.engine.ports import Event
from cage_fsm.engine.record import Record, outcome
from cage_fsm.report import naming
from cage_fsm.report.lines import words as event_words
from cage_fsm.report.path import Visit, happy_path, way
from cage_fsm.report.terminal import Marks
from cage_fsm.report.text import clean
from cage_fsm.report.words import doing, sentence

_STYLES = {"done": "green", "failed": "red", "current": "bold cyan", "to_come": "dim"}
_FEWEST_ROWS = 5


@dataclass(frozen=True)
class Size:
    """The room there is, in characters."""

    width: int
    height: int


@dataclass(frozen=True)
class View:
    """What a picture is made of."""

    definition: Definition
    record: Record | None
    now: datetime
    seen: str = ""
    tail: Sequence[Event] = ()


def draw(view: View, marks: Marks, size: Size) -> Text:
    """Draw `view` in at most `size`: no line is wrapped, and of the path the middle is what matters."""
    head = [_header(view.record, marks), Text()]
    tail = list(_tail(view.tail))
    room = size.height - len(head) - 1
    path = _path(view, marks)
    if tail and room - len(tail) < min(len(path), _FEWEST_ROWS):
        tail = []
    path = _fitting(path, room - len(tail), _current(view), marks)
    return Text("\n").join(_cut(line, size.width - 1, marks) for line in [*head, *path, *tail])


def _header(record: Record | None, marks: Marks) -> Text:
    if record is None:
        return Text("beginning a run")
    change = naming.change(record, marks.arrow)
    of = f" of {naming.place(record)}" if naming.service(record) else ""
    return Text.assemble(
        (record.id, "bold"), f"  {clean(record.machine)}{of}", ("  " + change if change else "", "bold")
    )


def _path(view: View, marks: Marks) -> list[Text]:
    if view.record is None:
        return [_row(Visit(state, "to_come"), "", "", marks) for state in happy_path(view.definition)]
    return [_visit(visit, view, view.record, marks) for visit in way(view.definition, view.record)]


def _visit(visit: Visit, view: View, record: Record, marks: Marks) -> Text:
    if visit.status == "current":
        return _row(visit, _clock(record, view.now), view.seen or doing(visit.state), marks)
    if visit.entered and visit.left:
        note = visit.reason if visit.status == "failed" else ""
        return _row(visit, words((visit.left - visit.entered).total_seconds()), note, marks)
    note = sentence(outcome(record).outcome) if visit.entered else ""
    return _row(visit, "", note, marks)


def _row(visit: Visit, lasted: str, note: str, marks: Marks) -> Text:
    style = _STYLES[visit.status]
    row = Text.assemble(
        (f"  {marks.status[visit.status]} {clean(visit.state):<19}", style),
        (f" {lasted:>7}", "" if visit.status == "current" else "dim"),
        (f"  {clean(note)}" if note else ""),
    )
    row.rstrip()
    return row


def _clock(record: Record, now: datetime) -> str:
    elapsed = words(max((now - record.entered_at).total_seconds() // 1, 0))
    if record.deadline is None:
        return elapsed
    return f"{elapsed} of {words((record.deadline - record.entered_at).total_seconds())}"


def _tail(events: Iterable[Event]) -> Iterable[Text]:
    for number, event in enumerate(events):
        if number == 0:
            yield Text()
        at = f"{event.at.astimezone(UTC):%H:%M:%S}"
        yield Text.assemble((f"  {at} {clean(event.state):<19} ", "dim"), event_words(event))


def _cut(line: Text, width: int, marks: Marks) -> Text:
    if line.cell_len > width:
        line.truncate(max(width - len(marks.more), 0), overflow="crop")
        line.append(marks.more)
    return line


def _current(view: View) -> int:
    return len(view.record.history) if view.record else 0


def _fitting(rows: list[Text], room: int, current: int, marks: Marks) -> list[Text]:
    room = max(room, 3)
    if len(rows) <= room:
        return rows
    first = min(max(current - room // 2, 0), len(rows) - room)
    shown = rows[first : first + room]
    if first:
        shown[0] = Text(f"  {marks.more} {first + 1} earlier", "dim")
    if rest := len(rows) - first - room:
        shown[-1] = Text(f"  {marks.more} {rest + 1} to come", "dim")
    return shown
