"""Text from elsewhere made fit to print: AWS's messages are neither markup nor terminal codes."""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TextIO

from pydantic import JsonValue

_TERMINAL_CODES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor movements
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # titles, links, the clipboard
    r"|\x1b[ -/]*[0-~]"
)


_RUNNER_COMMANDS = re.compile(r"^(\s*:):|##\[")
"""What GitHub's runner obeys in a log: `::` at the beginning of a line, `##[` anywhere in it."""


def clean(value: object) -> str:
    """One line of `value` without terminal codes; what else cannot be printed is escaped."""
    return plain(" ".join(_TERMINAL_CODES.sub("", str(value)).split()))


def plain(line: str) -> str:
    """The line with its spaces, fit for a terminal and for the log of a workflow."""
    line = _RUNNER_COMMANDS.sub(lambda found: f"{found[1]} :" if found[1] else "## [", line)
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)


def written(line: str) -> str:
    """A line that a container wrote, with its spaces and tabs, and without terminal codes."""
    return "\t".join(map(plain, _TERMINAL_CODES.sub("", line).split("\t")))


def as_json_text(value: object, *, indent: int | None = None) -> str:
    """`value` as JSON that GitHub's runner does not take for a command."""
    text = json.dumps(value, indent=indent, default=sorted)
    return text.replace("##[", r"\u0023#[")  # it can stand in a string only, and reads the same


def shorten(line: str, width: int) -> str:
    """Cut `line` to `width` characters, showing that something is missing."""
    return line if len(line) <= width else line[: max(width - 3, 0)] + "..."


def utc(at: datetime) -> str:
    """Write a time as `2026-11-23T04:10:16Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def key_value_lines(seen: Mapping[str, JsonValue]) -> list[str]:
    """Write nested JSON as lines like `containers[0].exitCode: 1`."""
    return [f"{clean(name)}: {clean(value)}" for name, value in _leaves("", seen)]


def _leaves(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and (value or not name):
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}" if name else str(key), inner)
    elif isinstance(value, Sequence) and not isinstance(value, str) and any(map(_is_nested, value)):
        for number, inner in enumerate(value):
            yield from _leaves(f"{name}[{number}]", inner)
    else:
        yield name, _plain(value)


def _is_nested(value: object) -> bool:
    return isinstance(value, Mapping | list)


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return ", ".join(map(_plain, value)) or "none"
    return "none" if value is None or value == {} else json.dumps(value, default=str)


def forgive(stream: TextIO) -> None:
    """Let `stream` escape what its encoding does not have, instead of raising."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
