"""Of a one-off task: what its container writes on one stream, and how the run goes on another one."""

from typing import TextIO

from cage_fsm.engine.ports import Event
from cage_fsm.report.lines import Lines
from cage_fsm.report.safely import Safely
from cage_fsm.report.text import forgive, written


class Written:
    """Writes what a container wrote, a line for each, and nothing else."""

    def __init__(self, stream: TextIO) -> None:
        forgive(stream)
        self._stream = stream

    def __call__(self, event: Event, /) -> None:
        """Write the line."""
        self._stream.write(written(event.words) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Every line is out already."""


class Apart:
    """Shows a run on two streams; one that breaks leaves the other one be."""

    def __init__(self, theirs: TextIO, ours: TextIO) -> None:
        self._theirs = Safely(Written(theirs), theirs)
        self._ours = Safely(Lines(ours, "run"), ours)

    def __call__(self, event: Event, /) -> None:
        """Show `event` where it belongs."""
        (self._theirs if event.kind == "wrote" else self._ours)(event)

    def close(self) -> None:
        """Close both."""
        self._theirs.close()
        self._ours.close()
