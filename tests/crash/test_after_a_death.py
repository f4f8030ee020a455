"""Who may touch a service, and a run, when a process died or was superseded."""

import pytest

from cage_fsm.engine.ports import Superseded
from tests.stories.stage import MUTATING, Stage


def test_a_run_that_died_lets_nobody_else_roll_out_until_it_is_finished() -> None:
    stage = Stage()
    _, dead = stage.at("detaching_canary")
    stage.rollout()

    assert stage.outcome == ("refused", 5)
    assert dead.record.id in stage.reason

    stage.resume(dead.record.id)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert stage.revision == "web:3"


def test_a_run_that_another_process_took_over_stops_touching_aws() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    stage.resume(run.record.id)
    before = len(stage.cloud.calls)
    stage.pass_time(minutes=1)
    with pytest.raises(Superseded):
        runner.drive(run)

    made = {call.operation for call in stage.cloud.calls[before:]}
    assert made.isdisjoint(MUTATING)
