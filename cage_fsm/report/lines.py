"""For a pipe: one line per event. Time, state, kind, words, apart by spaces.

2026-11-23T04:10:16Z launching_canary    moved     registered web:3
"""

import re
from datetime import timedelta
from typing import TextIO

from cage_fsm.engine.ports import Event
from cage_fsm.report.text import clean, forgive, utc, written
from cage_fsm.report.words import doing, sentence

_LENGTH_OF_TIME = re.compile(r"([\d.]+[dhms]?)+")

QUIET = timedelta(seconds=30)
"""How often the same observation is said again, as a sign of life."""


class Lines:
    """Writes a line per event; an observation that repeats itself only now and then."""

    def __init__(self, stream: TextIO, machine: str = "") -> None:
        forgive(stream)
        self._stream, self._machine = stream, machine
        self._last: Event | None = None

    def __call__(self, event: Event, /) -> None:
        """Write the line of `event`."""
        if self._is_repetition(event):
            return
        self._stream.write(line(event, self._machine) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Every line is out already."""

    def _is_repetition(self, event: Event) -> bool:
        last = self._last
        if last and is_same(event, last) and event.at - last.at < QUIET:
            return True
        self._last = event
        return False


def is_same(event: Event, before: Event) -> bool:
    """Whether `event` is the observation `before`, made again.

    What counts down says another number at each look, about evidence that stays the same.
    """
    return event.kind == "seen" and _gist(event) == _gist(before)


def _gist(event: Event) -> tuple[object, ...]:
    return event.kind, event.state, event.evidence or event.words, _LENGTH_OF_TIME.sub("", event.words)


def line(event: Event, machine: str = "") -> str:
    """One event of a run of this machine in words."""
    return f"{utc(event.at)} {clean(event.state):<19} {event.kind:<9} {words(event, machine)}".rstrip()


def words(event: Event, machine: str = "") -> str:
    """What happened: as it was told, or what the state does, or what the end means."""
    told = written(event.words) if event.kind == "wrote" else clean(event.words)
    if event.kind == "finished":
        return f"{told}: {meaning}" if (meaning := sentence(told, machine)) else told
    return told or doing(event.state)
