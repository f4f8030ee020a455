"""The story of one run, look by look, on phases that do as they are told."""

from collections import deque
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cage_fsm.clock import VirtualClock
from cage_fsm.data import data
from cage_fsm.engine import claims
from cage_fsm.engine.definition import Definition, Promise, Trigger
from cage_fsm.engine.ports import (
    Event,
    Finished,
    Hurry,
    Moved,
    Outcome,
    Refused,
    Retryable,
    Superseded,
    Suspend,
    Suspended,
    Wait,
)
from cage_fsm.engine.record import Record, parse
from cage_fsm.engine.run import Run
from cage_fsm.engine.runner import Runner
from cage_fsm.engine.taking import LEASE, StillDriven
from cage_fsm.engine.verify import load
from cage_fsm.phases.registry import PROMISES
from tests.memory_store import MemoryStore

from .making import NOW, RUN_ID, THEM, US, a_run, written_by

SERVICE = "arn:aws:ecs:eu-west-1:123456789012:service/prod/web"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/prod"
ROLLOUT = load(data("states/rollout.toml"), PROMISES).definition
TWO_STEPS = Definition.model_validate(
    {
        "machine": "two-steps",
        "initial": "working",
        "hurry": "tidy",
        "final": ["aborted"],
        "state": {
            "working": {"does": "work", "within": "1m", "interrupt": "suspend", "on": {"done": "tidying"}},
            "tidying": {
                "does": "tidy",
                "within": "5m",
                "renew": True,
                "interrupt": "continue",
                "on": {"done": "aborted", "failed": "resting"},
            },
            "resting": {"rests": 4, "on": {"resumed": "tidying", "abort": "tidying"}},
        },
    }
)
Said = Outcome | Wait | Suspended | BaseException


class Fake:
    """A phase that says what it was told to say, and else that it is done."""

    def __init__(self, name: str, calls: list[str], store: MemoryStore) -> None:
        self.name, self.calls, self.store = name, calls, store
        self.outcomes: frozenset[Trigger] = PROMISES.get(name, Promise()).outcomes
        self.on_enter: deque[Exception | None] = deque()
        self.on_poll: deque[Said] = deque()
        self.on_hurry: Exception | None = None
        self.knows: dict[str, Any] = {}
        self.always: Said = Outcome("done", f"{name} is done")

    def enter(self, run: Run) -> None:
        stored = parse(self.store.load(run.record.key)[0], "it") if not self.store.down else run.record
        self.calls.append(f"enter {self.name} in {stored.state}")
        if error := self.on_enter.popleft() if self.on_enter else None:
            raise error

    def poll(self, run: Run) -> Outcome | Wait | Suspended:
        self.calls.append(f"poll {self.name}")
        said = self.on_poll.popleft() if self.on_poll else self.always
        if isinstance(said, BaseException):
            raise said
        return said

    def explain(self, run: Run, verdict: Outcome) -> Outcome:
        self.calls.append(f"explain {self.name}")
        return replace(verdict, evidence={**verdict.evidence, **self.knows})

    def exit(self, run: Run) -> None:
        self.calls.append(f"exit {self.name}")

    def hurry(self, run: Run) -> None:
        self.calls.append(f"hurry {self.name}")
        if self.on_hurry:
            raise self.on_hurry


class Stage:
    """A runner on fakes, a store in memory and a virtual clock."""

    def __init__(self, definition: Definition = ROLLOUT) -> None:
        self.store, self.clock, self.definition = MemoryStore(), VirtualClock(NOW), definition
        self.calls: list[str] = []
        self.events: list[Event] = []
        self.alive: bool | None = None
        names = {state.does for state in definition.state.values() if state.does}
        self.phases = {name: Fake(name, self.calls, self.store) for name in names}
        self.runner = self.another()

    def another(self, **options: Any) -> Runner:
        """The runner of another process."""
        return Runner(
            self.definition, self.phases, self.clock, self.tell, alive=lambda owner: self.alive, **options
        )

    def tell(self, event: Event) -> None:
        self.events.append(event)

    def run_in(self, state: str, **changes: Any) -> Run:
        """A run of this process that stands in `state` since now."""
        deadline = NOW + timedelta(minutes=1)
        return a_run(
            self.store,
            self.clock,
            **{"machine": self.definition.machine, "state": state, "deadline": deadline, **changes},
        )

    def stored(self) -> Record:
        return parse(self.store.load(f"runs/{RUN_ID}")[0], "it")

    def look(self, run: Run) -> Wait | Moved | Suspended | Finished:
        return self.runner.advance(run)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def small() -> Stage:
    return Stage(TWO_STEPS)


