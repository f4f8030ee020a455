"""Lengths of time as people write them: `90s`, `5m`, `1h30m`, or a plain number of seconds."""

import re
from datetime import timedelta

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?[dhms])+")
_PART = re.compile(r"(\d+(?:\.\d+)?)([dhms])")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")

MOST_SHOWN = 40
LONGEST = timedelta(days=3650)
"""A deadline further away could lie beyond the last year that a date can have."""


def parse_duration(text: str) -> timedelta:
    """Read `text` as a length of time. Raises ValueError with a sentence that shows how to write one."""
    compact = text.strip().replace(" ", "")
    if _PLAIN.fullmatch(compact):
        compact += "s"
    if not _WHOLE.fullmatch(compact):
        message = f"{_short(text)} is not a length of time; write for example 90s, 5m or 1h30m."
        raise ValueError(message)
    seconds = sum(float(n) * _UNITS[unit] for n, unit in _PART.findall(compact))
    if seconds > LONGEST.total_seconds():
        message = f"{_short(text)} is too long; the longest time is {LONGEST.days}d."
        raise ValueError(message)
    return timedelta(seconds=seconds)


def _short(text: str) -> str:
    return repr(text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}...")


def words(seconds: float) -> str:
    """Write a length of time in seconds the way `parse_duration` reads it, to the second."""
    if 0 < seconds < 1:
        return f"{seconds:.1f}s"
    left, parts = round(seconds), ""
    for unit, size in _UNITS.items():
        count, left = divmod(left, size)
        parts += f"{count}{unit}" if count else ""
    return parts or "0s"
