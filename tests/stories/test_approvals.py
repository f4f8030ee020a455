"""Somebody decides about a canary that was found good: in another process, of what was asked, in time."""

import pytest

from cage_fsm.answers import Answer, decided
from cage_fsm.engine.ports import Finished, Suspended
from cage_fsm.phases.facts import learn
from cage_fsm.usage import UsageError
from tests.stories.stage import Stage, assert_nothing_is_left
from tests.stories.test_meddling import somebody_deploys


@pytest.fixture
def waiting() -> Stage:
    """A run that waits four hours for an approval."""
    stage = Stage()
    assert getattr(stage.rollout(approval=True), "code", None) == 75
    return stage


def only(stage: Stage) -> str:
    """The id of the one run there is."""
    (record,) = stage.runs
    return record.id


def asked(stage: Stage) -> str:
    assert stage.facts.approval
    return stage.facts.approval.hash


def test_a_run_asks_and_keeps_its_canary_registered(waiting: Stage) -> None:
    question = waiting.facts.approval
    digests = {each.name: each.digest for each in waiting.canary.containers}

    assert waiting.outcome == ("suspended", 75)
    assert waiting.path[-1] == "awaiting_approval"
    assert question
    assert question.images == digests
    assert question.shown["healthy_for"] == "10s"
    assert waiting.calls("UpdateService") == []
    assert waiting.calls("DeregisterTargets") == waiting.calls("StopTask") == []
    assert waiting.canary.last_status == "RUNNING"


def test_an_approved_canary_is_judged_afresh_and_rolled_out_without_being_asked_for_again(
    waiting: Stage,
) -> None:
    waiting.pass_time(hours=3)
    end = waiting.answer(only(waiting))

    again = ["awaiting_approval", "checking_targets", "observing_canary", "updating_service"]
    assert end == Finished("succeeded", 0)
    assert waiting.path[5:9] == again
    assert waiting.path.count("awaiting_approval") == 1
    assert waiting.facts.decision
    assert waiting.facts.decision.hash == asked(waiting)
    assert "@" in waiting.facts.decision.by
    assert waiting.revision == "web:2"
    assert_nothing_is_left(waiting)


def test_a_resume_without_a_decision_asks_the_same_again(waiting: Stage) -> None:
    before = asked(waiting)
    waiting.pass_time(hours=1)
    end = waiting.resume(only(waiting), with_files=False)

    assert isinstance(end, Suspended)
    assert (end.code, asked(waiting)) == (75, before)
    assert f"somebody to approve {before}" in end.why
    assert waiting.canary.last_status == "RUNNING"


def test_a_refused_canary_is_released(waiting: Stage) -> None:
    waiting.answer(only(waiting), approve=False)

    assert waiting.outcome == ("refused", 1)
    assert waiting.facts.decision
    assert waiting.reason == f"Refused by {waiting.facts.decision.by}."
    assert waiting.calls("UpdateService") == []
    assert_nothing_is_left(waiting)


def test_a_refusal_stands_though_its_process_died(waiting: Stage) -> None:
    _, run = waiting.take(only(waiting))
    learn(run, decision=decided(run.record, Answer(approve=False), waiting.clock.now()))
    with pytest.raises(UsageError, match="was refused by"):
        waiting.answer(only(waiting))
    waiting.resume(only(waiting))

    assert waiting.outcome == ("refused", 1)
    assert_nothing_is_left(waiting)


@pytest.mark.parametrize("applied", [True, False], ids=["written", "not written"])
def test_a_refusal_whose_save_is_not_confirmed_is_looked_up_and_kept(waiting: Stage, applied: bool) -> None:
    waiting.store.before_next_write(lambda: None)
    waiting.store.before_next_write(lambda: waiting.store.fail_next_save(applied=applied))
    waiting.answer(only(waiting), approve=False)

    assert waiting.outcome == ("refused", 1)
    assert_nothing_is_left(waiting)


def test_nobody_can_approve_after_the_time_is_over(waiting: Stage) -> None:
    waiting.pass_time(hours=4)
    waiting.answer(only(waiting))

    assert waiting.outcome == ("failed", 1)
    assert "came too late: it was possible until 2026-01-01 04:00:50 UTC." in waiting.reason
    assert waiting.calls("UpdateService") == []
    assert_nothing_is_left(waiting)


def test_a_resume_after_the_time_is_over_releases_the_canary(waiting: Stage) -> None:
    waiting.pass_time(hours=4)
    waiting.resume(only(waiting))

    assert waiting.outcome == ("failed", 1)
    assert waiting.reason == "Nobody approved within 4h."
    assert_nothing_is_left(waiting)


@pytest.mark.parametrize("approve", [True, False])
def test_a_canary_that_died_meanwhile_is_rolled_out_by_nobody(waiting: Stage, approve: bool) -> None:
    waiting.cloud.exit_container(waiting.canary.arn)
    waiting.answer(only(waiting), approve=approve)

    assert waiting.outcome[1] == 1
    assert waiting.calls("UpdateService") == []
    assert_nothing_is_left(waiting)


def test_an_approval_does_not_hold_once_somebody_else_has_deployed(waiting: Stage) -> None:
    somebody_deploys(waiting)
    waiting.answer(only(waiting))

    assert waiting.outcome == ("failed", 1)
    assert "Somebody else deployed web:3" in waiting.reason
    assert waiting.sent_to("web:2") == 0
    assert_nothing_is_left(waiting)


def test_an_approval_of_other_images_is_void_and_asked_for_again(waiting: Stage) -> None:
    before = asked(waiting)
    waiting.canary.containers[0].digest = waiting.cloud.move_tag("web", "v2", "sha256:" + "0" * 64)
    end = waiting.answer(only(waiting))

    assert isinstance(end, Suspended)
    assert f"The approval of {before} by " in end.why
    assert "is void: container web runs sha256:0000" in end.why
    assert asked(waiting) != before
    assert waiting.facts.decision is None
    assert waiting.answer(only(waiting)) == Finished("succeeded", 0)


def test_an_approved_canary_must_pass_the_gates_once_more() -> None:
    stage = Stage()
    stage.cloud.set_alarm("web-5xx", "OK")
    stage.rollout(approval=True, alarms=["web-5xx"], probe="exit 0")
    stage.cloud.set_alarm("web-5xx")
    stage.answer(only(stage))

    assert stage.outcome == ("failed", 1)
    assert "web-5xx" in stage.reason
    assert stage.calls("UpdateService") == []
    assert_nothing_is_left(stage)


def test_a_rollback_of_a_waiting_run_releases_the_canary(waiting: Stage) -> None:
    waiting.rollback(only(waiting))

    assert waiting.outcome[0] == "rolled_back"
    assert waiting.calls("UpdateService") == []
    assert_nothing_is_left(waiting)


def test_an_interrupt_leaves_the_question_as_it_is() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary", approval=True)
    stage.until(runner, run, "awaiting_approval")
    run.signals = 1
    end = stage.drive(runner, run)

    assert end == Suspended("interrupted by a signal")
    assert run.record.state == "awaiting_approval"
    assert stage.resume(run.record.id) != end
    assert stage.answer(run.record.id) == Finished("succeeded", 0)
