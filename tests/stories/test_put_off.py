"""Calls that are put off for longer than AWS may take to show what they did."""

import pytest

from tests.crash.test_lost_answers import losing
from tests.stories.stage import Stage, assert_nothing_is_left


@pytest.mark.parametrize("scenario", ["healthy", "lag"])
def test_a_run_task_put_off_for_longer_than_a_minute_leaves_no_canary(scenario: str) -> None:
    stage = Stage(scenario=scenario)
    stage.cloud.fail_next("RunTask", "ThrottlingException", times=20)
    stage.rollout()

    assert_nothing_is_left(stage)
    assert stage.outcome == ("succeeded", 0)


def test_a_run_task_sent_again_after_two_minutes_is_found_by_a_rollback() -> None:
    stage = Stage()
    stage.around = losing("RunTask", 1, applied=False)
    runner, run = stage.start()
    stage.until(runner, run, "launching_canary")
    stage.pass_time(minutes=2)
    stage.around = losing("RunTask", 1, applied=True)
    runner, run = stage.take(run.record.id)
    while not stage.tasks():
        runner.advance(run)
    stage.rollback(run.record.id)

    assert_nothing_is_left(stage)


@pytest.mark.parametrize("scenario", ["lag", "lag,denied-deployments"])
def test_an_update_put_off_for_longer_than_its_window_is_no_failure(scenario: str) -> None:
    stage = Stage(scenario=scenario)
    stage.cloud.fail_next("UpdateService", "ThrottlingException", times=8)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "ExpiredTokenException"])
def test_a_hurry_stops_the_canary_even_when_its_target_cannot_be_deregistered(code: str) -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    stage.store.down = True
    stage.cloud.fail_next("DeregisterTargets", code)
    stage.drive(runner, run)

    assert stage.canary.desired_status == "STOPPED"


@pytest.mark.parametrize("operation", ["DescribeTargetHealth", "DeregisterTargets"])
def test_a_canary_whose_target_may_not_be_touched_is_stopped_all_the_same(operation: str) -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    stage.cloud.fail_next(operation, "AccessDeniedException", times=1000)
    run.signals = 1
    stage.drive(runner, run)

    assert stage.canary.desired_status == "STOPPED"
    assert stage.outcome == ("needs_operator", 4)
