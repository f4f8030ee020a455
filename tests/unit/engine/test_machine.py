"""What taking one edge does: leave the state, save the next one, enter it."""

from datetime import timedelta
from typing import Any

import pytest

from cage_fsm.clock import VirtualClock
from cage_fsm.data import data
from cage_fsm.engine.definition import Definition, Trigger
from cage_fsm.engine.machine import deadline, fire
from cage_fsm.engine.ports import Cause, Outcome, StoreDown, Wait
from cage_fsm.engine.record import Record, Step, parse
from cage_fsm.engine.run import Run
from cage_fsm.engine.verify import load
from cage_fsm.phases.registry import PROMISES
from tests.memory_store import MemoryStore

from .making import NOW, US, a_record, a_run


class Noting:
    """A phase that writes down what is on disk whenever it is called."""

    def __init__(self, name: str, store: MemoryStore, seen: list[tuple[str, str, str]]) -> None:
        self.name, self.store, self.seen = name, store, seen
        self.outcomes: frozenset[Trigger] = PROMISES[name].outcomes
        self.breaks = False

    def enter(self, run: Run) -> None:
        self._note("enter", run)
        if self.breaks:
            message = "the effect failed"
            raise OSError(message)

    def poll(self, run: Run) -> Wait:
        return Wait(1, "looking")

    def explain(self, run: Run, verdict: Outcome) -> Outcome:
        return verdict

    def exit(self, run: Run) -> None:
        self._note("exit", run)
        run.testify("done", f"seen by {self.name}", {})

    def _note(self, what: str, run: Run) -> None:
        stored = parse(self.store.load(run.record.key)[0], "it")
        self.seen.append((what, self.name, stored.state))


class Stage:
    """The real rollout on noting phases."""

    def __init__(self, store: MemoryStore, clock: VirtualClock) -> None:
        self.definition: Definition = load(data("states/rollout.toml"), PROMISES).definition
        self.seen: list[tuple[str, str, str]] = []
        self.announced: list[str] = []
        self.store, self.clock = store, clock
        self.phases = {name: Noting(name, store, self.seen) for name in PROMISES}

    def fire(self, run: Run, verdict: Outcome) -> bool:
        def announce(run: Run, verdict: Outcome) -> None:
            self.announced.append(
                f"{verdict.trigger} -> {parse(run.store.load(run.record.key)[0], '').state}"
            )

        return fire(self.definition, self.phases, run, verdict, announce)

    def record_after(self, trigger: Trigger, says: Cause | None = None, **changes: Any) -> Record:
        """Fire one trigger on a run of its own store; the record then."""
        store = MemoryStore()
        run = a_run(store, self.clock, **changes)
        for phase in self.phases.values():
            phase.store = store
        assert self.fire(run, Outcome(trigger, "because", cause=says))
        return run.record


APPROVED = Step(
    at=NOW, source="awaiting_approval", trigger="approved", to="checking_targets", reason="Approved."
)


@pytest.fixture
def stage(store: MemoryStore, clock: VirtualClock) -> Stage:
    return Stage(store, clock)


def test_a_state_is_left_saved_announced_and_entered_in_this_order(stage: Stage, run: Run) -> None:
    assert stage.fire(run, Outcome("done"))

    assert stage.seen == [("exit", "validate", "validating"), ("enter", "register", "registering")]
    assert stage.announced == ["done -> registering"]


def test_evidence_that_an_exit_adds_is_on_disk_with_the_next_state(stage: Stage, run: Run) -> None:
    stage.fire(run, Outcome("done"))

    stored = parse(stage.store.load(run.record.key)[0], "it")
    assert [(found.state, found.reason) for found in stored.evidence] == [("validating", "seen by validate")]


@pytest.mark.parametrize("applied", [False, True])
def test_a_state_whose_save_is_not_confirmed_is_neither_announced_nor_entered(
    stage: Stage, run: Run, applied: bool
) -> None:
    stage.store.fail_next_save(applied=applied)

    with pytest.raises(StoreDown):
        stage.fire(run, Outcome("done"))
    assert [what for what, *_ in stage.seen] == ["exit"]
    assert stage.announced == []
    assert run.record.state == "validating"


def test_a_state_whose_entry_fails_is_on_disk_and_not_entered(stage: Stage, run: Run) -> None:
    stage.phases["register"].breaks = True

    with pytest.raises(OSError, match="the effect failed"):
        stage.fire(run, Outcome("done"))
    assert run.record.state == "registering"
    assert not run.entered


def test_a_trigger_without_an_edge_changes_nothing(stage: Stage, run: Run) -> None:
    written = len(stage.store.writes)

    assert not stage.fire(run, Outcome("approved"))
    assert len(stage.store.writes) == written
    assert stage.seen == []


def test_a_trigger_whose_edges_all_say_no_changes_nothing(stage: Stage) -> None:
    run = a_run(stage.store, stage.clock, state="detaching_canary", direction="back")

    assert not stage.fire(run, Outcome("abort"))
    assert stage.seen == []


def test_an_end_and_a_rest_are_entered_without_a_phase(stage: Stage) -> None:
    assert stage.record_after("failed").state == "aborted"
    assert stage.record_after("failed", state="stopping_canary").state == "needs_operator"


def test_every_step_is_in_the_history(stage: Stage) -> None:
    (step,) = stage.record_after("failed").history

    assert (step.at, step.source, step.trigger, step.to) == (NOW, "validating", "failed", "aborted")
    assert step.reason == "because"


