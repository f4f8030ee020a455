"""Evidence as lines: what a verdict was judged on, what stopped, what the container wrote last."""

import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from cage_fsm.report.text import clean, key_value_lines

Seen = Mapping[str, JsonValue]

DEEPEST_INDENT = 16


def evidence_lines(seen: Seen, *, said: str = "", most: int | None = None, rest: str = "") -> list[str]:
    """The evidence `seen`, without what was `said` already; lists and logs come last, a line for each item.

    Of the other lines at `most` so many are shown; `rest` says where the others are.
    """
    new = {name: value for name, value in seen.items() if not _was_said(value, said)}
    blocks = {name: value for name, value in new.items() if _is_block(name, value)}
    plain = {name: value for name, value in new.items() if name not in blocks}
    lines = [_unsaid(line, said) for line in key_value_lines(plain)] if plain else []
    if most is not None and len(lines) > most:
        lines[most - 1 :] = [f"and {len(lines) - most + 1} more: {rest}"]
    for name, value in blocks.items():
        found = _log(value) if isinstance(value, Mapping) else _block(f"{clean(name)}:", value)
        lines += [_unsaid(line, said) for line in found]
    return lines


def _is_block(name: str, value: JsonValue) -> bool:
    if name == "log":
        return isinstance(value, Mapping)
    return isinstance(value, list) and len(value) > 1 and all(isinstance(each, str) for each in value)


def _was_said(value: JsonValue, said: str) -> bool:
    items = value if isinstance(value, list) and value else [value]
    return all(isinstance(item, str) and clean(item) in said for item in items)


def _unsaid(line: str, said: str) -> str:
    """`line` without an end that was said already: the reason of a container is often that of its task."""
    for comma in re.finditer(", ", line):
        if line[comma.end() :] in said:
            return line[: comma.start()]
    return line


def _log(log: Seen) -> list[str]:
    heading = f"last lines of {clean(log.get('stream') or log.get('container'))}:"
    if "lines" not in log:
        return [f"{heading} not read: {clean(log.get('not_read'))}"]
    return _block(heading, log["lines"])


def _block(heading: str, items: object) -> list[str]:
    return [heading, *(f"  {_indented(str(item))}" for item in items)] if isinstance(items, Sequence) else []


def _indented(line: str) -> str:
    """A line with the indent that it had: that of a traceback says something."""
    spread = line.expandtabs(4)
    return " " * min(len(spread) - len(spread.lstrip(" ")), DEEPEST_INDENT) + clean(line)
