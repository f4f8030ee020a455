"""Pretended processes that take turns: each is a thread, and runs only while it has the baton."""

from collections.abc import Callable
from threading import Semaphore, Thread


class Process:
    """A process that can be stopped before any of its calls, and woken again, as by SIGSTOP and SIGCONT.

    `act` is what it does. It names each call it is about to make with `reach`, in `points`.
    """

    def __init__(self, act: Callable[[], object]) -> None:
        self.points: list[str] = []
        self.ended = False
        self.end: object = None
        self._stop_at: int | None = None
        self._awake, self._stopped = Semaphore(0), Semaphore(0)
        self._thread = Thread(target=self._live, args=(act,), daemon=True)
        self._thread.start()

    def go(self, until: int | None = None) -> None:
        """Run on: to right before the point of this number, counted from 0, or to the end."""
        self._stop_at = until
        if not self.ended:
            self._awake.release()
            self._stopped.acquire()

    def reach(self, point: str) -> None:
        """Be about to make a call."""
        self.points.append(point)
        if len(self.points) - 1 == self._stop_at:
            self._stopped.release()
            self._awake.acquire()

    def _live(self, act: Callable[[], object]) -> None:
        self._awake.acquire()
        try:
            self.end = act()
        except Exception as error:  # noqa: BLE001 - how it ended is for the test to judge
            self.end = error
        self.ended = True
        self._stopped.release()
