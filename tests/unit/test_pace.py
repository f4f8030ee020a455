"""When the next look is: near what is due, and never so late that a bad turn stays unseen."""

import pytest

from cage_fsm.judge.seen import TaskSeen
from cage_fsm.phases import pace
from cage_fsm.phases.facts import Container


@pytest.mark.parametrize(
    ("due_in", "seconds"),
    [(60, pace.SELDOM), (1.5, 1.5), (0, pace.OFTEN), (-1, pace.OFTEN), (-8, 2), (-600, pace.SELDOM)],
)
def test_what_is_due_is_looked_at_when_it_is_due_and_then_often(due_in: float, seconds: float) -> None:
    assert pace.until(due_in) == seconds


@pytest.mark.parametrize(
    ("status", "elapsed", "seconds"),
    [
        ("PROVISIONING", 2, pace.STARTING),
        ("ACTIVATING", 12, pace.ABOUT_TO_RUN),
        ("ACTIVATING", 40, 2),
        ("PROVISIONING", 600, pace.SELDOM),
    ],
)
def test_a_starting_task_is_looked_at_as_often_as_it_may_run(
    status: str, elapsed: float, seconds: float
) -> None:
    task = TaskSeen("arn", "web:2", "", "", status, "RUNNING", "", "", None, ())

    assert pace.launching(task, elapsed) == seconds


def test_a_task_that_does_not_show_yet_is_looked_at_again_soon() -> None:
    assert pace.launching(None, 1) == pace.STARTING


def container(*, checked: bool, interval: float) -> Container:
    return Container(name="web", essential=True, checked=checked, start_period=0, interval=interval)


@pytest.mark.parametrize(
    ("elapsed", "seconds"),
    [
        (0, pace.SELDOM),
        (27, 2.5),  # half a second before the first check
        (30, pace.OFTEN),
        (31, pace.OFTEN),
        (40, pace.SELDOM),
        (58, 1.5),  # the second check
        (60, pace.OFTEN),
    ],
)
def test_containers_are_looked_at_when_a_check_is_due(elapsed: float, seconds: float) -> None:
    slow, unchecked = container(checked=True, interval=30), container(checked=False, interval=1)

    assert pace.next_check(elapsed, (slow, unchecked)) == seconds


def test_containers_without_a_check_wait_for_nothing() -> None:
    assert pace.next_check(0, (container(checked=False, interval=30),)) == pace.SELDOM