class TestCreating:
    def test_saves_the_initial_state_with_its_deadline_and_does_nothing_else(self, stage: Stage) -> None:
        run = stage.runner.create(stage.store, RUN_ID, US, service="web")

        assert stage.stored() == run.record
        assert (run.record.state, run.record.direction, run.record.held) == ("validating", "untouched", ())
        assert run.record.deadline == NOW + timedelta(minutes=2)
        assert run.record.inputs == {"service": "web"}
        assert run.record.digest == ROLLOUT.digest
        assert run.record.owner is None
        assert stage.calls == []

    def test_knows_the_durations_that_were_asked_for_already_in_the_initial_state(self, stage: Stage) -> None:
        run = stage.runner.create(stage.store, RUN_ID, US, durations={"wait": 60.0})

        assert run.record.durations == {"wait": 60.0}
        assert run.record.deadline == NOW + timedelta(minutes=3)


class TestAWholeRun:
    def test_in_which_everything_is_done_succeeds(self, stage: Stage) -> None:
        run = stage.runner.create(stage.store, RUN_ID, US)
        stage.runner.take_over(run)

        assert stage.runner.drive(run) == Finished("succeeded", 0)
        assert [step.to for step in run.record.history] == [
            *("registering", "launching_canary", "checking_containers", "checking_targets"),
            *("observing_canary", "updating_service", "detaching_canary", "stopping_canary"),
            *("stabilizing_service", "succeeded"),
        ]
        assert run.record.held == ()
        assert run.record.cause is None

    def test_has_every_state_on_disk_before_its_effect(self, stage: Stage) -> None:
        run = stage.runner.create(stage.store, RUN_ID, US)
        stage.runner.take_over(run)
        stage.runner.drive(run)

        states = {name: state.does for name, state in ROLLOUT.state.items()}
        entered = [call.split() for call in stage.calls if call.startswith("enter")]
        assert len(entered) == 10
        assert all(states[state] == phase for _, phase, _, state in entered)

    def test_enters_each_state_once(self, stage: Stage) -> None:
        run = stage.runner.create(stage.store, RUN_ID, US)
        stage.phases["observe_canary"].on_poll.extend(Wait(1, "baking") for _ in range(5))
        stage.runner.take_over(run)
        stage.runner.drive(run)

        entered = [call for call in stage.calls if call.startswith("enter")]
        assert len(entered) == len(set(entered))

    def test_whose_canary_is_unhealthy_is_aborted_after_its_release(self, stage: Stage) -> None:
        run = stage.runner.create(stage.store, RUN_ID, US)
        stage.phases["check_containers"].always = Outcome("failed", "unhealthy")
        stage.runner.take_over(run)

        assert stage.runner.drive(run) == Finished("aborted", 1)
        assert run.record.history[-1].source == "stopping_canary"
        assert run.record.cause == "failed"

    def test_tells_every_move_and_its_end_only_once_they_are_saved(self, stage: Stage) -> None:
        stored = list[str]()
        tell = stage.tell

        def telling(event: Event) -> None:
            tell(event)
            stored.append(stage.stored().state)

        stage.tell = telling  # type: ignore[method-assign]
        stage.runner = stage.another()
        run = stage.runner.create(stage.store, RUN_ID, US)
        stage.runner.take_over(run)
        stage.runner.drive(run)

        assert [event.state for event in stage.events] == stored
        assert [event.kind for event in stage.events] == [*(["moved"] * 10), "finished"]
        assert stage.events[0].words == "validate is done"
        assert stage.events[-1].words == "succeeded"


class TestAnEnd:
    def test_clears_the_owner_and_frees_the_service(self, stage: Stage) -> None:
        run = stage.run_in("stabilizing_service", direction="forward", held=["service_change"])
        run.claim(SERVICE, CLUSTER)

        assert stage.look(run) == Moved("succeeded")
        assert stage.stored().owner is None
        assert claims.Claim.model_validate_json(stage.store.load(run.record.claim or "")[0]).run == RUN_ID
        assert stage.look(run) == Finished("succeeded", 0)
        assert claims.Claim.model_validate_json(stage.store.load(run.record.claim or "")[0]).run is None

    @pytest.mark.parametrize("fault", ["down", "raced", "damaged"])
    def test_stands_even_if_the_service_cannot_be_freed(self, stage: Stage, fault: str) -> None:
        run = stage.run_in("aborted", cause="failed")
        run.claim(SERVICE, CLUSTER)
        key = run.record.claim or ""
        if fault == "down":
            stage.store.down = True
        elif fault == "damaged":
            stage.store.put(key, "{}")
        else:
            stage.store.before_next_write(lambda: stage.store.put(key, "{}"))

        assert stage.look(run) == Finished("aborted", 1)

    def test_whose_save_was_applied_though_its_answer_was_lost_is_an_end(self, stage: Stage) -> None:
        run = stage.run_in("stabilizing_service", direction="forward")
        stage.store.fail_next_save(applied=True)

        assert isinstance(stage.look(run), Wait)
        assert stage.look(run) == Finished("succeeded", 0)
        assert stage.calls.count("poll stabilize_service") == 1


