"""A table of rows on a terminal; columns give way where it is narrow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cage_fsm.report.text import forgive

_GAP = 2


@dataclass(frozen=True)
class Look:
    """How the columns of a table look, by their names.

    `give_way`: what is left out of a table that is too wide, the first one first. `broken_at`: so wide a
    column has to be at the least, whose cells may be broken into lines that can be read.
    """

    give_way: Sequence[str]
    style: Callable[[str, str], str]
    """By the column and the cell."""
    is_whole: Callable[[str], bool]
    is_number: Callable[[str], bool] = lambda _: False
    broken_at: Mapping[str, int] = field(default_factory=dict)


def show_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    look: Look,
    stream: TextIO,
    *,
    no_color: bool | None = None,
) -> None:
    """Print the rows on the terminal `stream`. To be called where an error of the stream does no harm."""
    forgive(stream)
    console = Console(file=stream, markup=False, emoji=False, highlight=False, no_color=no_color)
    named = [dict(zip(columns, row, strict=True)) for row in rows]
    table = Table(box=None, pad_edge=False, header_style="bold")
    shown = _fitting(columns, named, look, console.width)
    for name in shown:
        table.add_column(
            name,
            no_wrap=look.is_whole(name),
            overflow="fold",
            justify="right" if look.is_number(name) else "left",
        )
    for row in named:
        table.add_row(*(Text(row[name], style=look.style(name, row[name])) for name in shown))
    console.print(table)


def _fitting(columns: Sequence[str], rows: Sequence[Mapping[str, str]], look: Look, width: int) -> list[str]:
    """The columns that have room; what is printed for programs has the others."""
    widths = {name: max(cell_len(row[name]) for row in [*rows, {name: name}]) for name in columns}
    widths |= {name: min(widths[name], least) for name, least in look.broken_at.items()}
    shown = list(columns)
    for name in look.give_way:
        if sum(widths[each] + _GAP for each in shown) - _GAP > width:
            shown.remove(name)
    return shown
