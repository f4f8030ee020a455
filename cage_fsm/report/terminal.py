"""What a stream can show: whether it can be redrawn, and which marks its character set has."""

import os
import shutil
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

from cage_fsm.report.path import Status
from cage_fsm.report.text import clean


@dataclass(frozen=True)
class Marks:
    """The signs of a drawing."""

    status: Mapping[Status, str]
    arrow: str
    more: str
    full: str
    bad: str
    empty: str


UNICODE = Marks({"done": "✓", "failed": "✗", "current": "●", "to_come": "·"}, "→", "…", "█", "▒", "░")
ASCII = Marks({"done": "+", "failed": "x", "current": ">", "to_come": "."}, "->", "...", "#", "x", "-")


def can_redraw(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether `stream` is a terminal on which lines can be drawn again."""
    return stream.isatty() and environ.get("TERM", "").lower() not in ("", "dumb", "unknown")


def fitted(lines: Iterable[str], stream: TextIO, indent: int = 0) -> list[str]:
    """Break `lines` between words to the width of a terminal; in a pipe, commands and ARNs stay whole.

    What follows is indented by two more than the line, and by `indent` at the least.
    """
    if not stream.isatty():
        return list(lines)
    width = shutil.get_terminal_size().columns
    return [part for line in lines for part in _broken(line, width, indent)]


def _broken(line: str, width: int, indent: int) -> list[str]:
    if line.startswith("Type next:") or len(line.split()) <= len(("name:", "value")):
        return [line]
    hanging = " " * max(len(line) - len(line.lstrip()) + 2, indent)
    return textwrap.wrap(
        line, width, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
    ) or [line]


def fit(value: object, marks: Marks) -> str:
    """One line of `value` in the characters that go with `marks`, so that its width is known."""
    line = clean(value)
    return line if marks is UNICODE else line.encode("ascii", "backslashreplace").decode()


def marks(stream: TextIO, environ: Mapping[str, str] = os.environ) -> Marks:
    """The marks that `stream` and the locale have."""
    try:
        "✓✗●·→…█▒░".encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return ASCII if _plain_locale(environ) else UNICODE


def _plain_locale(environ: Mapping[str, str]) -> bool:
    # Python itself writes UTF-8 in the C locale, and sets LC_CTYPE=C.UTF-8 to say so (PEP 538): what the
    # user asked for is then only seen in LANG.
    if everything := environ.get("LC_ALL"):
        return everything in ("C", "POSIX")
    characters = environ.get("LC_CTYPE", "")
    return environ.get("LANG") in ("C", "POSIX") and characters in ("", "C", "POSIX", "C.UTF-8")