class TestASaveThatFails:
    def test_before_it_was_applied_is_made_again_after_another_whole_look(self, stage: Stage) -> None:
        run = stage.run_in("validating")
        stage.store.fail_next_save(applied=False)

        assert isinstance(stage.look(run), Wait)
        assert run.stale
        assert stage.look(run) == Moved("registering")
        assert stage.calls[-4:] == [
            *("enter validate in validating", "poll validate", "exit validate"),
            "enter register in registering",
        ]

    def test_after_it_was_applied_is_found_to_hold(self, stage: Stage) -> None:
        run = stage.run_in("validating")
        stage.store.fail_next_save(applied=True)

        assert isinstance(stage.look(run), Wait)
        assert "enter register in registering" not in stage.calls
        assert stage.look(run) == Moved("launching_canary")
        assert stage.calls.count("poll validate") == 1
        assert stage.calls.count("enter register in registering") == 1

    def test_over_another_process_s_record_ends_this_one(self, stage: Stage) -> None:
        run = stage.run_in("validating")
        written_by(stage.store, run.record.model_copy(update={"owner": THEM}))

        with pytest.raises(Superseded):
            stage.look(run)
        stage.calls.clear()
        with pytest.raises(Superseded):
            stage.look(run)
        assert stage.calls == []
        assert stage.stored().owner == THEM

    def test_while_another_process_took_the_run_ends_this_one(self, stage: Stage) -> None:
        run = stage.run_in("validating")
        stage.store.fail_next_save(applied=False)
        stage.look(run)
        written_by(stage.store, run.record.model_copy(update={"owner": THEM}))
        stage.calls.clear()

        with pytest.raises(Superseded):
            stage.look(run)
        assert stage.calls == []

    def test_makes_the_looks_before_it_count_no_more(self, stage: Stage) -> None:
        run = stage.run_in("observing_canary")
        run.looks.see("bake", NOW)
        stage.store.fail_next_save(applied=False)
        stage.look(run)
        stage.phases["observe_canary"].always = Wait(1, "baking")
        stage.look(run)

        assert run.looks.see("bake", NOW)[1] == 1


class TestNoAnswer:
    def test_is_waited_for_longer_each_time_and_never_longer_than_five_seconds(self, small: Stage) -> None:
        run = small.run_in("working")
        small.phases["work"].always = Retryable("throttled")
        waits = [small.look(run) for _ in range(6)]

        assert [wait.seconds for wait in waits if isinstance(wait, Wait)] == [0.5, 1, 2, 4, 5, 5]
        assert all("throttled" in wait.seen for wait in waits if isinstance(wait, Wait))

    def test_is_waited_for_shortly_again_after_one_that_came(self, small: Stage) -> None:
        run = small.run_in("working")
        throttled = [Retryable("throttled") for _ in range(4)]
        small.phases["work"].on_poll.extend([*throttled[:3], Wait(1, "fine"), *throttled[3:]])
        waits = [small.look(run) for _ in range(5)]

        assert [wait.seconds for wait in waits if isinstance(wait, Wait)] == [0.5, 1, 2, 1, 0.5]

    def test_on_entry_is_asked_for_again_by_entering_again(self, small: Stage) -> None:
        run = small.run_in("working")
        small.phases["work"].on_enter.append(Retryable("timeout"))

        assert isinstance(small.look(run), Wait)
        assert small.look(run) == Moved("tidying")
        assert small.calls[:3] == ["enter work in working", "enter work in working", "poll work"]

    def test_on_the_entry_of_the_next_state_leaves_the_run_there(self, small: Stage) -> None:
        run = small.run_in("working")
        small.phases["tidy"].on_enter.append(Retryable("timeout"))

        assert isinstance(small.look(run), Wait)
        assert run.record.state == "tidying"
        assert small.look(run) == Moved("aborted")

    def test_at_once_after_a_late_resume_is_no_failure(self, stage: Stage) -> None:
        run = stage.run_in("launching_canary")
        stage.phases["launch_canary"].on_poll.append(Retryable("throttled"))
        stage.clock.sleep(86400)

        assert stage.look(run).seen == "throttled; looking again"  # type: ignore[union-attr]
        assert run.verdict is None

    def test_for_a_minute_past_the_deadline_is_a_failure_and_not_before(self, stage: Stage) -> None:
        run = stage.run_in("launching_canary")
        stage.phases["launch_canary"].always = Retryable("connection reset")
        stage.clock.sleep(30)
        assert isinstance(stage.look(run), Wait)
        stage.clock.sleep(89)
        assert isinstance(stage.look(run), Wait)
        assert run.verdict is None
        stage.clock.sleep(1)

        assert stage.look(run) == Wait(0, "No answer: connection reset")
        assert stage.look(run) == Moved("detaching_canary")
        assert run.record.history[-1].reason == "No answer: connection reset"
        assert run.record.cause == "failed"


