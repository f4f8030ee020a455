"""What a run promises of its saves, its intents and its looks."""

from datetime import timedelta

import pytest

from cage_fsm.clock import VirtualClock
from cage_fsm.engine.looks import Looks
from cage_fsm.engine.ports import Absent, StoreDown, Superseded, Unreadable
from cage_fsm.engine.record import parse
from cage_fsm.engine.run import HEARTBEAT, Run
from tests.memory_store import MemoryStore

from .making import NOW, RUN_ID, THEM, US, a_record, written_by


def fails(run: Run, store: MemoryStore, *, applied: bool) -> None:
    store.fail_next_save(applied=applied)
    with pytest.raises(StoreDown):
        run.note(task="arn")


def stored(run: Run, store: MemoryStore) -> object:
    return parse(store.load(run.record.key)[0], "it")


class TestSaving:
    def test_what_is_saved_is_what_the_next_process_loads(self, run: Run, store: MemoryStore) -> None:
        run.save(state="registering")

        assert Run.load(store, RUN_ID, THEM, run.clock).record == run.record

    def test_every_save_counts_up_and_carries_a_nonce_and_a_time_of_its_own(
        self, run: Run, clock: VirtualClock
    ) -> None:
        before = run.record
        clock.sleep(5)
        run.save()

        assert run.record.revision == before.revision + 1
        assert run.record.nonce not in ("", before.nonce)
        assert run.record.updated_at == NOW + timedelta(seconds=5)

    def test_a_created_run_has_no_owner_yet(self, store: MemoryStore, clock: VirtualClock) -> None:
        assert Run.create(store, a_record(), US, clock).record.owner is None

    def test_a_run_is_created_once(self, run: Run, store: MemoryStore, clock: VirtualClock) -> None:
        with pytest.raises(Superseded):
            Run.create(store, a_record(), THEM, clock)

    def test_a_run_whose_creation_was_not_answered_is_found(
        self, store: MemoryStore, clock: VirtualClock
    ) -> None:
        store.fail_next_create(applied=True)
        run = Run.create(store, a_record(), US, clock)

        run.save(state="registering")
        assert Run.load(store, RUN_ID, THEM, clock).record == run.record

    def test_a_run_is_created_although_the_store_does_not_answer_at_first(
        self, store: MemoryStore, clock: VirtualClock
    ) -> None:
        store.fail_next_create(applied=False)
        store.fail_next_create(applied=True)

        Run.create(store, a_record(), US, clock).save(state="registering")

    def test_a_run_that_was_not_created_is_not_begun(self, store: MemoryStore, clock: VirtualClock) -> None:
        for _ in range(5):
            store.fail_next_create(applied=False)

        with pytest.raises(StoreDown, match="not created"):
            Run.create(store, a_record(), US, clock)

    def test_a_run_that_never_was_is_absent(self, store: MemoryStore, clock: VirtualClock) -> None:
        with pytest.raises(Absent):
            Run.load(store, RUN_ID, US, clock)

    def test_a_damaged_run_is_unreadable_and_named(self, store: MemoryStore, clock: VirtualClock) -> None:
        store.put(f"runs/{RUN_ID}", "{")

        with pytest.raises(Unreadable, match=RUN_ID):
            Run.load(store, RUN_ID, US, clock)

    def test_a_save_over_another_process_s_record_is_superseded_and_changes_nothing(
        self, run: Run, store: MemoryStore
    ) -> None:
        theirs = written_by(store, run.record.model_copy(update={"owner": THEM}))

        with pytest.raises(Superseded):
            run.save(state="registering")
        assert stored(run, store) == theirs
        assert run.record.state == "validating"


