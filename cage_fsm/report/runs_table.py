"""`runs` on a terminal."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TextIO

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


def show_table(
    records: Iterable[Record], now: datetime, stream: TextIO, *, no_color: bool | None = None
) -> None:
    """Print the runs on the terminal `stream`. To be called where an error of the stream does no harm."""
    forgive(stream)
    # An id is needed whole for the next command, so that the words of the others give way first.
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, no_wrap=name in ("ID", "AGE"), overflow="fold")
    for record in newest_first(records):
        row = cells(record, now)
        table.add_row(*(Text(cell, style=_COLOURS.get(cell, "")) for cell in row))
    Console(file=stream, markup=False, emoji=False, highlight=False, no_color=no_color).print(table)