class TestARefusal:
    @pytest.mark.parametrize("where", ["on_enter", "on_poll"])
    def test_is_the_verdict_that_the_next_look_fires(self, stage: Stage, where: str) -> None:
        run = stage.run_in("updating_service", direction="forward")
        getattr(stage.phases["update_service"], where).append(Refused(Outcome("refused", "no such service")))

        assert stage.look(run) == Wait(0, "no such service")
        assert run.record.state == "updating_service"
        assert stage.look(run) == Moved("detaching_canary")
        assert run.record.history[-1].reason == "no such service"
        assert (run.record.direction, run.record.cause) == ("untouched", "refused")

    def test_on_the_entry_of_the_next_state_is_fired_from_there(self, stage: Stage) -> None:
        run = stage.run_in("registering")
        stage.phases["launch_canary"].on_enter.append(Refused(Outcome("failed", "no capacity")))

        assert stage.look(run) == Wait(0, "no capacity")
        assert stage.look(run) == Moved("detaching_canary")
        assert stage.calls.count("enter launch_canary in launching_canary") == 1
        assert "poll launch_canary" not in stage.calls

    def test_is_explained_once_by_the_phase_that_found_it(self, stage: Stage) -> None:
        run = stage.run_in("launching_canary")
        phase = stage.phases["launch_canary"]
        phase.always, phase.knows = Outcome("failed", "stopped", {"seen": "this"}), {"besides": "that"}
        known = list[Outcome | None]()
        phase.exit = lambda run: known.append(run.verdict)  # type: ignore[method-assign]
        stage.look(run)
        while not run.record.final:
            stage.look(run)

        assert known == [Outcome("failed", "stopped", {"seen": "this", "besides": "that"})]
        assert [call for call in stage.calls if call.startswith("explain")] == ["explain launch_canary"]

    def test_that_is_none_of_the_rollout_is_not_explained(self, stage: Stage) -> None:
        run = stage.run_in("launching_canary")
        run.signals = 1
        while not run.record.final:
            stage.look(run)

        assert run.record.cause == "interrupted"
        assert not [call for call in stage.calls if call.startswith("explain")]

    def test_is_known_to_the_exit_of_its_state(self, stage: Stage) -> None:
        known = list[Outcome | None]()

        class Watching(Fake):
            def exit(self, run: Run) -> None:
                known.append(run.verdict)

        run = stage.run_in("validating")
        refusal = Outcome("failed", "held", cause="held")
        stage.phases["validate"] = Watching("validate", stage.calls, stage.store)
        stage.phases["validate"].on_enter.append(Refused(refusal))
        stage.look(run)
        stage.look(run)

        assert known == [refusal]
        assert run.verdict is None
        assert stage.look(run) == Finished("aborted", 5)


class TestADeadline:
    def test_is_judged_only_after_a_whole_look_without_a_verdict(self, stage: Stage) -> None:
        run = stage.run_in("checking_containers")
        stage.clock.sleep(3600)

        assert stage.look(run) == Moved("checking_targets")

    def test_that_has_passed_turns_a_wait_into_a_failure_that_says_what_was_seen(self, stage: Stage) -> None:
        run = stage.run_in("checking_containers")
        stage.phases["check_containers"].always = Wait(1, "app is UNKNOWN")
        stage.clock.sleep(59)
        assert isinstance(stage.look(run), Wait)
        stage.clock.sleep(1)

        assert stage.look(run) == Moved("detaching_canary")
        assert run.record.history[-1].reason == "No verdict within 1m. Last seen: app is UNKNOWN"

    def test_never_turns_a_suspension_into_a_failure(self, stage: Stage) -> None:
        run = stage.run_in("awaiting_approval")
        stage.phases["await_approval"].always = Suspended("nobody decided yet")
        stage.clock.sleep(3600)

        assert stage.look(run) == Suspended("nobody decided yet")


