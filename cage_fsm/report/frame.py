"""One picture of a run, as a text with styles: header, path, cause, what was seen last, last events.

Nothing here writes anything.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.text import Text

from cage_fsm.engine.definition import Definition
from cage_fsm.engine.ports import Event
from cage_fsm.engine.record import Record
from cage_fsm.report import naming
from cage_fsm.report.bar import Counts, bar
from cage_fsm.report.cause import deciding_step, explanation
from cage_fsm.report.lines import words as event_words
from cage_fsm.report.rows import fitting, rows
from cage_fsm.report.terminal import Marks, fit
from cage_fsm.report.words import doing

_FEWEST_ROWS = 4
_MOST_LINES = 3
_WIDE = 80


@dataclass(frozen=True)
class Size:
    """The room there is, in characters."""

    width: int
    height: int


@dataclass(frozen=True)
class View:
    """What a picture is made of: `seen` at the last look, the deployment's `counts`, the events before."""

    definition: Definition
    record: Record | None
    now: datetime
    seen: str = ""
    counts: Counts | None = None
    tail: Sequence[Event] = ()


def draw(view: View, marks: Marks, size: Size) -> Text:
    """Draw `view` in at most `size`: no line is wrapped, and of the path the middle is what matters."""
    head = [*_header(view.record, marks, size.width), Text()]
    path = rows(view.definition, view.record, view.now, marks)
    room = size.height - len(head) - 1
    below: list[Text] = []
    for part in (
        _why(view, marks, size.width),
        _now(view, marks, size.width),
        _tail(view, marks, size.width),
    ):
        if part and room - len(below) - len(part) - 1 >= _FEWEST_ROWS:
            below += [Text(), *part]
    current = len(view.record.history) if view.record else 0
    path = fitting(path, room - len(below), current, marks)
    return Text("\n").join(_cut(line, size.width - 1, marks) for line in [*head, *path, *below])


def _header(record: Record | None, marks: Marks, width: int) -> list[Text]:
    if record is None:
        return [Text("beginning a run")]
    of = f" of {naming.place(record)}" if naming.service(record) else ""
    run = Text.assemble((record.id, "bold"), f"  {fit(record.machine + of, marks)}")
    change = Text(f"  {fit(naming.change(record, marks.arrow), marks)}", "bold")
    if run.cell_len + change.cell_len < width:
        return [run + change]
    return [run, change]


def _why(view: View, marks: Marks, width: int) -> list[Text]:
    """While a run goes back: why. Its release may take minutes, and what ends it says more."""
    if view.record is None or view.record.final:
        return []
    step = deciding_step(view.record, view.definition)
    return _broken(f"Cause: {explanation(view.record, step).cause}", marks, width, "red") if step else []


def _now(view: View, marks: Marks, width: int) -> list[Text]:
    if view.record is None or view.record.final:
        return []
    lines = _broken(view.seen or doing(view.record.state), marks, width)
    if view.counts and "service_change" in view.record.held:
        lines.append(Text("  ") + bar(view.counts, marks))
    return lines


def _broken(words: str, marks: Marks, width: int, style: str = "") -> list[Text]:
    lines = textwrap.wrap(
        fit(words, marks), max(width - 3, 20), max_lines=_MOST_LINES, placeholder=f" {marks.more}"
    )
    return [Text(f"  {line}", style) for line in lines]


def _tail(view: View, marks: Marks, width: int) -> list[Text]:
    return [
        Text.assemble(
            (f"  {event.at.astimezone(UTC):%H:%M:%S} ", "dim"),
            (f"{fit(event.state, marks):<19} " if width >= _WIDE else "", "dim"),
            fit(event_words(event), marks),
        )
        for event in view.tail
    ]


def _cut(line: Text, width: int, marks: Marks) -> Text:
    if line.cell_len > width:
        line.truncate(max(width - len(marks.more), 0), overflow="crop")
        line.append(marks.more)
    return line
