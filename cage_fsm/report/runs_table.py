"""`runs` on a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cage_fsm.engine.record import Record
from cage_fsm.report.runs import COLUMNS, cells, newest_first
from cage_fsm.report.text import forgive

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

_GIVE_WAY = ("MACHINE", "CLUSTER", "STATE")
"""What is left out of a table that is too wide, the first one first."""

_GAP = 2


def show_table(
    records: Iterable[Record], now: datetime, stream: TextIO, *, no_color: bool | None = None
) -> None:
    """Print the runs on the terminal `stream`. To be called where an error of the stream does no harm."""
    forgive(stream)
    console = Console(file=stream, markup=False, emoji=False, highlight=False, no_color=no_color)
    rows = [dict(zip(COLUMNS, cells(record, now), strict=True)) for record in newest_first(records)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    columns = _fitting(rows, console.width)
    for name in columns:
        # An id is needed whole for the next command, so that the words of the others give way first.
        table.add_column(name, no_wrap=name in ("ID", "AGE"), overflow="fold")
    for row in rows:
        table.add_row(*(Text(row[name], style=_COLOURS.get(row[name], "")) for name in columns))
    console.print(table)


def _fitting(rows: Sequence[Mapping[str, str]], width: int) -> list[str]:
    """The columns that have room; `runs --json` and `show` have the others."""
    widths = {name: max(cell_len(row[name]) for row in [*rows, {name: name}]) for name in COLUMNS}
    columns = list(COLUMNS)
    for name in _GIVE_WAY:
        if sum(widths[each] + _GAP for each in columns) - _GAP > width:
            columns.remove(name)
    return columns