class TestTakingOver:
    def test_makes_this_process_the_owner(self, stage: Stage) -> None:
        run = stage.run_in("validating", owner=None)
        stage.runner.take_over(run)

        assert stage.stored().owner == US

    def test_leaves_a_trace_that_stays_when_the_owner_is_gone(self, stage: Stage) -> None:
        run = stage.run_in("validating", owner=None)
        stage.runner.take_over(run)
        stage.clock.sleep(60)
        stage.runner.take_over(run)
        run.save(owner=None)

        assert [(each.host, each.pid, each.at - NOW) for each in stage.stored().drivers] == [
            ("here", 1, timedelta(0)),
            ("here", 1, timedelta(seconds=60)),
        ]

    @pytest.mark.parametrize(("state", "renewed"), [("detaching_canary", True), ("observing_canary", False)])
    def test_gives_a_fresh_deadline_only_where_the_machine_says_so(
        self, stage: Stage, state: str, renewed: bool
    ) -> None:
        run = stage.run_in(state)
        stage.clock.sleep(3600)
        stage.runner.take_over(run)

        fresh = stage.clock.now() + timedelta(minutes=2)
        assert run.record.deadline == (fresh if renewed else NOW + timedelta(minutes=1))

    def test_from_a_living_process_is_refused(self, stage: Stage) -> None:
        run = stage.run_in("validating")
        run.save(owner=THEM)
        stage.alive = True

        with pytest.raises(StillDriven, match="process 2 on there, which is alive") as refused:
            stage.runner.take_over(run)
        assert "the same command with --take-over" in str(refused.value)  # resume, or rollback
        assert stage.stored().owner == THEM
        assert stage.clock.now() == NOW

    def test_from_a_dead_process_waits_for_nothing(self, stage: Stage) -> None:
        run = stage.run_in("validating")
        run.save(owner=THEM)
        stage.alive = False
        stage.runner.take_over(run)

        assert stage.stored().owner == US
        assert stage.clock.now() == NOW

    def test_from_a_process_of_which_nothing_is_known_waits_one_lease_and_says_so(self, stage: Stage) -> None:
        run = stage.run_in("validating")
        run.save(owner=THEM)
        stage.runner.take_over(run)

        assert stage.stored().owner == US
        assert stage.clock.now() == NOW + LEASE
        assert "waiting 1m30s" in stage.events[0].words

    def test_from_a_process_that_saves_meanwhile_is_refused(self, stage: Stage) -> None:
        run = stage.run_in("validating")
        run.save(owner=THEM)
        sleep = stage.clock.sleep

        def sleeping(seconds: float) -> None:
            written_by(stage.store, run.record)
            sleep(seconds)

        stage.clock.sleep = sleeping  # type: ignore[method-assign]

        with pytest.raises(StillDriven):
            stage.runner.take_over(run)
        assert stage.stored().owner == THEM

    def test_is_lost_to_a_process_that_takes_over_at_the_same_moment(self, stage: Stage) -> None:
        run = stage.run_in("validating", owner=None)
        stage.store.before_next_write(
            lambda: written_by(stage.store, run.record.model_copy(update={"owner": THEM}))
        )

        with pytest.raises(StillDriven, match="process 2 on there"):
            stage.runner.take_over(run)
        assert stage.stored().owner == THEM

    def test_is_given_up_when_another_process_drove_the_run_at_the_same_moment(self, stage: Stage) -> None:
        run = stage.run_in("validating", owner=None)
        run.save(owner=None)
        stage.store.before_next_write(lambda: written_by(stage.store, run.record))

        with pytest.raises(StillDriven, match=f"cage-fsm show {RUN_ID}"):
            stage.runner.take_over(run)
        assert stage.stored().owner is None

    @pytest.mark.parametrize("alive", [True, None])
    def test_whoever_lives_waits_for_nobody(self, stage: Stage, alive: bool | None) -> None:
        run = stage.run_in("validating")
        run.save(owner=THEM)
        stage.alive = alive
        stage.runner.take_over(run, whoever_lives=True)

        assert stage.stored().owner == US
        assert stage.clock.now() == NOW

    def test_whoever_lives_is_tried_again_when_the_living_owner_saves_at_that_moment(
        self, stage: Stage
    ) -> None:
        run = stage.run_in("validating")
        run.save(owner=THEM)
        theirs = run.record.model_copy(update={"facts": {"learned": "meanwhile"}})
        stage.store.before_next_write(lambda: written_by(stage.store, theirs))
        stage.runner.take_over(run, whoever_lives=True)

        assert stage.stored().owner == US
        assert stage.stored().facts == {"learned": "meanwhile"}

    def test_whoever_lives_is_lost_to_a_third_process_that_was_first(self, stage: Stage) -> None:
        run = stage.run_in("validating")
        run.save(owner=THEM)
        third = THEM.model_copy(update={"pid": 3})
        stage.store.before_next_write(
            lambda: written_by(stage.store, run.record.model_copy(update={"owner": third}))
        )

        with pytest.raises(StillDriven, match="process 3 on there"):
            stage.runner.take_over(run, whoever_lives=True)
        assert stage.stored().owner == third

    def test_of_a_run_that_its_living_owner_has_just_ended_takes_nothing(self, stage: Stage) -> None:
        run = stage.run_in("validating")
        run.save(owner=THEM)
        ended = run.record.model_copy(update={"state": "aborted", "owner": None})
        written_by(stage.store, ended)

        with pytest.raises(StillDriven):
            stage.runner.take_over(run, whoever_lives=True)
        assert stage.stored().state == "aborted"


