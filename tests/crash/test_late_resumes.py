"""A run whose process is gone is gone on with an hour or a day later; the world has not waited."""

import pytest

from tests.stories.stage import Stage, assert_nothing_is_left, plain, without_breaker

LATE = pytest.mark.parametrize("hours", [1, 25, 720], ids=["an hour", "a day", "a month"])


def resumed(stage: Stage, state: str, hours: float) -> None:
    _, run = stage.at(state)
    stage.pass_time(hours=hours)
    stage.resume(run.record.id)


@LATE
@pytest.mark.parametrize("state", ["launching_canary", "checking_containers"])
def test_a_canary_that_was_starting_runs_by_now_and_is_judged(state: str, hours: int) -> None:
    stage = Stage()
    resumed(stage, state, hours)

    assert stage.outcome[0] in {"succeeded", "failed"}
    assert stage.revision == ("web:2" if stage.outcome == ("succeeded", 0) else "web:1")
    assert_nothing_is_left(stage)


@LATE
def test_a_canary_nobody_watched_is_released_and_the_service_stays(hours: int) -> None:
    stage = Stage()
    resumed(stage, "observing_canary", hours)

    assert stage.outcome == ("failed", 1)
    assert "No verdict within" in stage.reason
    assert stage.calls("UpdateService") == []
    assert_nothing_is_left(stage)


@LATE
def test_a_canary_that_died_meanwhile_is_seen_dead_even_when_ecs_has_forgotten_it(hours: int) -> None:
    stage = Stage()
    _, run = stage.at("observing_canary")
    stage.cloud.exit_container(stage.canary.arn)
    stage.pass_time(hours=hours + 0.1)
    stage.resume(run.record.id)

    assert stage.outcome == ("failed", 1)
    assert "it is gone" in stage.reason
    assert_nothing_is_left(stage)


@LATE
def test_a_deployment_that_was_completed_meanwhile_is_a_success(hours: int) -> None:
    stage = Stage()
    resumed(stage, "updating_service", hours)

    assert stage.outcome == ("succeeded", 0)
    assert stage.sent_to("web:2") == 1
    assert_nothing_is_left(stage)


@LATE
@pytest.mark.parametrize("state", ["updating_service", "detaching_canary"])
def test_a_deployment_that_the_breaker_undid_meanwhile_is_not_sent_again(state: str, hours: int) -> None:
    stage = Stage("v2-bad-in-service")
    resumed(stage, state, hours)

    assert stage.outcome == ("rolled_back", 3)
    assert stage.sent_to("web:2") == 1
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


@LATE
@pytest.mark.parametrize("state", ["detaching_canary", "stopping_canary", "stabilizing_service"])
def test_what_comes_after_the_update_is_finished_late_as_well(state: str, hours: int) -> None:
    stage = Stage()
    resumed(stage, state, hours)

    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)


@LATE
@pytest.mark.parametrize("state", ["rolling_back", "restoring_service"])
def test_a_service_that_was_going_back_is_back(state: str, hours: int) -> None:
    stage = Stage("v2-bad-in-service", service=without_breaker)
    resumed(stage, state, hours)

    assert stage.outcome == ("rolled_back", 3)
    assert stage.left.services == ("web runs web:1, 2 of 2 tasks",)
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("state", ["updating_service", "stabilizing_service"])
def test_a_bad_deployment_that_nobody_watched_for_a_day_is_rolled_back(state: str) -> None:
    stage = Stage("v2-bad-in-service", service=without_breaker)
    resumed(stage, state, 24)

    assert stage.outcome == ("rolled_back", 3)
    assert stage.left.services == ("web runs web:1, 2 of 2 tasks",)
    assert_nothing_is_left(stage)


def test_a_run_task_whose_token_is_forgotten_is_not_sent_again() -> None:
    stage = Stage(service=plain)
    runner, run = stage.at("registering")
    stage.cloud.fail_next("RunTask", "ServerException")
    stage.until(runner, run, "launching_canary")
    stage.pass_time(hours=2)
    stage.resume(run.record.id)

    assert stage.outcome == ("failed", 1)
    assert "cannot be told any more" in stage.reason
    assert stage.tasks() == []
    assert_nothing_is_left(stage)


def test_before_the_revision_is_registered_a_resume_needs_the_files() -> None:
    stage = Stage()
    _, run = stage.start()
    stage.resume(run.record.id, with_files=False)

    assert stage.outcome == ("refused", 1)
    assert f"cage-fsm resume {run.record.id} DIR" in stage.reason
    assert stage.calls("RegisterTaskDefinition") == []
    assert_nothing_is_left(stage)


def test_after_the_revision_is_registered_a_resume_needs_no_files() -> None:
    stage = Stage()
    _, run = stage.at("launching_canary")
    stage.resume(run.record.id, with_files=False)

    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)
