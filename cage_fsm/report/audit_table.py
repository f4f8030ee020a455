"""`audit` on a terminal."""

from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cage_fsm.report.text import forgive

_COLOURS: Mapping[str, str] = {"CLEAN": "green", "FOUND": "yellow", "UNKNOWN": "bold red"}
_GRAVE: Mapping[str, str] = {"CRITICAL": "bold red", "HIGH": "red"}
_WORDS = ("CONTAINER", "IMAGE", "DIGEST", "STATUS")
_GIVE_WAY = ("DIGEST", "IMAGE")
"""What is left out of a table that is too wide, the first one first; `--detail` and a pipe have the image."""

_GAP = 2
_LEAST = 24
"""So wide an image has to be at the least, to be broken into lines that can be read."""


def show_table(rows: Sequence[Mapping[str, str]], stream: TextIO, *, no_color: bool | None = None) -> None:
    """Print the rows on the terminal `stream`. To be called where an error of the stream does no harm."""
    forgive(stream)
    console = Console(file=stream, markup=False, emoji=False, highlight=False, no_color=no_color)
    table = Table(box=None, pad_edge=False, header_style="bold")
    columns = _fitting(rows, console.width)
    for name in columns:
        is_number = name not in _WORDS
        table.add_column(
            name, no_wrap=name != "IMAGE", overflow="fold", justify="right" if is_number else "left"
        )
    for row in rows:
        table.add_row(*(Text(row[name], style=_style(name, row[name])) for name in columns))
    console.print(table)


def _fitting(rows: Sequence[Mapping[str, str]], width: int) -> list[str]:
    widths = {name: max(cell_len(row[name]) for row in [*rows, {name: name}]) for name in rows[0]}
    widths["IMAGE"] = min(widths["IMAGE"], _LEAST)
    columns = list(rows[0])
    for name in _GIVE_WAY:
        if sum(widths[each] + _GAP for each in columns) - _GAP > width:
            columns.remove(name)
    return columns


def _style(name: str, cell: str) -> str:
    if name == "STATUS":
        return _COLOURS.get(cell, "magenta")
    return _GRAVE.get(name, "") if cell not in ("0", "-") else ""