class TestASaveThatWasNotConfirmed:
    @pytest.mark.parametrize("applied", [False, True])
    def test_leaves_the_record_as_it_was(self, run: Run, store: MemoryStore, applied: bool) -> None:
        before = run.record
        fails(run, store, applied=applied)

        assert run.record == before

    def test_makes_the_run_stale_until_the_store_says_what_holds(self, run: Run, store: MemoryStore) -> None:
        fails(run, store, applied=False)
        written = len(store.writes)

        for _ in range(2):
            with pytest.raises(StoreDown, match="not confirmed"):
                run.save()
        assert len(store.writes) == written
        run.reload()
        run.save(state="registering")

    def test_is_undone_by_a_reload_when_it_was_not_applied(self, run: Run, store: MemoryStore) -> None:
        fails(run, store, applied=False)
        run.reload()

        assert run.record.facts == {}

    def test_is_found_by_a_reload_when_it_was_applied(self, run: Run, store: MemoryStore) -> None:
        fails(run, store, applied=True)
        run.reload()

        assert run.record.facts == {"task": "arn"}
        run.note(task="arn", more=1)
        assert run.record.facts == {"task": "arn", "more": 1}

    def test_stays_unconfirmed_while_the_store_is_down(self, run: Run, store: MemoryStore) -> None:
        fails(run, store, applied=True)
        store.down = True

        with pytest.raises(StoreDown):
            run.reload()
        assert run.stale

    def test_forgets_what_this_process_had_seen_and_meant_to_do(self, run: Run, store: MemoryStore) -> None:
        run.entered = True
        run.looks.see("healthy", NOW)
        fails(run, store, applied=True)
        run.reload()

        assert not run.entered
        assert run.verdict is None
        assert run.looks.see("healthy", NOW) == (NOW, 1)

    @pytest.mark.parametrize("applied", [False, True])
    def test_of_a_last_save_that_lets_go_is_still_our_own(
        self, run: Run, store: MemoryStore, applied: bool
    ) -> None:
        store.fail_next_save(applied=applied)
        with pytest.raises(StoreDown):
            run.save(owner=None)
        run.reload()

        assert run.record.owner == (None if applied else US)

    @pytest.mark.parametrize("applied", [False, True])
    def test_is_superseded_when_another_process_took_over_since(
        self, run: Run, store: MemoryStore, applied: bool
    ) -> None:
        fails(run, store, applied=applied)
        written_by(store, run.record.model_copy(update={"owner": THEM}))

        with pytest.raises(Superseded, match="process 2 on there"):
            run.reload()
        assert run.stale

    def test_is_superseded_when_another_process_took_over_and_let_go(
        self, run: Run, store: MemoryStore
    ) -> None:
        fails(run, store, applied=True)
        written_by(store, run.record.model_copy(update={"owner": None}))

        with pytest.raises(Superseded, match="another process"):
            run.reload()

    def test_that_lost_a_race_makes_the_run_stale_as_well(self, run: Run, store: MemoryStore) -> None:
        written_by(store, run.record.model_copy(update={"owner": THEM}))
        with pytest.raises(Superseded):
            run.save()

        assert run.stale
        with pytest.raises(Superseded):
            run.reload()


class TestFacts:
    def test_are_saved_at_once(self, run: Run, store: MemoryStore) -> None:
        run.note(task="arn")

        assert stored(run, store) == run.record
        assert run.record.facts == {"task": "arn"}

    def test_that_are_known_already_cost_no_save(self, run: Run, store: MemoryStore) -> None:
        run.note(task="arn", groups=["a"])
        written = len(store.writes)
        run.note(task="arn")
        run.note(groups=["a"])

        assert len(store.writes) == written

    def test_that_are_null_are_facts_too(self, run: Run) -> None:
        run.note(task=None)

        assert run.record.facts == {"task": None}

    def test_that_change_are_saved_beside_the_others(self, run: Run) -> None:
        run.note(task="one", other=1)
        run.note(task="two")

        assert run.record.facts == {"task": "two", "other": 1}

    def test_of_a_verdict_are_written_with_the_next_save(self, run: Run, store: MemoryStore) -> None:
        written = len(store.writes)
        run.testify("failed", "it crashed", {"exit": 1})
        assert len(store.writes) == written
        run.save(state="detaching_canary")

        assert [(found.state, found.reason, found.seen) for found in run.record.evidence] == [
            ("validating", "it crashed", {"exit": 1})
        ]
        assert stored(run, store) == run.record


