"""Permissions that are lost and credentials that expire in the middle of a run, for each call and state."""

import pytest

from cage_fsm.engine.ports import Suspended
from cage_fsm.report.failure import failure_lines
from cage_fsm.sandbox import Call, Proceed, Response
from tests.stories.stage import PLAIN, ROLLOUT, Stage, assert_nothing_is_left, without_breaker

BEFORE = ("validating", "registering", "launching_canary", "checking_containers", "checking_targets")
AFTER = ("observing_canary", "updating_service", "detaching_canary", "stopping_canary", "stabilizing_service")
BACK = ("rolling_back", "restoring_service")
READS = ("DescribeTasks", "ListTasks", "DescribeServices", "DescribeTargetHealth", "DescribeTaskDefinition")
LEAVING = ("StopTask", "DeregisterTargets", "DescribeTasks", "DescribeTargetHealth", "DescribeServices")
"""Without one of these it cannot be done, or not be proved, that the canary is gone and the service back."""


@pytest.mark.parametrize("state", [*BEFORE, *AFTER, *BACK])
@pytest.mark.parametrize("operation", [*PLAIN, *READS])
def test_a_permission_that_is_lost_ends_the_run_clean_or_is_named_with_what_stays(
    operation: str, state: str
) -> None:
    stage = Stage("v2-bad-in-service" if state in BACK else "v2", service=without_breaker)
    runner, run = stage.at(state)
    words = f"User: me is not authorized to perform: some:{operation} on resource: *"
    stage.cloud.fail_next(operation, "AccessDeniedException", times=10_000, message=words)
    stage.drive(runner, run)
    told = "\n".join(failure_lines(stage.runs[0], definition=ROLLOUT))

    if stage.outcome[1] == 1:
        assert (
            f'"Action":"some:{operation}"' in told or f"allow ecs:{operation}" in told or "ListTasks" in told
        )
    if stage.outcome[1] == 4:
        assert operation in LEAVING
        assert words in told
        assert all(f"{task.arn} is not proved to be gone" in told for task in stage.tasks() if task.live)
        stage.cloud.world.planned.clear()
        stage.resume(run.record.id)

    assert stage.outcome in {("succeeded", 0), ("failed", 1), ("refused", 1), ("rolled_back", 3)}
    assert stage.sent_to("web:2") <= 1
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("operation", ["DescribeTasks", "DescribeTargetHealth", "DeregisterTargets"])
def test_a_canary_is_stopped_even_where_nothing_else_of_it_is_permitted(operation: str) -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    stage.cloud.fail_next(operation, "AccessDeniedException", times=10_000)
    run.signals = 1
    stage.drive(runner, run)

    assert stage.outcome == ("needs_operator", 4)
    assert not stage.canary.live


@pytest.mark.parametrize("state", [*BEFORE, *AFTER, *BACK])
def test_credentials_that_expire_suspend_the_run_which_ends_right_with_new_ones(state: str) -> None:
    stage = Stage("v2-bad-in-service" if state in BACK else "v2", service=without_breaker)
    runner, run = stage.at(state)

    def expired(call: Call, proceed: Proceed) -> Response:
        stage.cloud.fail_next(call.operation, "ExpiredTokenException")
        return proceed()

    stage.around = expired
    end = stage.drive(runner, run)
    stage.around = None

    assert isinstance(end, Suspended)
    assert stage.outcome == ("suspended", 75)
    assert "credentials" in end.why
    assert stage.runs[0].owner is None
    stage.resume(run.record.id)
    assert stage.outcome == (("rolled_back", 3) if state in BACK else ("succeeded", 0))
    assert stage.sent_to("web:2") == 1
    assert_nothing_is_left(stage)


def test_credentials_that_expire_during_a_hurry_leave_a_run_that_a_resume_finishes() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    for operation in ("DeregisterTargets", "StopTask"):
        stage.cloud.fail_next(operation, "ExpiredTokenException")
    stage.store.down = True
    end = stage.drive(runner, run)
    stage.store.down = False

    assert isinstance(end, Suspended)
    assert "could not be released: the AWS credentials are not accepted any more" in end.why
    stage.resume(run.record.id)
    assert stage.outcome == ("failed", 1)
    assert_nothing_is_left(stage)
