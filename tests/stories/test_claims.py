"""One run per service, one process per run, whatever dies and whoever comes second."""

import json
from collections.abc import Callable

import pytest

from cage_fsm.engine.owner import Owner
from cage_fsm.engine.ports import Suspended
from cage_fsm.engine.record import RUNS
from cage_fsm.engine.run import Run
from cage_fsm.engine.taking import LEASE, StillDriven
from tests.stories.stage import Stage, assert_nothing_is_left, plain

CLAIM = "claims/123456789012/us-east-1/demo/web"
SHORT = {"durations": {"bake": 1.0}}


@pytest.fixture
def stage() -> Stage:
    return Stage(service=plain)


def second(stage: Stage) -> str:
    """A second rollout, and why it was refused."""
    sent = len(stage.cloud.calls)
    stage.rollout()
    assert stage.outcome == ("refused", 5)
    assert {call.operation for call in stage.cloud.calls[sent:]} <= {"DescribeServices"}
    return stage.reason


@pytest.mark.parametrize("state", ["registering", "observing_canary", "stabilizing_service"])
def test_a_second_rollout_is_refused_names_the_holder_and_leaves_it_its_claim(
    stage: Stage, state: str
) -> None:
    runner, run = stage.at(state, **SHORT)
    stage.pass_time(seconds=40)
    why = second(stage)

    for words in (
        f"Run {run.record.id} holds this service: running, state {state}",
        "last saved 40s ago",
        "process 1 on stage drives it",
        f"`cage-fsm resume {run.record.id}`",
        f"`cage-fsm rollback {run.record.id}`",
    ):
        assert words in why
    assert stage.claims == [run.record.id]
    stage.drive(runner, run)
    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)


def test_an_undo_is_refused_while_another_run_holds_the_service(stage: Stage) -> None:
    stage.rollout(**SHORT)
    done = stage.record
    assert done
    runner, run = stage.at("observing_canary", **SHORT)
    stage.drive(*stage.undo(done))

    assert stage.outcome == ("refused", 5)
    stage.drive(runner, run)
    assert stage.outcome == ("succeeded", 0)


def test_a_suspended_run_keeps_its_service(stage: Stage) -> None:
    runner, run = stage.at("stabilizing_service", **SHORT)
    run.signals = 1
    stage.drive(runner, run)

    assert "suspended, state stabilizing_service" in second(stage)
    assert "no process drives it" in stage.reason


def test_a_run_that_died_before_it_freed_its_service_is_in_nobodys_way(stage: Stage) -> None:
    runner, run = stage.at("stabilizing_service", **SHORT)
    died_of(stage, lambda: run.record.state == "succeeded")
    with pytest.raises(Died):
        stage.drive(runner, run)
    assert stage.claims == [run.record.id]
    stage.rollout(**SHORT)

    assert stage.outcome == ("succeeded", 0)
    assert stage.claims == [None]


def test_a_run_that_died_between_the_trace_and_the_claim_takes_it_in_a_resume(stage: Stage) -> None:
    runner, run = stage.start(**SHORT)
    died_of(stage, lambda: bool(run.record.claim))
    with pytest.raises(Died):
        stage.drive(runner, run)
    assert stage.claims == []
    stage.resume(run.record.id)

    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)


def test_a_run_that_was_aborted_before_it_held_its_claim_frees_nobody_elses(stage: Stage) -> None:
    first_runner, first = stage.start(**SHORT)
    died_of(stage, lambda: bool(first.record.claim))
    with pytest.raises(Died):
        stage.drive(first_runner, first)
    runner, run = stage.at("observing_canary", **SHORT)
    stage.rollback(first.record.id)

    assert stage.claims == [run.record.id]
    stage.drive(runner, run)
    assert stage.outcome == ("succeeded", 0)


@pytest.mark.parametrize("document", ["{", '{"run": "somebody"}', '{"owner": "another program"}'])
def test_a_foreign_claim_is_refused_with_what_to_do(stage: Stage, document: str) -> None:
    stage.store.put(CLAIM, document)
    why = second(stage)

    assert f"The claim {CLAIM} is damaged or foreign. Restore it from a backup" in why
    assert stage.store.load(CLAIM)[0] == document


def test_a_holder_that_cannot_be_read_is_refused_with_what_to_do(stage: Stage) -> None:
    _, run = stage.at("observing_canary", **SHORT)
    text = json.loads(stage.store.load(run.record.key)[0]) | {"schema_version": 2}
    stage.store.put(run.record.key, json.dumps(text))
    why = second(stage)

    assert f"The run {run.record.id}, which holds this service, is damaged or was written by" in why
    assert "Use the version that wrote it" in why


def test_of_two_resumes_at_the_same_moment_one_acts(stage: Stage) -> None:
    _, run = stage.at("observing_canary", **SHORT)
    run.save(owner=None)
    loaded = [stage.process(), stage.process()]
    (one, first), (two, later) = (
        (runner, Run.load(stage.store, run.record.id, owner, stage.clock)) for runner, owner in loaded
    )
    one.take_over(first)

    with pytest.raises(StillDriven, match=f"Run {run.record.id} is driven by process 2 on stage"):
        two.take_over(later)
    stage.drive(one, first)
    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)


def test_a_suspension_that_could_not_be_saved_costs_a_resume_from_elsewhere_one_lease(stage: Stage) -> None:
    runner, run = stage.at("stabilizing_service", **SHORT)
    run.signals = 1
    stage.store.fail_next_save(applied=False)
    assert isinstance(stage.drive(runner, run), Suspended)
    assert stage.runs[0].owner
    elsewhere = Owner(host="elsewhere", pid=1, started="0", boot="c")
    other, _ = stage.process()
    other._alive = lambda _: None
    theirs = Run.load(stage.store, run.record.id, elsewhere, stage.clock)
    began = stage.clock.now()
    other.take_over(theirs)

    assert stage.clock.now() - began == LEASE
    assert "waiting 1m30s for a sign of it (--take-over does not wait)" in stage.events[-1].words
    stage.drive(other, theirs)
    assert stage.outcome == ("succeeded", 0)


class Died(BaseException):
    """The process is gone."""


def died_of(stage: Stage, when: Callable[[], bool]) -> None:
    """Let the process die at the first write of a claim once `when()` is true; the next ones live."""
    create, save = stage.store.create, stage.store.save

    def deadly(key: str) -> None:
        if not key.startswith(RUNS) and when():
            stage.store.create, stage.store.save = create, save  # type: ignore[method-assign]
            raise Died

    def creating(key: str, text: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
        deadly(key)
        return create(key, text)

    def saving(key: str, text: str, expected):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        deadly(key)
        return save(key, text, expected)

    stage.store.create, stage.store.save = creating, saving  # type: ignore[method-assign]