class TestAnAbortThatWasAskedFor:
    ABORT = Outcome("abort", "a rollback was asked for", cause="rollback")

    def test_is_fired_by_the_next_look_before_anything_is_entered(self, stage: Stage) -> None:
        run = stage.run_in("observing_canary")
        stage.runner.take_over(run, self.ABORT)

        assert stage.look(run) == Moved("detaching_canary")
        assert stage.calls == ["exit observe_canary", "enter detach_canary in detaching_canary"]
        assert run.record.cause == "rollback"

    @pytest.mark.parametrize("applied", [False, True])
    def test_survives_a_failed_save_and_is_fired_once(self, stage: Stage, applied: bool) -> None:
        run = stage.run_in("observing_canary")
        stage.runner.take_over(run, self.ABORT)
        stage.store.fail_next_save(applied=applied)
        assert isinstance(stage.look(run), Wait)

        assert stage.runner.drive(run) == Finished("aborted", 0)
        assert [step.trigger for step in run.record.history].count("abort") == 1

    def test_changes_nothing_where_the_run_goes_back_already(self, stage: Stage) -> None:
        run = stage.run_in("restoring_service", direction="back", held=["service_change"])
        stage.runner.take_over(run, self.ABORT)

        assert stage.look(run) == Moved("rolled_back")
        assert run.asked is None


class TestARest:
    def test_suspends_with_its_code_and_does_nothing(self, stage: Stage) -> None:
        run = stage.run_in("needs_operator", deadline=None)

        assert stage.runner.drive(run) == Suspended("needs_operator: an operator must look", 4)
        assert stage.calls == []
        assert stage.stored().owner is None

    def test_is_left_by_a_resume(self, stage: Stage) -> None:
        run = stage.run_in("needs_operator", deadline=None, held=["canary_task"])
        stage.runner.take_over(run)

        assert stage.look(run) == Moved("detaching_canary")
        assert run.record.history[-1].trigger == "resumed"
        assert run.record.cause is None

    def test_that_a_failed_release_led_to_is_not_gone_round_by_itself(self, stage: Stage) -> None:
        run = stage.run_in("stopping_canary", held=["canary_task"])
        stage.phases["stop_canary"].always = Outcome("failed", "still RUNNING")

        assert stage.runner.drive(run) == Suspended("needs_operator: an operator must look", 4)
        assert stage.stored().state == "needs_operator"
        assert stage.stored().held == ("canary_task",)


