"""Ctrl-C before a run listens for it.

KeyboardInterrupt is lost when it is raised where Python can only print an exception, as in the callbacks of
an import, and a start-up is nearly all imports. What is remembered ends the run as soon as there is one.
"""

import signal
from types import FrameType


class Interrupts:
    """Counts what it raises KeyboardInterrupt for."""

    def __init__(self) -> None:
        self.count = 0

    def listen(self) -> None:
        """Take the place of Python's own handler; a process that ignores Ctrl-C goes on to."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        signal.default_int_handler(number, frame)


EARLY = Interrupts()
"""Those of this process."""
