"""For programs: one JSON object per event and line, as docs/json.md says."""

from typing import Any, TextIO

from cage_fsm.engine.ports import Event
from cage_fsm.report.text import as_json_text, utc


class JsonLines:
    """Writes an object per event."""

    def __init__(self, stream: TextIO, run: str) -> None:
        self._stream, self._run = stream, run

    def __call__(self, event: Event, /) -> None:
        """Write the object of `event`."""
        self._stream.write(as_json_text(as_json(event, self._run)) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Every line is out already."""


def as_json(event: Event, run: str) -> dict[str, Any]:
    """One event as data."""
    return {
        "at": utc(event.at),
        "kind": event.kind,
        "state": event.state,
        "words": event.words,
        "evidence": dict(event.evidence),
        "run": run,
    }
