"""`runs` on a terminal."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TextIO

from cage_fsm.engine.record import Record
from cage_fsm.report import table
from cage_fsm.report.runs import COLUMNS, cells, newest_first

_COLOURS: Mapping[str, str] = {
    "running": "cyan",
    "suspended": "yellow",
    "succeeded": "green",
    "rolled_back": "yellow",
    "left_failing": "red",
    "needs_operator": "bold red",
    "failed": "red",
    "refused": "red",
    "interrupted": "yellow",
}

# An id is needed whole for the next command, so that the words of the others give way first.
_LOOK = table.Look(
    give_way=("MACHINE", "CLUSTER", "STATE"),  # `runs --json` and `show` have them
    style=lambda _, cell: _COLOURS.get(cell, ""),
    is_whole=lambda name: name in ("ID", "AGE"),
)


def show_table(
    records: Iterable[Record], now: datetime, stream: TextIO, *, no_color: bool | None = None
) -> None:
    """Print the runs on the terminal `stream`. To be called where an error of the stream does no harm."""
    rows = [cells(record, now) for record in newest_first(records)]
    table.show_table(COLUMNS, rows, _LOOK, stream, no_color=no_color)
