"""`audit` on a terminal."""

from collections.abc import Mapping, Sequence
from typing import TextIO

from cage_fsm.report import table

_COLOURS: Mapping[str, str] = {"CLEAN": "green", "FOUND": "yellow", "UNKNOWN": "bold red"}
_GRAVE: Mapping[str, str] = {"CRITICAL": "bold red", "HIGH": "red"}
_WORDS = ("CONTAINER", "IMAGE", "DIGEST", "STATUS")


def show_table(rows: Sequence[Mapping[str, str]], stream: TextIO, *, no_color: bool | None = None) -> None:
    """Print the rows on the terminal `stream`. To be called where an error of the stream does no harm."""
    cells = [[*row.values()] for row in rows]
    table.show_table([*rows[0]], cells, _LOOK, stream, no_color=no_color)


def _style(name: str, cell: str) -> str:
    if name == "STATUS":
        return _COLOURS.get(cell, "magenta")
    return _GRAVE.get(name, "") if cell not in ("0", "-") else ""


_LOOK = table.Look(
    give_way=("DIGEST", "IMAGE"),  # `--detail` and a pipe have the image
    style=_style,
    is_whole=lambda name: name != "IMAGE",
    is_number=lambda name: name not in _WORDS,
    broken_at={"IMAGE": 24},
)
