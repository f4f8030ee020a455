"""Nothing is changed on AWS by a process that the store has not just confirmed as the owner of the run."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from cage_fsm.engine.ports import Superseded
from cage_fsm.engine.record import RUNS, parse
from cage_fsm.sandbox import Call, Proceed, Response
from tests.stories.stage import (
    MUTATING,
    Stage,
    assert_nothing_is_left,
    operation,
    plain,
    without_breaker,
)

STATES = [
    "registering",
    "launching_canary",
    "checking_containers",
    "checking_targets",
    "observing_canary",
    "updating_service",
    "detaching_canary",
    "stopping_canary",
    "stabilizing_service",
]
IN_THE_WINDOW = ["RegisterTargets", "UpdateService"]
"""What may still do harm between the check and the bytes on the wire; RunTask has its token."""


class Guarded(Stage):
    """A stage on which every change must be announced by the owner, in a save made at this very moment."""

    def __init__(self, tag: str = "v2", **options: object) -> None:
        self.guarded: list[str] = []
        super().__init__(tag, around=self.guard, **options)  # type: ignore[arg-type]

    def guard(self, call: Call, proceed: Proceed) -> Response:
        if operation(call) in MUTATING:
            owned = [run for run in self.runs if run.owner and run.owner.pid == self.processes]
            assert [run.updated_at for run in owned] == [self.clock.now()], operation(call)
            assert any(name.startswith(call.operation) for name in owned[0].intents), operation(call)
            self.guarded.append(call.operation)
        return proceed()


@pytest.mark.parametrize(
    ("tag", "ends"),
    [
        ("v2", ("succeeded", 0)),
        ("v2-unhealthy-target", ("failed", 1)),
        ("v2-bad-in-service", ("rolled_back", 3)),
    ],
)
@pytest.mark.parametrize("scenario", ["healthy", "throttling", "lost-answers"])
def test_every_change_of_a_rollout_is_announced_by_a_save(
    tag: str, ends: tuple[str, int], scenario: str
) -> None:
    stage = Guarded(tag, scenario=scenario, service=without_breaker)
    stage.rollout(durations={"bake": 1.0})

    assert stage.outcome == ends
    assert {"RunTask", "StopTask"} <= set(stage.guarded)


def test_every_change_of_a_resume_and_of_an_undo_is_announced_by_a_save() -> None:
    stage = Guarded()
    _, run = stage.at("checking_targets")
    stage.pass_time(minutes=2)
    stage.resume(run.record.id)
    stage.drive(*stage.undo(run.record))

    assert stage.outcome == ("rolled_back", 0)
    assert stage.guarded.count("UpdateService") == 2


@pytest.mark.parametrize("poll_seconds", [None, 5, 30])
def test_a_living_run_is_saved_every_thirty_seconds(poll_seconds: float | None) -> None:
    stage = Stage(service=plain)
    stage.poll_seconds = poll_seconds
    stage.rollout(durations={"bake": 600.0})

    (key,) = stage.store.list(RUNS)
    saved = [parse(text, key).updated_at for text in stage.store.texts(key)]
    gaps = [later - earlier for earlier, later in pairwise(saved)]
    assert max(gaps) <= timedelta(seconds=30)


@pytest.mark.parametrize("state", STATES)
def test_a_process_that_wakes_after_its_run_was_taken_over_sends_nothing_more(state: str) -> None:
    stage = Stage()
    runner, run = stage.at(state)
    stage.pass_time(seconds=30)
    stage.resume(run.record.id)
    sent = len(stage.cloud.calls)

    with pytest.raises(Superseded, match=f"Run {run.record.id} was brought to succeeded by another process"):
        runner.drive(run)
    changes = [call.operation for call in stage.cloud.calls[sent:] if call.operation in MUTATING]
    assert changes == []
    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("at", range(1, 20, 3))
def test_a_run_that_is_taken_from_a_living_process_is_left_by_it_at_its_next_save(at: int) -> None:
    stage = Stage()
    runner, run = stage.start(durations={"bake": 1.0})
    sent = -1

    def take_over() -> None:
        nonlocal sent
        other, theirs = stage.steal(run.record.id)
        stage.drive(other, theirs)
        sent = len(stage.cloud.calls)

    for _ in range(at - 1):
        stage.store.before_next_write(lambda: None)
    stage.store.before_next_write(take_over)
    with pytest.raises(Superseded):
        runner.drive(run)
    assert [call.operation for call in stage.cloud.calls[sent:] if call.operation in MUTATING] == []
    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("call", IN_THE_WINDOW)
def test_a_process_that_is_superseded_right_after_a_change_says_so_and_names_sweep(call: str) -> None:
    stage = Stage()
    runner, run = stage.start(durations={"bake": 1.0})
    stage.around = _once(call, lambda: stage.steal(run.record.id))

    with pytest.raises(Superseded) as superseded:
        runner.drive(run)
    words = str(superseded.value)
    for part in (f"Run {run.record.id}", "process 2 on stage", f"this process sent {call}", "cage-fsm sweep"):
        assert part in words


def test_a_process_that_is_superseded_while_it_only_looked_accuses_itself_of_nothing() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    stage.pass_time(seconds=60)
    runner.advance(run)
    stage.steal(run.record.id)
    stage.pass_time(seconds=60)

    with pytest.raises(Superseded) as superseded:
        runner.drive(run)
    assert "sent" not in str(superseded.value)


def _once(name: str, act: Callable[[], object]) -> Callable[[Call, Proceed], Response]:
    """Do `act` when the first call of this name is on its way: after the check of the fence."""
    acts = [act]

    def around(call: Call, proceed: Proceed) -> Response:
        if call.operation == name and acts:
            acts.pop()()
        return proceed()

    return around
