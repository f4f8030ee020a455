"""A second signal breaks off whatever is being done, as a crash would, and releases what is known at once."""

from collections.abc import Callable
from typing import cast

import pytest

from cage_fsm.engine.ports import Hurry, Outcome, Suspended, Version
from cage_fsm.engine.run import Run
from cage_fsm.phases.facts import Facts
from cage_fsm.sandbox import Call, Proceed, Response
from tests.stories.stage import GROUP, MUTATING, Stage, assert_nothing_is_left, operation

LAUNCHING = ("RegisterTaskDefinition", "RunTask", "RegisterTargets", "UpdateService")
RELEASING = ("DeregisterTargets", "StopTask")
INPUTS = {"durations": {"bake": 1.0}}


class Broken:
    """A rollout on which the second signal comes at the `at`-th save, or at the first call of `name`."""

    def __init__(self, name: str, when: str, at: int = 1, scenario: str = "healthy") -> None:
        self.stage = Stage(around=self.around, scenario=scenario)
        self.name, self.when, self.left = name, when, at
        self.saves, self.began = 0, False
        self.sent_later: list[str] = []
        self.save, self.stage.store.save = self.stage.store.save, self.saving  # type: ignore[method-assign]
        self.runner, self.run = self.stage.start(**INPUTS)

    def around(self, call: Call, proceed: Proceed) -> Response:
        if self.began and self.run.signals and operation(call) in MUTATING:
            self.sent_later.append(call.operation)
        return cast("Response", self.struck(operation(call), proceed))

    def saving(self, key: str, text: str, expected: Version) -> Version:
        self.saves += self.began
        return cast("Version", self.struck("save", lambda: self.save(key, text, expected)))

    def struck(self, name: str, do: Callable[[], object]) -> object:
        if not self.began or name != self.name or not self.left:
            return do()
        self.left -= 1
        if self.left == 0 and self.when == "before":
            self.signal()
        done = do()
        if self.left == 0:
            self.signal()
        return done

    def signal(self) -> None:
        assert self.run.may_be_broken_off
        self.run.signals, self.run.may_be_broken_off = 2, False
        raise Hurry

    def drive(self) -> None:
        self.began = True
        end = self.stage.drive(self.runner, self.run)
        self.name = "nothing more"
        if isinstance(end, Suspended):
            assert end.code == 75
        assert set(self.sent_later) <= set(RELEASING)
        assert self.run.record.owner is None
        self.resumed(self.run)

    def resumed(self, run: Run) -> None:
        forward = run.record.direction == "forward"
        if not run.record.final:
            assert run.record.cause == (None if forward else "interrupted")
            self.stage.resume(run.record.id)
        assert self.stage.outcome == (("succeeded", 0) if forward else ("interrupted", 130))
        assert_nothing_is_left(self.stage)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["RunTask", "UpdateService", "save"])
def test_what_is_broken_off_is_found_by_a_resume(call: str, when: str) -> None:
    Broken(call, when).drive()


def test_a_canary_whose_start_was_broken_off_is_found_and_stopped() -> None:
    story = Broken("RunTask", "after")
    story.began = True
    end = story.stage.drive(story.runner, story.run)

    assert isinstance(end, Suspended)
    assert "told the canary to stop, and a resume proves it" in end.why
    assert story.sent_later == ["StopTask"]
    assert story.stage.left.left == ()


def test_an_address_that_the_canary_has_left_already_is_not_deregistered() -> None:
    stage = Stage()
    runner, run = stage.at("stopping_canary", **INPUTS)
    address, left = Facts.of(run.record).address, len(stage.calls("DeregisterTargets"))
    stage.cloud.stop_task(stage.canary.arn)
    stage.pass_time(minutes=1)
    stage.aws.elbv2.register(GROUP, address, 8080)  # a task of the service has it by now
    run.signals = 2
    stage.drive(runner, run)

    assert len(stage.calls("DeregisterTargets")) == left


def test_a_canary_that_does_not_show_yet_is_not_said_to_be_stopped() -> None:
    story = Broken("RunTask", "after", scenario="lag")
    story.began = True
    end = story.stage.drive(story.runner, story.run)

    assert isinstance(end, Suspended)
    assert "the canary could not be found yet, and a resume looks for it" in end.why
    assert story.sent_later == []


def test_the_canary_is_released_though_the_store_is_gone() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary", **INPUTS)
    stage.store.down = True
    run.signals = 2
    stage.drive(runner, run)
    assert stage.left.left == ()
    stage.store.down = False

    stage.resume(run.record.id)
    assert stage.outcome[1] in (1, 130)
    assert_nothing_is_left(stage)


def test_a_rollback_that_is_broken_off_stays_a_rollback() -> None:
    stage = Stage()
    _, run = stage.at("observing_canary", **INPUTS)
    runner, run = stage.take(run.record.id, Outcome("abort", "a rollback was asked for", cause="rollback"))
    run.signals = 2
    stage.drive(runner, run)
    stage.resume(run.record.id)

    assert stage.outcome == ("rolled_back", 0)
    assert_nothing_is_left(stage)
