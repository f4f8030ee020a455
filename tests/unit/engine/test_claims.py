"""One run per service: who may take a claim, and who may free it."""

import pytest

from cage_fsm.clock import VirtualClock
from cage_fsm.engine import claims
from cage_fsm.engine.ports import Refused, StoreDown, Superseded
from cage_fsm.engine.run import Run
from tests.memory_store import MemoryStore

from .making import NOW, OTHER_ID, RUN_ID, THEM, a_record, a_run

SERVICE = "arn:aws:ecs:eu-west-1:123456789012:service/prod/web"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/prod"
KEY = "claims/123456789012/eu-west-1/prod/web"


def holder(store: MemoryStore) -> str | None:
    return claims.Claim.model_validate_json(store.load(KEY)[0]).run


def hold_by_other(store: MemoryStore, **record: object) -> None:
    other = a_record(id=OTHER_ID, **record)
    store.put(other.key, other.model_dump_json())
    claims.take(store, KEY, OTHER_ID, NOW)


class TestKey:
    def test_is_made_of_account_region_cluster_and_service(self) -> None:
        assert claims.key(SERVICE, CLUSTER) == KEY

    def test_is_the_same_for_the_old_short_form_of_a_service_s_arn(self) -> None:
        assert claims.key("arn:aws:ecs:eu-west-1:123456789012:service/web", CLUSTER) == KEY

    def test_differs_between_clusters(self) -> None:
        assert claims.key(SERVICE, CLUSTER + "2") != KEY


class TestTaking:
    def test_a_service_that_nobody_claimed_works(self, run: Run, store: MemoryStore) -> None:
        run.claim(SERVICE, CLUSTER)

        assert holder(store) == RUN_ID

    def test_leaves_a_trace_in_the_run_before_the_claim_is_taken(self, run: Run, store: MemoryStore) -> None:
        run.claim(SERVICE, CLUSTER)

        assert [write.key for write in store.writes[-2:]] == [run.record.key, KEY]
        assert run.record.claim == KEY

    def test_twice_changes_nothing(self, run: Run, store: MemoryStore) -> None:
        run.claim(SERVICE, CLUSTER)
        written = len(store.writes)
        run.claim(SERVICE, CLUSTER)

        assert len(store.writes) == written

    def test_is_refused_while_another_run_is_unfinished_and_says_which_and_what_to_do(
        self, run: Run, store: MemoryStore
    ) -> None:
        hold_by_other(store, state="observing_canary", owner=THEM)

        with pytest.raises(Refused) as refused:
            run.claim(SERVICE, CLUSTER)
        outcome = refused.value.outcome
        assert (outcome.trigger, outcome.cause) == ("failed", "held")
        for words in (
            *(OTHER_ID, "running, state observing_canary", "process 2 on there"),
            *("begun 0s ago, last saved 0s ago (2026-01-01 00:00:00 UTC)",),
            *(f"cage-fsm resume {OTHER_ID}", f"cage-fsm rollback {OTHER_ID}"),
        ):
            assert words in outcome.reason
        assert holder(store) == OTHER_ID

    def test_is_refused_while_another_run_rests_for_an_operator(self, run: Run, store: MemoryStore) -> None:
        hold_by_other(store, state="needs_operator")

        with pytest.raises(Refused, match="needs_operator"):
            run.claim(SERVICE, CLUSTER)

    @pytest.mark.parametrize("state", ["succeeded", "aborted", "rolled_back", "left_failing"])
    def test_from_a_run_that_has_ended_works(self, run: Run, store: MemoryStore, state: str) -> None:
        hold_by_other(store, state=state)
        run.claim(SERVICE, CLUSTER)

        assert holder(store) == RUN_ID

    def test_from_a_run_that_is_absent_works(self, run: Run, store: MemoryStore) -> None:
        claims.take(store, KEY, OTHER_ID, NOW)
        run.claim(SERVICE, CLUSTER)

        assert holder(store) == RUN_ID

    def test_from_a_run_whose_record_cannot_be_read_is_refused(self, run: Run, store: MemoryStore) -> None:
        hold_by_other(store)
        store.put(f"runs/{OTHER_ID}", '{"schema_version": 2}')

        with pytest.raises(Refused, match=OTHER_ID) as refused:
            run.claim(SERVICE, CLUSTER)
        assert refused.value.outcome.cause == "held"

    def test_a_damaged_claim_is_refused_and_named(self, run: Run, store: MemoryStore) -> None:
        store.put(KEY, '{"run": "nobody"}')

        with pytest.raises(Refused, match=KEY) as refused:
            run.claim(SERVICE, CLUSTER)
        assert refused.value.outcome.cause == "held"

    def test_that_loses_the_race_for_a_new_claim_is_refused(self, run: Run, store: MemoryStore) -> None:
        store.put(f"runs/{OTHER_ID}", a_record(id=OTHER_ID).model_dump_json())
        run.save(claim=KEY)
        store.before_next_write(lambda: claims.take(store, KEY, OTHER_ID, NOW))

        with pytest.raises(Refused, match=OTHER_ID):
            run.claim(SERVICE, CLUSTER)
        assert holder(store) == OTHER_ID

    def test_that_loses_the_race_for_a_freed_claim_is_refused(self, run: Run, store: MemoryStore) -> None:
        run.claim(SERVICE, CLUSTER)
        run.release_claim()
        store.put(f"runs/{OTHER_ID}", a_record(id=OTHER_ID).model_dump_json())
        store.before_next_write(lambda: claims.take(store, KEY, OTHER_ID, NOW))

        with pytest.raises(Refused, match=OTHER_ID):
            run.claim(SERVICE, CLUSTER)

    def test_whose_answer_was_lost_is_found_taken_by_the_next_look(
        self, run: Run, store: MemoryStore
    ) -> None:
        run.claim(SERVICE, CLUSTER)
        run.release_claim()
        store.fail_next_save(applied=True)
        with pytest.raises(StoreDown):
            run.claim(SERVICE, CLUSTER)
        run.claim(SERVICE, CLUSTER)

        assert holder(store) == RUN_ID

    def test_is_not_tried_when_the_trace_cannot_be_saved(self, run: Run, store: MemoryStore) -> None:
        store.fail_next_save(applied=False)

        with pytest.raises(StoreDown):
            run.claim(SERVICE, CLUSTER)
        assert list(store.list(claims.CLAIMS)) == []


