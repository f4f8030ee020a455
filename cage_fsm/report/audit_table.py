"""`audit` on a terminal."""

from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cage_fsm.report.text import forgive

_COLOURS: Mapping[str, str] = {"CLEAN": "green", "FOUND": "yellow", "UNKNOWN": "bold red"}
_GRAVE: Mapping[str, str] = {"CRITICAL": "bold red", "HIGH": "red"}
_WORDS = ("CONTAINER", "IMAGE")


def show_table(rows: Sequence[Mapping[str, str]], stream: TextIO, *, no_color: bool | None = None) -> None:
    """Print the rows on the terminal `stream`. To be called where an error of the stream does no harm."""
    forgive(stream)
    console = Console(file=stream, markup=False, emoji=False, highlight=False, no_color=no_color)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0]:
        is_words = name in _WORDS
        table.add_column(
            name, no_wrap=not is_words, overflow="fold", justify="left" if _is_text(name) else "right"
        )
    for row in rows:
        table.add_row(*(Text(cell, style=_style(name, cell)) for name, cell in row.items()))
    console.print(table)


def _is_text(name: str) -> bool:
    return name in (*_WORDS, "DIGEST", "STATUS")


def _style(name: str, cell: str) -> str:
    if name == "STATUS":
        return _COLOURS.get(cell, "magenta")
    return _GRAVE.get(name, "") if cell not in ("0", "-") else ""
