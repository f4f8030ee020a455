"""For programs: one JSON object per event and line, with exactly these keys.

at      when, UTC: "2026-11-23T04:10:16Z"
kind    moved (the run entered `state`), seen (a look without a verdict), suspended, finished
state   the state of the run
words   moved: why it left the state before; seen: what was seen; suspended: why; finished: the outcome
run     the id of the run
"""

import json
from typing import TextIO

from cage_fsm.engine.ports import Event
from cage_fsm.report.text import utc


class JsonLines:
    """Writes an object per event."""

    def __init__(self, stream: TextIO, run: str) -> None:
        self._stream, self._run = stream, run

    def __call__(self, event: Event, /) -> None:
        """Write the object of `event`."""
        self._stream.write(json.dumps(as_json(event, self._run)) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Every line is out already."""


def as_json(event: Event, run: str) -> dict[str, str]:
    """One event as data."""
    return {
        "at": utc(event.at),
        "kind": event.kind,
        "state": event.state,
        "words": event.words,
        "run": run,
    }