class TestASignal:
    def test_where_the_machine_says_abort_aborts_and_is_used_up(self, stage: Stage) -> None:
        run = stage.run_in("observing_canary")
        run.signals = 1

        assert stage.runner.drive(run) == Finished("aborted", 130)
        assert [step.trigger for step in run.record.history] == ["abort", "done", "done"]
        assert run.record.cause == "interrupted"

    def test_where_the_machine_says_suspend_leaves_the_state_as_it_is(self, stage: Stage) -> None:
        run = stage.run_in("stabilizing_service", direction="forward")
        run.signals = 1

        assert stage.runner.drive(run) == Suspended("interrupted by a signal")
        assert stage.calls == []
        assert (stage.stored().state, stage.stored().owner) == ("stabilizing_service", None)

    def test_where_the_machine_says_continue_releases_the_canary_and_then_suspends(
        self, stage: Stage
    ) -> None:
        run = stage.run_in("updating_service", direction="forward", held=["canary_task", "service_change"])
        run.signals = 1

        assert stage.runner.drive(run) == Suspended("interrupted by a signal")
        assert stage.stored().state == "stabilizing_service"
        assert stage.stored().held == ("service_change",)

    @pytest.mark.parametrize("state", ["observing_canary", "updating_service", "stopping_canary"])
    def test_that_is_the_second_releases_the_canary_in_a_hurry_and_suspends(
        self, stage: Stage, state: str
    ) -> None:
        run = stage.run_in(state, held=["canary_task"])
        run.signals = 2
        suspended = stage.runner.drive(run)

        assert isinstance(suspended, Suspended)
        assert suspended.code == 75
        assert stage.calls.count("hurry stop_canary") == 1
        assert stage.stored().owner is None

    def test_that_is_the_second_names_what_is_held(self, stage: Stage) -> None:
        run = stage.run_in("stopping_canary", held=["canary_task", "one_off_task"])
        run.signals = 2

        end = stage.runner.drive(run)
        assert isinstance(end, Suspended)
        assert "the canary and the one-off task could not be found yet" in end.why

    @pytest.mark.parametrize("error", [Retryable("throttled"), Refused(Outcome("failed", "denied"))])
    def test_that_finds_no_answer_in_a_hurry_still_ends_the_process_and_says_so(
        self, stage: Stage, error: Exception
    ) -> None:
        run = stage.run_in("stopping_canary", held=["canary_task"])
        run.signals = 2
        stage.phases["stop_canary"].on_hurry = error

        assert stage.runner.drive(run) == Suspended(
            f"interrupted twice; the canary could not be released: {error}"
        )

    def test_that_is_the_second_when_the_canary_is_released_already_touches_nothing(
        self, stage: Stage
    ) -> None:
        run = stage.run_in("stabilizing_service", direction="forward", held=["service_change"])
        run.signals = 2

        assert stage.runner.drive(run) == Suspended("interrupted twice; no task of this run is held")
        assert "hurry stop_canary" not in stage.calls

    def test_that_is_the_second_is_obeyed_while_the_store_is_down(self, stage: Stage) -> None:
        run = stage.run_in("observing_canary", held=["canary_task"])
        stage.store.down = True
        run.signals = 2

        assert isinstance(stage.runner.drive(run), Suspended)
        assert stage.calls[-1] == "hurry stop_canary"

    def test_that_is_the_second_breaks_off_a_look_and_has_the_abort_on_record(self, stage: Stage) -> None:
        run = stage.run_in("checking_targets", held=["canary_task", "target_registration"])
        stage.phases["check_targets"].on_poll.append(Hurry())

        assert isinstance(stage.runner.drive(run), Suspended)
        assert stage.calls[-1] == "hurry stop_canary"
        assert (stage.stored().state, stage.stored().cause) == ("detaching_canary", "interrupted")
        assert stage.stored().owner is None

    def test_that_is_the_second_stops_before_it_saves_over_the_run_of_another_process(
        self, stage: Stage
    ) -> None:
        run = stage.run_in("checking_targets", held=["canary_task"])
        stage.phases["check_targets"].on_poll.append(Hurry())
        theirs = written_by(stage.store, run.record.model_copy(update={"owner": THEM}))

        with pytest.raises(Superseded):
            stage.runner.drive(run)
        assert stage.stored() == theirs

    def test_that_is_the_second_and_breaks_off_the_end_is_an_end(self, stage: Stage) -> None:
        run = stage.run_in("aborted", cause="interrupted", owner=None)
        tell, told = stage.runner._tell, []

        def interrupted(event: Event) -> None:
            told.append(event.kind)
            if len(told) == 1:
                raise Hurry
            tell(event)

        stage.runner._tell = interrupted

        assert stage.runner.drive(run) == Finished("aborted", 130)
        assert told == ["finished", "finished"]

    def test_that_is_the_second_to_a_machine_without_a_canary_only_suspends(self) -> None:
        stage = Stage(TWO_STEPS.model_copy(update={"hurry": None}))
        run = stage.run_in("tidying")
        run.signals = 2

        assert isinstance(stage.runner.drive(run), Suspended)
        assert stage.calls == []


class TestASuspension:
    def test_clears_the_owner_in_a_last_save_and_is_told(self, stage: Stage) -> None:
        run = stage.run_in("awaiting_approval")
        stage.phases["await_approval"].always = Suspended("nobody decided yet")

        assert stage.runner.drive(run) == Suspended("nobody decided yet", 75)
        assert stage.stored().owner is None
        assert (stage.events[-1].kind, stage.events[-1].words) == ("suspended", "nobody decided yet")

    def test_for_want_of_credentials_is_one_too(self, stage: Stage) -> None:
        run = stage.run_in("observing_canary")
        stage.phases["observe_canary"].always = Suspend("the credentials have expired")

        assert stage.runner.drive(run) == Suspended("the credentials have expired", 75)
        assert stage.stored().owner is None

    def test_that_cannot_be_saved_is_one_too(self, stage: Stage) -> None:
        run = stage.run_in("awaiting_approval")
        stage.phases["await_approval"].always = Suspended("nobody decided yet")
        stage.store.fail_next_save(applied=False)

        assert stage.runner.drive(run) == Suspended("nobody decided yet", 75)
        assert stage.stored().owner == US
        assert run.record.owner is None  # what is said of it next is not that another process drives it


class TestAStoreThatStaysDown:
    def test_is_waited_for_until_a_minute_past_the_deadline(self, stage: Stage) -> None:
        run = stage.run_in("observing_canary")
        stage.phases["observe_canary"].always = Wait(5, "baking")
        stage.store.down = True
        stage.clock.sleep(119)

        assert isinstance(stage.look(run), Wait)
        assert stage.calls == []

    def test_past_it_has_the_canary_released_in_a_hurry_and_needs_an_operator(self, stage: Stage) -> None:
        run = stage.run_in("observing_canary", held=["canary_task"])
        stage.store.down = True
        stage.clock.sleep(120)
        suspended = stage.runner.drive(run)

        assert isinstance(suspended, Suspended)
        assert suspended.code == 4
        assert stage.calls == ["hurry stop_canary"]

    def test_and_comes_back_is_gone_on_with(self, stage: Stage) -> None:
        run = stage.run_in("validating")
        stage.store.down = True
        assert isinstance(stage.look(run), Wait)
        stage.store.down = False

        assert stage.look(run) == Moved("registering")