class TestReleasing:
    def test_frees_the_service_and_keeps_the_document(self, run: Run, store: MemoryStore) -> None:
        run.claim(SERVICE, CLUSTER)
        run.release_claim()

        assert holder(store) is None

    def test_twice_changes_nothing(self, run: Run, store: MemoryStore) -> None:
        run.claim(SERVICE, CLUSTER)
        run.release_claim()
        written = len(store.writes)
        run.release_claim()

        assert len(store.writes) == written

    def test_without_a_claim_does_nothing(self, run: Run, store: MemoryStore) -> None:
        written = len(store.writes)
        run.release_claim()

        assert len(store.writes) == written

    def test_never_frees_the_claim_of_another_run(self, run: Run, store: MemoryStore) -> None:
        hold_by_other(store)
        with pytest.raises(Refused):
            run.claim(SERVICE, CLUSTER)
        run.release_claim()

        assert run.record.claim == KEY
        assert holder(store) == OTHER_ID

    def test_never_frees_a_claim_that_another_run_takes_at_that_moment(
        self, run: Run, store: MemoryStore
    ) -> None:
        run.claim(SERVICE, CLUSTER)
        run.save(state="aborted")
        store.put(f"runs/{OTHER_ID}", a_record(id=OTHER_ID).model_dump_json())
        store.before_next_write(lambda: claims.take(store, KEY, OTHER_ID, NOW))

        with pytest.raises(Superseded):
            run.release_claim()
        assert holder(store) == OTHER_ID

    def test_lets_the_next_run_in(self, run: Run, store: MemoryStore, clock: VirtualClock) -> None:
        run.claim(SERVICE, CLUSTER)
        run.release_claim()
        a_run(store, clock, id=OTHER_ID).claim(SERVICE, CLUSTER)

        assert holder(store) == OTHER_ID


@pytest.mark.parametrize("name", ["..", "web\n", "a b", "[red]", "\x1b[2J", ""])
def test_no_name_leads_to_another_key(name: str) -> None:
    with pytest.raises(Refused, match="Nothing on AWS can be called"):
        claims.key(f"arn:aws:ecs:eu-west-1:123456789012:service/prod/{name}", "arn:aws:ecs:e:1:cluster/prod")
