"""What a run may do after a save that was not confirmed, and with documents that somebody damaged."""

import pytest

from cage_fsm.clock import VirtualClock
from cage_fsm.data import data
from cage_fsm.engine import claims
from cage_fsm.engine.ports import Event, Finished, Refused, StoreDown, Superseded, Unreadable, Version
from cage_fsm.engine.run import Run
from cage_fsm.engine.runner import Runner
from cage_fsm.engine.verify import load
from cage_fsm.phases.registry import PROMISES
from tests.memory_store import MemoryStore

from .making import NOW, OTHER_ID, THEM, US, a_record, a_run, written_by

SERVICE = "arn:aws:ecs:eu-west-1:123456789012:service/prod/web"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/prod"


class DamagedStore(MemoryStore):
    """A store that finds every document damaged by itself."""

    def load(self, key: str) -> tuple[str, Version]:
        raise Unreadable(key)


def test_nothing_is_sent_before_an_earlier_save_is_confirmed(run: Run, store: MemoryStore) -> None:
    run.intend("StopTask")
    store.fail_next_save(applied=False)
    with pytest.raises(StoreDown):
        run.note(fact=1)

    with pytest.raises(StoreDown, match="not confirmed"):
        run.intend("StopTask")


def test_a_take_over_that_was_not_written_leaves_the_run_to_be_taken(
    store: MemoryStore, clock: VirtualClock
) -> None:
    run = Run.create(store, a_record(), US, clock)
    store.fail_next_save(applied=False)
    with pytest.raises(StoreDown):
        run.save(owner=US)

    run.reload()

    assert run.record.owner is None
    assert not run.stale


def test_a_record_that_another_process_wrote_under_our_name_is_not_ours(run: Run, store: MemoryStore) -> None:
    written_by(store, run.record)

    with pytest.raises(Superseded):
        run.reload()


def test_a_run_that_was_removed_is_no_longer_ours(run: Run, store: MemoryStore) -> None:
    store.delete(run.record.key, run.version)

    with pytest.raises(Superseded, match="removed"):
        run.reload()


def test_what_could_not_be_read_again_is_never_written(run: Run, store: MemoryStore) -> None:
    before = len(store.writes)

    with pytest.raises(Unreadable):
        run.save(durations={"bake": float("inf")})

    assert len(store.writes) == before


def test_a_store_that_finds_a_claim_damaged_does_not_give_the_service_away() -> None:
    with pytest.raises(Refused) as refused:
        claims.take(DamagedStore(), claims.key(SERVICE, CLUSTER), OTHER_ID, NOW)

    assert refused.value.outcome.cause == "held"


def test_a_run_ends_even_when_its_claim_was_damaged(store: MemoryStore, clock: VirtualClock) -> None:
    run = a_run(store, clock)
    run.claim(SERVICE, CLUSTER)
    store.put(str(run.record.claim), "{")
    run.save(state="aborted", owner=None)
    told: list[Event] = []
    definition = load(data("states/rollout.toml"), PROMISES).definition

    end = Runner(definition, {}, clock, told.append, alive=lambda owner: owner == THEM).drive(run)

    assert end == Finished("aborted", 1)
