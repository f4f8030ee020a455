"""Each rule on a one-off task, by what AWS shows and what is said of it."""

from dataclasses import replace
from typing import Any

import pytest

from cage_fsm.judge.one_off import ended, exit_code, forgotten, started
from cage_fsm.judge.seen import ContainerSeen, TaskSeen
from tests.unit.judge.test_task import TASK

JOB = ContainerSeen("job", "STOPPED", "UNKNOWN", 0, "", "web:2", "sha256:2")
SIDE = replace(JOB, name="side", exit_code=143)

CUT: dict[str, Any] = {"stop_code": "UserInitiated", "stopped_reason": "by hand"}
ENDED = "The one-off task ended: container job exited with "
FIRST = "The end of container side, which is essential, stopped the task"
IN_DOUBT = (
    "Container side is essential, and its end may have stopped container job before the work was done: that "
    "is in doubt. If side ends so whenever it is told to end, let it not be essential"
)
ENDING = "Container job exited with 7; the one-off task is STOPPING."
NO_CODE = (
    "The one-off task stopped because somebody stopped it: UserInitiated: by hand; container side exited "
    "with 143. Container job has no exit code."
)


def task(
    code: int | None = 0, side: int | None = 143, last_status: str = "STOPPED", **changes: Any
) -> TaskSeen:
    containers = (replace(JOB, exit_code=code), replace(SIDE, exit_code=side))
    stopped = {"stop_code": "EssentialContainerExited", "desired_status": "STOPPED"} | changes
    return replace(TASK, last_status=last_status, containers=containers, **stopped)


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (task(None, None, "PENDING", stop_code="", desired_status="RUNNING"), "wait"),
        (task(None, None, "RUNNING", stop_code="", desired_status="RUNNING"), "pass"),
        (task(7, None, "DEPROVISIONING"), "pass"),
        (task(7), "pass"),
        (task(None, None, "DEPROVISIONING", stop_code="TaskFailedToStart"), "fail"),
        (task(None, None, stop_code=""), "fail"),
        (task(None, None, "STOPPING", stop_code="UserInitiated"), "pass"),
    ],
)
def test_it_has_started_when_it_runs_or_has_run(seen: TaskSeen, says: str) -> None:
    assert started(seen).says == says


@pytest.mark.parametrize(
    ("seen", "says", "reason"),
    [
        (task(), "pass", f"{ENDED}0"),
        (task(0, 0), "pass", f"{ENDED}0"),
        (task(0, 1), "fail", f"{ENDED}0; container side exited with 1. {IN_DOUBT}"),
        (task(7), "fail", f"{ENDED}7"),
        (task(143, 2), "fail", f"{ENDED}143; container side exited with 2. {FIRST}"),
        (task(0, **CUT), "fail", f"{ENDED}0; it was stopped, UserInitiated: by hand"),
        (task(137, **CUT), "fail", f"{ENDED}137; it was stopped, UserInitiated: by hand"),
        (task(None, **CUT), "fail", NO_CODE),
        (
            task(7, last_status="STOPPING"),
            "wait",
            "Container job exited with 7; the one-off task is STOPPING.",
        ),
        (task(None, last_status="RUNNING"), "wait", "The one-off task is RUNNING."),
    ],
)
def test_how_it_ended(seen: TaskSeen, says: str, reason: str) -> None:
    verdict = ended(seen, "job", seen.containers[0].exit_code, {"job", "side"})

    assert (verdict.says, verdict.reason) == (says, reason)


def test_one_that_its_run_has_stopped_was_not_stopped_by_somebody() -> None:
    seen = task(0, stop_code="UserInitiated", stopped_reason="cage-fsm: over")
    verdict = ended(seen, "job", 0, {"side"}, by_itself=True, by_us=True)

    assert (verdict.says, verdict.reason) == ("pass", "The one-off task ended: container job exited with 0")
    assert "UserInitiated" not in str(verdict.seen)


@pytest.mark.parametrize(("by_itself", "essential"), [(True, {"job", "side"}), (False, {"job"})])
def test_a_container_that_fails_afterwards_or_is_not_essential_did_not_stop_it(
    by_itself: bool, essential: set[str]
) -> None:
    verdict = ended(task(0, 1), "job", 0, essential, by_itself=by_itself)

    assert (verdict.says, verdict.reason) == ("pass", f"{ENDED}0; container side exited with 1")


def test_a_code_counts_once_the_container_has_ended_for_good() -> None:
    running = replace(task(3, last_status="RUNNING"), desired_status="RUNNING")

    assert exit_code(running, "job") == 3
    assert exit_code(running, "job", {"job": ()}) is None  # its restart policy starts it again
    assert exit_code(running, "job", {"job": (3,)}) == 3
    assert exit_code(task(3), "job", {"job": ()}) == 3
    assert exit_code(task(3), "other") is None


def test_what_ecs_has_forgotten_is_in_doubt_unless_its_code_is_known() -> None:
    assert [forgotten("job", code, TASK.arn).says for code in (None, 0, 7)] == ["fail", "pass", "fail"]
    assert "in doubt" in forgotten("job", None, TASK.arn).reason
    assert TASK.arn in forgotten("job", None, TASK.arn).reason
