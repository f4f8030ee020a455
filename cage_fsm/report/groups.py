"""For the log of a workflow of GitHub Actions: the lines of a pipe, folded state by state."""

from typing import TextIO

from cage_fsm.engine.ports import Event
from cage_fsm.report.github import END_OF_GROUP, group
from cage_fsm.report.lines import Lines, line


class Groups:
    """Writes a group per state, whose title says how it came to it."""

    def __init__(self, stream: TextIO, machine: str = "") -> None:
        self._stream, self._lines = stream, Lines(stream, machine)
        self._is_open = False

    def __call__(self, event: Event, /) -> None:
        """Write the line of `event`."""
        if event.kind not in ("seen", "wrote"):
            self.close()
        if event.kind == "moved":
            self._is_open = True
            self._write(group(line(event)))
        else:
            self._lines(event)

    def close(self) -> None:
        """End the group, so that what follows is seen."""
        if self._is_open:
            self._is_open = False
            self._write(END_OF_GROUP)

    def _write(self, command: str) -> None:
        self._stream.write(command + "\n")
        self._stream.flush()
