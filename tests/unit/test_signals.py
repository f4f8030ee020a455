"""Signals are counted for the run and end its sleep; nothing else happens in a handler."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from cage_fsm.clock import RealClock, VirtualClock
from cage_fsm.engine.ports import Hurry
from cage_fsm.engine.run import Run
from cage_fsm.interrupts import Interrupts
from cage_fsm.signals import HEARD, Signals
from tests.handlers import as_before
from tests.memory_store import MemoryStore
from tests.unit.engine.making import a_run


@pytest.fixture
def run() -> Run:
    return a_run(MemoryStore(), VirtualClock())


@pytest.fixture
def clock() -> RealClock:
    return RealClock()


@pytest.fixture
def signals(clock: RealClock) -> Signals:
    return Signals(clock)


@pytest.fixture
def heard(signals: Signals) -> Iterator[None]:
    with as_before(), signals.heard():
        yield


def kill(number: int) -> None:
    os.kill(os.getpid(), number)


def test_every_signal_that_ends_a_process_politely_is_heard() -> None:
    assert set(HEARD) == {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("number", HEARD)
def test_a_signal_is_counted_instead_of_killing(signals: Signals, run: Run, number: int) -> None:
    signals.tell(run)
    assert run.signals == 0
    kill(number)

    assert run.signals == 1


def test_an_interrupt_that_python_lost_before_there_was_a_run_is_counted(clock: RealClock, run: Run) -> None:
    early = Interrupts()
    with as_before():
        signal.signal(signal.SIGINT, signal.default_int_handler)
        early.listen()
        with pytest.raises(KeyboardInterrupt):
            kill(signal.SIGINT)
        signals = Signals(clock, early)
        with signals.heard():
            signals.tell(run)

    assert run.signals == 1


def test_an_interrupt_that_the_process_ignores_stays_ignored() -> None:
    early = Interrupts()
    with as_before():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        early.listen()
        kill(signal.SIGINT)

    assert early.count == 0


@pytest.mark.usefixtures("heard")
def test_signals_of_all_kinds_count_together(signals: Signals, run: Run) -> None:
    signals.tell(run)
    for number in (signal.SIGINT, signal.SIGTERM):
        kill(number)

    assert run.signals == 2


@pytest.mark.usefixtures("heard")
def test_a_terminal_that_closes_is_one_signal_however_often_it_says_so(signals: Signals, run: Run) -> None:
    signals.tell(run)
    for _ in range(3):
        kill(signal.SIGHUP)

    assert run.signals == 1


@pytest.mark.usefixtures("heard")
def test_the_second_signal_breaks_off_what_may_be_broken_off_and_the_third_does_not(
    signals: Signals, run: Run
) -> None:
    signals.tell(run)
    kill(signal.SIGINT)
    with pytest.raises(Hurry), run.until_hurried():
        kill(signal.SIGTERM)
    kill(signal.SIGTERM)

    assert run.signals == 3


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("first", HEARD)
def test_a_first_signal_and_a_terminal_that_closes_break_off_nothing(
    signals: Signals, run: Run, first: int
) -> None:
    signals.tell(run)
    with run.until_hurried():
        kill(first)
        kill(signal.SIGHUP)

    assert run.signals == 1


@pytest.mark.usefixtures("heard")
def test_the_second_signal_ends_a_call_that_hangs(signals: Signals, run: Run) -> None:
    signals.tell(run)
    kill(signal.SIGINT)
    one, other = socket.socketpair()
    one.settimeout(20)
    threading.Timer(0.1, kill, [signal.SIGTERM]).start()
    with one, other, pytest.raises(Hurry), run.until_hurried():
        one.recv(1)


@pytest.mark.usefixtures("heard")
def test_a_signal_that_came_before_there_was_a_run_counts(signals: Signals, run: Run) -> None:
    kill(signal.SIGINT)
    signals.tell(run)

    assert run.signals == 1


@pytest.mark.usefixtures("heard")
def test_a_signal_ends_the_next_sleep(signals: Signals, run: Run, clock: RealClock) -> None:
    signals.tell(run)
    kill(signal.SIGTERM)
    before = time.monotonic()
    clock.sleep(30)

    assert time.monotonic() - before < 5


@pytest.mark.parametrize("number", HEARD)
def test_a_signal_after_the_run_changes_nothing(signals: Signals, run: Run, number: int) -> None:
    with as_before():
        with signals.heard():
            signals.tell(run)
        kill(number)

    assert run.signals == 0
