"""Listens to signals: counts them for the run, and wakes the clock. The second breaks off what is done."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from cage_fsm.clock import RealClock
from cage_fsm.engine.ports import Hurry
from cage_fsm.engine.run import Run
from cage_fsm.interrupts import EARLY, Interrupts

HANG_UP = signal.SIGHUP
HEARD = (signal.SIGINT, signal.SIGTERM, HANG_UP)


class Signals:
    """Counts signals from the first one on, also those that came before there was a run."""

    def __init__(self, clock: RealClock, early: Interrupts = EARLY) -> None:
        self._clock, self._early, self._count = clock, early, 0
        self._run: Run | None = None

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Count signals instead of dying of them. What comes after this changes nothing: the process ends."""
        for number in HEARD:
            signal.signal(number, self._hear)
        self._count += self._early.count
        try:
            yield
        finally:
            for number in HEARD:
                signal.signal(number, signal.SIG_IGN)

    def tell(self, run: Run) -> None:
        """Let `run` know of every signal, those before this moment included."""
        self._run = run
        run.signals = self._count

    def _hear(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - Python calls it so
        # A terminal that closes sends SIGHUP more than once, and means one thing by it.
        self._count = max(self._count, 1) if number == HANG_UP else self._count + 1
        self._clock.wake()
        if self._run:
            self._tell(self._run)

    def _tell(self, run: Run) -> None:
        run.signals = self._count
        if self._count > 1 and run.may_be_broken_off:
            run.may_be_broken_off = False  # once: nothing may break off what hurries
            raise Hurry
