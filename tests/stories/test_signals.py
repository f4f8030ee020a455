"""Ctrl-C and SIGTERM: the first is obeyed the way the state can bear, the second hurries."""

import pytest

from cage_fsm.engine.ports import Suspended
from tests.stories.stage import Stage, assert_nothing_is_left, plain, without_breaker

ABORTS = [
    "validating",
    "registering",
    "launching_canary",
    "checking_containers",
    "checking_targets",
    "observing_canary",
]
GOES_ON = ["updating_service", "detaching_canary", "stopping_canary"]


@pytest.mark.parametrize("state", ABORTS)
def test_the_first_signal_before_the_update_aborts_with_130(state: str) -> None:
    stage = Stage()
    runner, run = stage.at(state)
    run.signals = 1
    stage.drive(runner, run)

    assert stage.outcome == ("interrupted", 130)
    assert stage.calls("UpdateService") == []
    assert stage.revision == "web:1"
    assert stage.left.left == ()
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("state", GOES_ON)
def test_the_first_signal_after_the_update_releases_the_canary_and_suspends(state: str) -> None:
    stage = Stage()
    runner, run = stage.at(state)
    run.signals = 1
    end = stage.drive(runner, run)

    assert isinstance(end, Suspended)
    assert end.code == 75
    assert run.record.state == "stabilizing_service"
    assert stage.outcome == ("suspended", 75)
    assert stage.left.left == ()
    assert stage.holders == [run.record.id]


@pytest.mark.parametrize("state", [*GOES_ON, "stabilizing_service"])
def test_a_run_that_was_suspended_by_a_signal_is_finished_by_a_resume(state: str) -> None:
    stage = Stage()
    runner, run = stage.at(state)
    run.signals = 1
    stage.drive(runner, run)
    stage.resume(run.record.id)

    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)


def test_a_signal_while_the_service_deploys_suspends_at_once_and_changes_nothing() -> None:
    stage = Stage()
    runner, run = stage.at("stabilizing_service")
    run.signals = 1
    before = len(stage.cloud.calls)
    end = stage.drive(runner, run)

    assert isinstance(end, Suspended)
    assert end.why == "interrupted by a signal"
    assert len(stage.cloud.calls) == before
    assert run.record.owner is None


@pytest.mark.parametrize("state", ["rolling_back", "detaching_canary", "restoring_service"])
def test_a_signal_while_going_back_suspends_only_once_the_canary_is_released(state: str) -> None:
    stage = Stage("v2-bad-in-service", service=without_breaker)
    runner, run = stage.at("rolling_back")
    stage.until(runner, run, state)
    run.signals = 1
    end = stage.drive(runner, run)

    assert isinstance(end, Suspended)
    assert run.record.state == "restoring_service"
    assert stage.left.left == ()

    stage.resume(run.record.id)
    assert stage.outcome == ("rolled_back", 3)
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("state", ["launching_canary", "checking_targets", "observing_canary"])
def test_the_second_signal_tells_the_canary_to_stop_and_leaves_the_proof_to_a_resume(state: str) -> None:
    stage = Stage(deregistration_delay=300)
    runner, run = stage.at(state)
    run.signals = 2
    began = stage.clock.now()
    end = stage.drive(runner, run)

    assert isinstance(end, Suspended)
    assert end.code == 75
    assert (stage.clock.now() - began).total_seconds() < 5
    assert stage.canary.desired_status == "STOPPED"
    assert stage.left.left == ()

    stage.resume(run.record.id)
    assert stage.outcome == ("interrupted", 130)
    assert stage.calls("UpdateService") == []
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("state", GOES_ON)
def test_the_second_signal_after_the_update_hurries_as_well(state: str) -> None:
    stage = Stage(deregistration_delay=300)
    runner, run = stage.at(state)
    run.signals = 2
    end = stage.drive(runner, run)

    assert isinstance(end, Suspended)
    assert stage.canary.desired_status == "STOPPED"
    assert stage.revision == "web:2"

    stage.resume(run.record.id)
    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)


def test_a_second_signal_during_the_drain_of_the_first_hurries() -> None:
    stage = Stage(deregistration_delay=300)
    runner, run = stage.at("observing_canary")
    run.signals = 1
    stage.until(runner, run, "detaching_canary")
    run.signals = 2
    end = stage.drive(runner, run)

    assert isinstance(end, Suspended)
    assert stage.left.left == ()

    stage.resume(run.record.id)
    assert stage.outcome == ("interrupted", 130)


def test_a_signal_before_anything_began_leaves_no_trace_on_aws() -> None:
    stage = Stage(service=plain)
    runner, run = stage.start()
    run.signals = 1
    stage.drive(runner, run)

    assert stage.outcome == ("interrupted", 130)
    assert stage.cloud.calls == []
    assert stage.claims == []


@pytest.mark.parametrize("signals", [1, 2])
def test_a_bad_run_that_is_interrupted_while_its_canary_is_released_is_still_called_bad(signals: int) -> None:
    stage = Stage("v2-crash")
    runner, run = stage.at("detaching_canary")
    run.signals = signals
    stage.drive(runner, run)
    if signals == 2:
        stage.resume(run.record.id)

    assert stage.outcome == ("failed", 1)
    assert_nothing_is_left(stage)
