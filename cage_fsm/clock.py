"""The two clocks: a real one that a signal can wake, and a virtual one for tests."""

import os
import select
from contextlib import suppress
from datetime import UTC, datetime, timedelta


class RealClock:
    """The time of this machine."""

    def __init__(self) -> None:
        # A pipe and not a threading.Event: a signal handler may run while this very thread holds the
        # lock inside Event, and would then wait for itself.
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._woken, False)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`, or at once when `wake` was or is called. Several threads may sleep."""
        wakes = select.poll()  # one for each thread; select() itself knows only the first thousand files
        wakes.register(self._woken, select.POLLIN)
        if wakes.poll(max(seconds, 0) * 1000):
            with suppress(BlockingIOError):  # another thread that was woken has read it
                os.read(self._woken, 4096)

    def wake(self) -> None:
        """End the present or the next sleep. Safe in a signal handler."""
        try:
            os.write(self._wake, b"!")
        except BlockingIOError:
            return  # the pipe is full of wake-ups already


class VirtualClock:
    """A time that moves only when someone sleeps."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=max(seconds, 0))
