"""A run dies before or after every change it makes and every save, and another process goes on or back.

Whatever the moment: one canary at most ever ran, nothing is left, the service runs what the record says,
and the next rollout finds the service free.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

import pytest

from cage_fsm.engine.ports import Superseded, Version
from cage_fsm.sandbox import Call, Proceed, Response, Timings
from tests.memory_store import MemoryStore
from tests.stories.kinds import mode, on_hosts
from tests.stories.stage import (
    MUTATING,
    Change,
    Stage,
    assert_nothing_is_left,
    operation,
    unchecked,
    without_breaker,
)

T = TypeVar("T")
GOOD, BAD = "v2", "v2-bad-in-service"
ENDS = {GOOD: ("succeeded", 0), BAD: ("rolled_back", 3)}
WHEN = ("before", "after")
PARTS = 6

Kind = tuple[Change, Change]
"""What is changed of the example's service and task definition."""
FARGATE: Kind = (dict, dict)
DYNAMIC_PORTS: Kind = (on_hosts, mode("bridge"))


class Killed(BaseException):
    """What SIGKILL would do: nothing is caught, nothing is cleaned up."""


@dataclass
class Death:
    """Kills at the `at`-th thing called `name`, before or after it took effect; never without `at`."""

    name: str = ""
    at: int = 0
    when: str = "before"
    seen: list[str] = field(default_factory=list)

    def befall(self, name: str, act: Callable[[], T]) -> T:
        self.seen.append(name)
        due = name == self.name and self.seen.count(name) == self.at
        if due and self.when == "before":
            raise Killed(name)
        done = act()
        if due:
            raise Killed(name)
        return done


class MortalStore(MemoryStore):
    def __init__(self, death: Death) -> None:
        super().__init__()
        self._death = death

    def create(self, key: str, text: str) -> Version:
        return self._death.befall("save", lambda: super(MortalStore, self).create(key, text))

    def save(self, key: str, text: str, expected: Version) -> Version:
        return self._death.befall("save", lambda: super(MortalStore, self).save(key, text, expected))


def mortal(tag: str, death: Death, kind: Kind = FARGATE) -> Stage:
    """A stage whose every change and save may be the last; its cloud is quick, to be played often."""

    def around(call: Call, proceed: Proceed) -> Response:
        return death.befall(operation(call), proceed) if call.operation in MUTATING else proceed()

    quick = Timings(
        provisioning=1, pending=0.5, activating=1, crash_after=1, settled=1, backoff=1, stopping=1
    )
    stage = Stage(
        tag,
        service=lambda files: without_breaker(kind[0](files)),
        definition=lambda files: unchecked(kind[1](files)),
        around=around,
        pace=quick,
        health_check_interval=2,
        deregistration_delay=4,
    )
    stage.store = MortalStore(death)
    return stage


def roll_out(stage: Stage) -> None:
    stage.rollout(durations={"bake": 1.0})


@cache
def saves(tag: str) -> int:
    """How many saves a rollout takes when nobody dies."""
    death = Death()
    roll_out(mortal(tag, death))
    return death.seen.count("save")


def die(tag: str, name: str, at: int, when: str, kind: Kind = FARGATE) -> Stage:
    death = Death(name, at, when)
    stage = mortal(tag, death, kind)
    with pytest.raises(Killed):
        roll_out(stage)
    death.at = 0
    return stage


def assert_the_record_tells_the_truth(stage: Stage) -> None:
    assert_nothing_is_left(stage)
    running = {"succeeded": "web:2", "aborted": "web:1", "rolled_back": "web:1"}
    assert stage.revision == running[stage.runs[0].state]
    assert len(stage.calls("RegisterTaskDefinition")) <= 1
    assert stage.sent_to("web:2") <= 1


def go_on(stage: Stage, tag: str) -> None:
    if not stage.runs:
        return  # it died before there was a run
    (record,) = stage.runs
    if record.final:
        stage.record = record
    else:
        stage.resume(record.id)
    assert stage.outcome == ENDS[tag]
    assert_the_record_tells_the_truth(stage)


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", MUTATING)
@pytest.mark.parametrize("tag", [GOOD, BAD])
def test_a_run_that_dies_at_a_change_is_finished_by_a_resume(tag: str, call: str, when: str) -> None:
    go_on(die(tag, call, 1, when), tag)


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", [*MUTATING, "StopTask, asking"])
def test_a_run_behind_dynamic_ports_that_dies_at_a_change_is_finished_by_a_resume(
    call: str, when: str
) -> None:
    go_on(die(GOOD, call, 1, when, DYNAMIC_PORTS), GOOD)


@pytest.mark.parametrize("when", WHEN)
def test_a_run_that_dies_sending_the_service_back_is_finished_by_a_resume(when: str) -> None:
    go_on(die(BAD, "UpdateService", 2, when), BAD)


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", MUTATING)
@pytest.mark.parametrize("tag", [GOOD, BAD])
def test_a_run_that_dies_at_a_change_is_undone_by_a_rollback(tag: str, call: str, when: str) -> None:
    stage = die(tag, call, 1, when)
    (record,) = stage.runs
    stage.rollback(record.id)

    assert stage.outcome[0] == "rolled_back"
    assert stage.revision == "web:1"
    assert_the_record_tells_the_truth(stage)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("when", WHEN)
def test_a_good_run_that_dies_at_any_save_is_finished_by_a_resume(when: str, part: int) -> None:
    for at in range(1 + part, saves(GOOD) + 1, PARTS):
        go_on(die(GOOD, "save", at, when), GOOD)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("when", WHEN)
def test_a_bad_run_that_dies_at_any_save_is_finished_by_a_resume(when: str, part: int) -> None:
    for at in range(1 + part, saves(BAD) + 1, PARTS):
        go_on(die(BAD, "save", at, when), BAD)


@pytest.mark.parametrize("call", MUTATING)
def test_a_resume_that_dies_as_well_is_finished_by_the_next(call: str) -> None:
    stage = die(GOOD, call, 1, "before")
    (record,) = stage.runs
    second = Death(call, 1, "after")
    store = stage.store
    assert isinstance(store, MortalStore)

    def around(each: Call, proceed: Proceed) -> Response:
        return second.befall(operation(each), proceed)

    stage.around = around
    with pytest.raises(Killed):
        stage.resume(record.id)
    go_on(stage, GOOD)


def test_a_run_that_died_lets_nobody_else_roll_out_until_it_is_finished() -> None:
    stage = die(GOOD, "UpdateService", 1, "after")
    (record,) = stage.runs
    stage.rollout()

    assert stage.outcome == ("refused", 5)
    assert record.id in stage.reason

    stage.resume(record.id)
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