class TestARecordThatIsNotThereAnyMore:
    @pytest.mark.parametrize("held", [[], ["canary_task"]])
    def test_because_it_was_removed_has_the_canary_released_in_a_hurry_and_ends_this_process(
        self, stage: Stage, held: list[str]
    ) -> None:
        run = stage.run_in("observing_canary", held=held)
        stage.store.fail_next_save(applied=False)
        stage.look(run)
        stage.calls.clear()
        stage.store.delete(run.record.key, stage.store.load(run.record.key)[1])
        suspended = stage.look(run)

        assert isinstance(suspended, Suspended)
        assert suspended.code == 4
        assert "was removed from the store" in suspended.why
        assert stage.calls == ["hurry stop_canary"] * len(held)

    def test_because_it_is_damaged_has_the_canary_released_in_a_hurry_and_needs_an_operator(
        self, stage: Stage
    ) -> None:
        run = stage.run_in("observing_canary", held=["canary_task"])
        stage.store.fail_next_save(applied=False)
        stage.look(run)
        stage.calls.clear()
        stage.store.put(run.record.key, "{}")
        suspended = stage.look(run)

        assert isinstance(suspended, Suspended)
        assert suspended.code == 4
        assert stage.calls == ["hurry stop_canary"]
        assert stage.store.load(run.record.key)[0] == "{}"


class TestALivingRun:
    def test_saves_a_sign_of_life_when_its_last_save_is_older_than_thirty_seconds(self, small: Stage) -> None:
        run = small.run_in("tidying", deadline=NOW + timedelta(hours=1))
        small.phases["tidy"].on_poll.extend(Wait(5, "waiting") for _ in range(20))
        written = len(small.store.writes)
        small.runner.drive(run)

        times = [parse(write.text, "it").updated_at for write in small.store.writes[written:]]
        apart = [later - earlier for earlier, later in zip([NOW, *times], times, strict=False)]
        assert len(times) >= 3
        assert max(apart) <= timedelta(seconds=36)

    def test_that_was_taken_over_notices_with_its_next_sign_of_life(self, stage: Stage) -> None:
        run = stage.run_in("observing_canary")
        written_by(stage.store, run.record.model_copy(update={"owner": THEM}))
        stage.clock.sleep(31)

        with pytest.raises(Superseded):
            stage.look(run)
        assert stage.calls == []

    @pytest.mark.parametrize(("seconds", "most"), [(0, 0), (1, 1.05), (4, 4.2), (30, 5)])
    def test_sleeps_between_looks_as_long_as_a_phase_says_but_never_longer_than_five_seconds(
        self, small: Stage, seconds: float, most: float
    ) -> None:
        run = small.run_in("tidying")
        small.phases["tidy"].on_poll.append(Wait(seconds, "waiting"))
        small.runner.drive(run)

        assert min(seconds, 5) <= (small.clock.now() - NOW).total_seconds() <= most

    def test_sleeps_as_long_as_was_set_by_hand(self, small: Stage) -> None:
        run = small.run_in("tidying")
        small.phases["tidy"].on_poll.append(Wait(4, "waiting"))
        small.another(poll_seconds=0.25).drive(run)

        assert small.clock.now() - NOW == timedelta(seconds=0.25)

    def test_tells_what_each_look_saw(self, small: Stage) -> None:
        run = small.run_in("tidying")
        small.phases["tidy"].on_poll.append(Wait(1, "one target is draining"))
        small.runner.drive(run)

        first = small.events[0]
        assert (first.kind, first.state, first.words) == ("seen", "tidying", "one target is draining")


class TestLooksInARow:
    def look_at(self, stage: Stage, run: Run, gap: float) -> list[int]:
        counts = list[int]()

        class Counting(Fake):
            def poll(self, run: Run) -> Wait:
                counts.append(run.looks.see("healthy", run.clock.now())[1])
                return Wait(2, "healthy")

        stage.phases["tidy"] = Counting("tidy", stage.calls, stage.store)
        for _ in range(3):
            stage.look(run)
            stage.clock.sleep(gap)
        return counts

    def test_count_while_they_come_in_time(self, small: Stage) -> None:
        assert self.look_at(small, small.run_in("tidying"), 4) == [1, 2, 3]

    def test_begin_anew_after_a_gap_in_which_nobody_watched(self, small: Stage) -> None:
        assert self.look_at(small, small.run_in("tidying"), 4.1) == [1, 1, 1]


def test_an_outcome_without_an_edge_is_a_bug_and_is_not_hidden(small: Stage) -> None:
    run = small.run_in("working")
    small.phases["work"].always = Outcome("refused", "the phase lied about its outcomes")

    with pytest.raises(AssertionError, match="working has no edge for refused; the proof"):
        small.look(run)