class TestHeartbeat:
    def test_saves_only_once_the_last_confirmed_save_is_old(
        self, run: Run, store: MemoryStore, clock: VirtualClock
    ) -> None:
        written = len(store.writes)
        clock.sleep(HEARTBEAT.total_seconds())
        run.heartbeat()
        assert len(store.writes) == written
        clock.sleep(1)
        run.heartbeat()
        run.heartbeat()

        assert len(store.writes) == written + 1

    def test_saves_at_once_in_a_process_that_has_only_loaded_the_run(
        self, run: Run, store: MemoryStore, clock: VirtualClock
    ) -> None:
        written = len(store.writes)
        Run.load(store, RUN_ID, US, clock).heartbeat()

        assert len(store.writes) == written + 1


class TestIntents:
    def test_are_on_disk_before_the_call_may_be_sent(self, run: Run, store: MemoryStore) -> None:
        token = run.intend("RunTask")

        found = parse(store.load(run.record.key)[0], "it").intents["RunTask"]
        assert (found.call, found.attempt, found.token, found.at) == ("RunTask", 1, token, NOW)

    def test_keep_their_token_and_time_for_the_same_attempt(
        self, run: Run, store: MemoryStore, clock: VirtualClock
    ) -> None:
        token = run.intend("RunTask")
        clock.sleep(60)

        assert run.intend("RunTask") == token
        assert run.record.intents["RunTask"].at == NOW
        assert Run.load(store, RUN_ID, THEM, clock).intend("RunTask") == token

    def test_get_another_token_for_another_attempt_or_another_run(
        self, run: Run, store: MemoryStore, clock: VirtualClock
    ) -> None:
        other = Run.create(store, a_record(id="20260101-000000-cccccc"), US, clock)
        tokens = {run.intend("RunTask"), run.intend("RunTask", 2), other.intend("RunTask")}

        assert len(tokens) == 3

    def test_have_tokens_that_every_call_of_ecs_takes(self, run: Run) -> None:
        assert len(run.intend("RunTask", 1000)) <= 36

    def test_of_different_calls_stand_side_by_side(self, run: Run) -> None:
        run.intend("RunTask")
        run.intend("UpdateService")

        assert set(run.record.intents) == {"RunTask", "UpdateService"}

    def test_that_are_known_are_saved_again_before_each_call(self, run: Run, store: MemoryStore) -> None:
        run.intend("RunTask")
        written = len(store.writes)
        run.intend("RunTask")

        assert len(store.writes) == written + 1

    @pytest.mark.parametrize("applied", [False, True])
    def test_that_are_not_confirmed_forbid_the_call(
        self, run: Run, store: MemoryStore, applied: bool
    ) -> None:
        store.fail_next_save(applied=applied)

        with pytest.raises(StoreDown):
            run.intend("RunTask")

    def test_of_a_process_that_has_just_lost_the_run_forbid_the_call(
        self, run: Run, store: MemoryStore
    ) -> None:
        run.intend("RunTask")
        written_by(store, run.record.model_copy(update={"owner": THEM}))

        with pytest.raises(Superseded):
            run.intend("RunTask")


