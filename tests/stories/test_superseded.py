"""A process loses its run between the look whether it may send a call and the sending."""

import pytest

from cage_fsm.engine.ports import Superseded
from cage_fsm.sandbox import Call, Proceed, Response
from tests.stories.stage import Stage, assert_nothing_is_left


def test_a_canary_that_starts_after_the_run_was_rolled_back_is_stopped_by_who_started_it() -> None:
    def around(call: Call, proceed: Proceed) -> Response:
        if call.operation == "RunTask":
            stage.around = None
            stage.rollback(run.record.id)
        return proceed()

    stage = Stage(around=around)
    runner, run = stage.start()
    with pytest.raises(Superseded, match="RunTask"):
        runner.drive(run)

    assert stage.outcome == ("rolled_back", 0)
    assert stage.canary.desired_status == "STOPPED"
    assert_nothing_is_left(stage)


def test_a_canary_that_the_new_owner_has_asked_for_as_well_is_left_to_it() -> None:
    def around(call: Call, proceed: Proceed) -> Response:
        if call.operation == "RunTask":
            stage.around = None
            stage.until(*stage.take(run.record.id), "observing_canary")
        return proceed()

    stage = Stage(around=around)
    runner, run = stage.start()
    with pytest.raises(Superseded, match="RunTask"):
        runner.drive(run)

    assert stage.canary.desired_status == "RUNNING"
    stage.resume(run.record.id)
    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)
