"""Both clocks: one that a signal can wake, and one that only sleeping moves."""

import os
import resource
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from cage_fsm.clock import RealClock, VirtualClock

LONG = 30.0
SOON = 5.0  # a machine under load is slow, but never so slow as LONG


def spent(clock: RealClock, seconds: float) -> float:
    before = time.monotonic()
    clock.sleep(seconds)
    return time.monotonic() - before


@contextmanager
def many_open_files(number: int) -> Iterator[None]:
    """Open so many that the next descriptors are higher: select() knows none above 1023."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * number)), hard))
    opened = [os.dup(0) for _ in range(number)]
    try:
        yield
    finally:
        for each in opened:
            os.close(each)


@pytest.fixture
def alarm() -> Iterator[None]:
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


class TestARealClock:
    def test_tells_the_time_of_this_machine_in_utc(self) -> None:
        now = RealClock().now()

        assert now.tzinfo is UTC
        assert abs(datetime.now(UTC) - now) < timedelta(seconds=5)

    def test_sleeps_as_long_as_it_is_told(self) -> None:
        assert 0.019 <= spent(RealClock(), 0.02) < SOON

    @pytest.mark.parametrize("seconds", [0, -1])
    def test_does_not_sleep_for_nothing(self, seconds: float) -> None:
        assert spent(RealClock(), seconds) < SOON

    def test_sleeps_in_a_process_that_has_many_files_open(self) -> None:
        with many_open_files(1100):
            clock = RealClock()

        assert 0.019 <= spent(clock, 0.02) < SOON

    @pytest.mark.usefixtures("alarm")
    def test_wakes_when_a_signal_handler_says_so(self) -> None:
        clock = RealClock()
        signal.signal(signal.SIGALRM, lambda number, frame: clock.wake())
        signal.setitimer(signal.ITIMER_REAL, 0.02)

        assert spent(clock, LONG) < SOON

    @pytest.mark.usefixtures("alarm")
    def test_sleeps_on_after_a_signal_that_does_not_wake_it(self) -> None:
        signal.signal(signal.SIGALRM, lambda number, frame: None)
        signal.setitimer(signal.ITIMER_REAL, 0.01)

        assert spent(RealClock(), 0.05) >= 0.049

    def test_wakes_when_another_thread_says_so(self) -> None:
        clock = RealClock()
        waker = threading.Timer(0.02, clock.wake)
        waker.start()

        assert spent(clock, LONG) < SOON
        waker.join()

    def test_that_was_woken_before_it_slept_does_not_sleep_once(self) -> None:
        clock = RealClock()
        clock.wake()

        assert spent(clock, LONG) < SOON
        assert spent(clock, 0.02) >= 0.019

    def test_that_was_woken_often_sleeps_again_afterwards(self) -> None:
        clock = RealClock()
        for _ in range(100):
            clock.wake()

        assert spent(clock, LONG) < SOON
        assert spent(clock, 0.02) >= 0.019

    def test_lets_threads_sleep_side_by_side_and_wakes_them_all(self) -> None:
        clock, slept = RealClock(), list[float]()
        sleepers = [
            threading.Thread(target=lambda: slept.append(spent(clock, LONG)), daemon=True) for _ in range(8)
        ]
        for each in sleepers:
            each.start()
        while any(each.is_alive() for each in sleepers):
            clock.wake()
            time.sleep(0.001)

        assert len(slept) == len(sleepers)
        assert max(slept) < SOON

    def test_that_nobody_listens_to_can_be_woken_for_ever(self) -> None:
        clock = RealClock()
        for _ in range(100_000):
            clock.wake()

        assert spent(clock, LONG) < SOON


class TestAVirtualClock:
    def test_stands_still_until_somebody_sleeps(self) -> None:
        clock = VirtualClock()

        assert clock.now() == clock.now()

    def test_moves_by_what_is_slept_and_never_back(self) -> None:
        start = datetime(2026, 5, 1, tzinfo=UTC)
        clock = VirtualClock(start)
        for seconds in (0.5, 3600, 0, -10):
            clock.sleep(seconds)

        assert clock.now() == start + timedelta(seconds=3600.5)