class TestDoubt:
    def test_is_none_about_a_call_that_never_was_intended(self, run: Run) -> None:
        assert run.in_doubt("RunTask") is None

    def test_is_about_every_intended_call(self, run: Run, store: MemoryStore, clock: VirtualClock) -> None:
        run.intend("RunTask")

        assert run.in_doubt("RunTask") == run.record.intents["RunTask"]
        assert Run.load(store, RUN_ID, THEM, clock).in_doubt("RunTask") == run.record.intents["RunTask"]

    def test_ends_when_the_call_proved_to_have_had_no_effect(self, run: Run) -> None:
        run.intend("RunTask")
        run.was_not_sent("RunTask")

        assert run.in_doubt("RunTask") is None

    def test_begins_again_with_the_next_attempt_to_send(self, run: Run) -> None:
        run.intend("RunTask")
        run.was_not_sent("RunTask")
        run.intend("RunTask")

        assert run.in_doubt("RunTask")

    def test_of_an_earlier_attempt_stays_when_a_later_one_proved_to_have_had_no_effect(
        self, run: Run, store: MemoryStore, clock: VirtualClock
    ) -> None:
        run.intend("RunTask")
        run.intend("RunTask")
        run.was_not_sent("RunTask")
        later = Run.load(store, RUN_ID, THEM, clock)
        later.intend("RunTask")
        later.was_not_sent("RunTask")

        assert run.in_doubt("RunTask")
        assert later.in_doubt("RunTask")

    def test_is_back_for_a_process_that_does_not_know_of_the_proof(
        self, run: Run, store: MemoryStore, clock: VirtualClock
    ) -> None:
        run.intend("RunTask")
        run.was_not_sent("RunTask")

        assert Run.load(store, RUN_ID, THEM, clock).in_doubt("RunTask")


class TestLooks:
    def test_in_a_row_are_counted_since_the_first(self) -> None:
        looks = Looks()
        looks.see("healthy", NOW)

        assert looks.see("healthy", NOW + timedelta(seconds=5)) == (NOW, 2)

    def test_count_apart_only_once_enough_time_lies_between_them(self) -> None:
        looks = Looks()
        counts = [
            looks.see("gone", NOW + timedelta(seconds=second), apart=timedelta(seconds=10))[1]
            for second in (0, 4, 9, 10, 14, 19, 20)
        ]

        assert counts == [1, 1, 1, 2, 2, 2, 3]

    def test_at_one_thing_say_nothing_of_another(self) -> None:
        looks = Looks()
        looks.see("healthy", NOW)
        looks.see("gone", NOW)
        looks.forget("healthy")
        looks.forget("never seen")

        assert looks.see("healthy", NOW)[1] == 1
        assert looks.see("gone", NOW)[1] == 2

    def test_at_a_value_begin_again_when_it_changes_even_back(self) -> None:
        looks = Looks()
        values = ["1 of 2", "1 of 2", "2 of 2", "1 of 2", "1 of 2"]
        since = [looks.since("counts", each, NOW + timedelta(seconds=n)) for n, each in enumerate(values)]

        assert [(each - NOW).seconds for each in since] == [0, 0, 2, 3, 3]

    @pytest.mark.parametrize(("late", "count"), [(10.0, 2), (10.1, 1)])
    def test_that_come_more_than_an_interval_late_begin_again(self, late: float, count: int) -> None:
        looks = Looks()
        looks.see("healthy", NOW)
        looks.expect_next(NOW, 5)
        then = NOW + timedelta(seconds=late)
        looks.begin(then)

        assert looks.see("healthy", then)[1] == count

    def test_that_are_due_at_once_have_two_seconds(self) -> None:
        looks = Looks()
        looks.see("healthy", NOW)
        looks.expect_next(NOW, 0)
        looks.begin(NOW + timedelta(seconds=2))

        assert looks.see("healthy", NOW)[1] == 2

    def test_that_nobody_announced_are_never_late(self) -> None:
        looks = Looks()
        looks.see("healthy", NOW)
        looks.expect_next(NOW, 1)
        looks.begin(NOW)
        looks.begin(NOW + timedelta(days=1))

        assert looks.see("healthy", NOW)[1] == 2

    def test_end_when_all_is_cleared(self) -> None:
        looks = Looks()
        looks.see("healthy", NOW)
        looks.clear()

        assert looks.see("healthy", NOW)[1] == 1


class TestAnAnswerThatDoesNotChange:
    def test_is_asked_for_once_unless_it_is_to_be_asked_for_again(self, run: Run) -> None:
        asked: list[str] = []
        for _ in range(2):
            run.once("service", lambda: asked.append("service"))
        assert asked == ["service"]

        run.ask_again("service")
        run.once("service", lambda: asked.append("again"))
        assert asked == ["service", "again"]
