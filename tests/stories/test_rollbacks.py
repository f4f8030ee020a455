"""Going back: a run that is under way, and one that succeeded."""

import pytest

from cage_fsm.engine.ports import Outcome
from cage_fsm.engine.taking import StillDriven
from tests.stories.stage import ROLLBACK, Stage, assert_nothing_is_left, without_breaker

UNTOUCHED = [
    "validating",
    "registering",
    "launching_canary",
    "checking_containers",
    "checking_targets",
    "observing_canary",
]
FORWARD = ["updating_service", "detaching_canary", "stopping_canary", "stabilizing_service"]


@pytest.mark.parametrize("state", UNTOUCHED)
def test_a_run_that_has_not_touched_the_service_is_aborted(state: str) -> None:
    stage = Stage()
    _, run = stage.at(state)
    stage.rollback(run.record.id)

    assert stage.outcome == ("rolled_back", 0)
    assert stage.path[-1] == "aborted"
    assert stage.calls("UpdateService") == []
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("state", FORWARD)
def test_a_run_that_has_updated_the_service_sends_it_back(state: str) -> None:
    stage = Stage()
    _, run = stage.at(state)
    stage.rollback(run.record.id)

    assert stage.outcome == ("rolled_back", 0)
    assert stage.path[-1] == "rolled_back"
    assert stage.left.services == ("web runs web:1, 2 of 2 tasks",)
    assert_nothing_is_left(stage)


def test_a_rollback_of_a_run_that_goes_back_already_only_resumes_it() -> None:
    stage = Stage("v2-bad-in-service", service=without_breaker)
    _, run = stage.at("restoring_service")
    stage.rollback(run.record.id)

    assert stage.path[-1] == "rolled_back"
    assert stage.sent_to("web:1") == 1
    assert_nothing_is_left(stage)


def test_a_rollback_of_a_run_that_needs_an_operator_tries_to_release_it_again() -> None:
    stage = Stage()
    stage.cloud.fail_next("StopTask", "AccessDeniedException", times=10_000)
    stage.rollout()
    stage.cloud.world.planned.clear()
    stage.rollback(stage.runs[0].id)

    assert stage.path[-1] == "rolled_back"
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


def test_a_run_whose_process_lives_is_not_taken_from_it() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    living = stage.processes
    thief, owner = stage.process()
    stage.processes = living
    with pytest.raises(StillDriven, match=f"Run {run.record.id} is driven by process 1 on stage"):
        thief.take_over(run.load(stage.store, run.record.id, owner, stage.clock))

    stage.drive(runner, run)
    assert stage.outcome == ("succeeded", 0)


@pytest.mark.parametrize("days", [0, 30], ids=["at once", "a month later"])
def test_a_rollout_that_succeeded_is_undone(days: int) -> None:
    stage = Stage()
    stage.rollout()
    stage.pass_time(days=days, seconds=1)
    stage.drive(*stage.undo(stage.runs[0]))

    assert stage.outcome == ("rolled_back", 0)
    assert stage.path == ["rolling_back", "restoring_service", "rolled_back"]
    assert stage.left.services == ("web runs web:1, 2 of 2 tasks",)
    assert len(stage.calls("RunTask")) == 1
    assert_nothing_is_left(stage)


def test_after_an_undoing_the_next_rollout_finds_the_service_free() -> None:
    stage = Stage()
    stage.rollout()
    stage.pass_time(seconds=1)
    stage.drive(*stage.undo(stage.runs[0]))
    stage.pass_time(seconds=1)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert stage.revision == "web:3"


def test_a_failing_revision_that_was_left_is_undone_while_it_still_fails() -> None:
    stage = Stage("v2-bad-in-service", service=without_breaker)
    stage.rollout(keep_failing=True)
    stage.pass_time(seconds=1)
    stage.drive(*stage.undo(stage.runs[0]))

    assert stage.outcome == ("rolled_back", 0)
    assert stage.left.services == ("web runs web:1, 2 of 2 tasks",)
    assert_nothing_is_left(stage)


def test_an_undoing_is_refused_when_the_service_runs_something_else_by_now() -> None:
    stage = Stage()
    stage.rollout()
    first = stage.runs[0]
    stage.pass_time(seconds=1)
    stage.rollout()
    stage.pass_time(seconds=1)
    stage.drive(*stage.undo(first))

    assert stage.outcome == ("refused", 1)
    assert stage.reason == f"The service runs web:3 and no longer the revision of run {first.id}."
    assert stage.revision == "web:3"
    assert stage.sent_to("web:1") == 0


def test_an_undoing_is_refused_while_another_run_holds_the_service() -> None:
    stage = Stage()
    stage.rollout()
    first = stage.runs[0]
    stage.pass_time(seconds=1)
    _, second = stage.at("observing_canary")
    stage.drive(*stage.undo(first))

    assert stage.outcome == ("refused", 5)
    assert second.record.id in stage.reason


@pytest.mark.parametrize("state", ["validating", "rolling_back", "restoring_service"])
def test_an_undoing_that_was_interrupted_is_gone_on_with(state: str) -> None:
    stage = Stage()
    stage.rollout()
    stage.pass_time(seconds=1)
    runner, run = stage.undo(stage.runs[0])
    stage.until(runner, run, state)
    stage.resume(run.record.id, definition=ROLLBACK)

    assert stage.outcome == ("rolled_back", 0)
    assert stage.left.services == ("web runs web:1, 2 of 2 tasks",)
    assert_nothing_is_left(stage)


def test_an_undoing_that_has_begun_cannot_be_aborted_only_finished() -> None:
    stage = Stage()
    stage.rollout()
    stage.pass_time(seconds=1)
    runner, run = stage.undo(stage.runs[0])
    stage.until(runner, run, "restoring_service")
    ask = Outcome("abort", "a rollback was asked for", cause="rollback")
    stage.resume(run.record.id, ask, definition=ROLLBACK)

    assert stage.outcome == ("rolled_back", 0)
    assert stage.revision == "web:1"


def test_an_undoing_that_fails_needs_an_operator_and_is_tried_again_by_a_resume() -> None:
    stage = Stage()
    stage.rollout()
    stage.pass_time(seconds=1)
    stage.cloud.fail_next("UpdateService", "AccessDeniedException", times=10)
    stage.drive(*stage.undo(stage.runs[0]))
    undoing = stage.runs[1]

    assert stage.outcome == ("needs_operator", 4)
    assert stage.revision == "web:2"

    stage.cloud.world.planned.clear()
    stage.resume(undoing.id, definition=ROLLBACK)

    assert stage.outcome == ("rolled_back", 0)
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


def test_a_finished_run_that_is_driven_again_only_says_how_it_ended() -> None:
    stage = Stage()
    stage.rollout()
    before, writes = len(stage.cloud.calls), len(stage.store.writes)
    runner, owner = stage.process()
    run = stage.start()[1].load(stage.store, stage.runs[0].id, owner, stage.clock)
    end = runner.advance(run)

    assert (getattr(end, "state", ""), getattr(end, "code", None)) == ("succeeded", 0)
    assert len(stage.cloud.calls) == before
    assert len(stage.store.writes) == writes + 2  # those of the run that start() made