def test_a_new_state_begins_without_looks_and_without_what_was_asked(stage: Stage, run: Run) -> None:
    asked = Outcome("abort")
    run.looks.see("healthy", NOW)
    run.asked = asked
    stage.fire(run, Outcome("done"))

    assert run.asked != asked
    assert run.looks.see("healthy", NOW)[1] == 1


def test_an_end_has_no_owner_and_a_state_keeps_it(stage: Stage) -> None:
    assert stage.record_after("done").owner == US
    assert stage.record_after("failed").owner is None


@pytest.mark.parametrize(
    ("state", "changes", "trigger", "to"),
    [
        ("observing_canary", {}, "done", "updating_service"),
        ("observing_canary", {"inputs": {"approval": True}}, "done", "awaiting_approval"),
        (
            "observing_canary",
            {"inputs": {"approval": True}, "history": [APPROVED]},
            "done",
            "updating_service",
        ),
        ("stopping_canary", {}, "done", "aborted"),
        ("stopping_canary", {"direction": "forward"}, "done", "stabilizing_service"),
        ("stopping_canary", {"direction": "back"}, "done", "restoring_service"),
        ("stabilizing_service", {"direction": "forward"}, "failed", "rolling_back"),
        ("stabilizing_service", {"inputs": {"keep_failing": True}}, "failed", "left_failing"),
        ("needs_operator", {"direction": "forward"}, "abort", "rolling_back"),
        ("needs_operator", {"direction": "back"}, "abort", "detaching_canary"),
    ],
)
def test_an_edge_is_chosen_by_what_the_record_says(
    stage: Stage, state: str, changes: dict[str, Any], trigger: Trigger, to: str
) -> None:
    assert stage.record_after(trigger, state=state, **changes).state == to


@pytest.mark.parametrize(
    ("state", "trigger", "before", "after"),
    [
        ("registering", "done", [], ["canary_task"]),
        ("launching_canary", "failed", ["canary_task"], ["canary_task"]),
        ("checking_containers", "done", ["canary_task"], ["canary_task", "target_registration"]),
        ("updating_service", "refused", ["canary_task", "service_change"], ["canary_task"]),
        ("stopping_canary", "done", ["canary_task", "target_registration"], []),
        ("stopping_canary", "failed", ["canary_task"], ["canary_task"]),
        ("updating_service", "failed", ["service_change"], ["service_change"]),
    ],
)
def test_what_is_held_follows_the_machine(
    stage: Stage, state: str, trigger: Trigger, before: list[str], after: list[str]
) -> None:
    assert list(stage.record_after(trigger, state=state, held=before).held) == after


@pytest.mark.parametrize(
    ("state", "trigger", "before", "after"),
    [
        ("observing_canary", "done", "untouched", "forward"),
        ("observing_canary", "failed", "untouched", "untouched"),
        ("updating_service", "refused", "forward", "untouched"),
        ("updating_service", "failed", "forward", "back"),
    ],
)
def test_the_direction_follows_the_machine(
    stage: Stage, state: str, trigger: Trigger, before: str, after: str
) -> None:
    assert stage.record_after(trigger, state=state, direction=before).direction == after


class TestTheCause:
    @pytest.mark.parametrize(
        ("state", "trigger", "cause"),
        [
            ("observing_canary", "done", None),
            ("observing_canary", "failed", "failed"),
            ("observing_canary", "abort", "failed"),
            ("updating_service", "refused", "refused"),
            ("detaching_canary", "failed", None),
            ("stopping_canary", "failed", None),
        ],
    )
    def test_is_set_by_a_verdict_against_the_rollout_and_not_by_a_failed_release(
        self, stage: Stage, state: str, trigger: Trigger, cause: Cause | None
    ) -> None:
        assert stage.record_after(trigger, state=state).cause == cause

    def test_is_what_the_verdict_says_it_is(self, stage: Stage) -> None:
        assert stage.record_after("abort", "interrupted").cause == "interrupted"

    def test_is_never_changed_by_a_later_verdict(self, stage: Stage) -> None:
        assert stage.record_after("failed", "held", cause="interrupted").cause == "interrupted"


class TestADeadline:
    def record(self) -> Record:
        return a_record(durations={"bake": 60, "drain": 30})

    @pytest.mark.parametrize(
        ("state", "seconds"),
        [
            ("validating", 120),
            ("observing_canary", 60 + 300),
            ("detaching_canary", 30 + 120),
            ("stopping_canary", 30 + 300),  # a record from before the time to stop had its name
            ("awaiting_approval", 0),
        ],
    )
    def test_is_a_moment_so_long_after_the_entry(self, stage: Stage, state: str, seconds: float) -> None:
        assert deadline(stage.definition, state, self.record(), NOW) == NOW + timedelta(seconds=seconds)

    def test_is_the_sum_of_two_named_durations(self, stage: Stage) -> None:
        record = a_record(durations={"drain": 30, "stop": 40})

        assert deadline(stage.definition, "stopping_canary", record, NOW) == NOW + timedelta(seconds=70)

    @pytest.mark.parametrize("state", ["needs_operator", "succeeded"])
    def test_is_none_for_a_rest_and_an_end(self, stage: Stage, state: str) -> None:
        assert deadline(stage.definition, state, self.record(), NOW) is None

    def test_is_saved_with_the_entry(self, stage: Stage) -> None:
        assert stage.record_after("done").deadline == NOW + timedelta(minutes=2)
