"""What is read of a store: by id, also where it does not answer at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cage_fsm.archive import Archive
from cage_fsm.clock import VirtualClock
from cage_fsm.engine.ports import StoreDown
from cage_fsm.engine.record import RUNS, Record, new_run_id
from cage_fsm.engine.run import Run
from tests.memory_store import MemoryStore
from tests.unit.engine.making import RUN_ID, US, a_record


def test_a_run_is_found_although_the_store_does_not_answer_at_first() -> None:
    def answer_late(verb: str, _key: str, proceed: Callable[[], Any]) -> Any:
        if verb == "load" and clock.now() == begun:
            raise StoreDown("SlowDown")
        return proceed()

    store, clock = MemoryStore(), VirtualClock()
    begun = clock.now()
    Run.create(store, a_record(), US, clock)
    store.around = answer_late

    assert Archive(store, clock).find(RUN_ID).id == RUN_ID


def test_runs_are_read_on_where_the_store_did_not_answer() -> None:
    asked: list[str] = []

    def answer_late(verb: str, key: str, proceed: Callable[[], Any]) -> Any:
        if verb == "load":
            asked.append(key)
        if len(asked) == 2:
            raise StoreDown("SlowDown")
        return proceed()

    store, clock = MemoryStore(), VirtualClock()
    ids = [new_run_id(clock.now() + timedelta(seconds=second)) for second in range(3)]
    for each in ids:
        Run.create(store, a_record().model_copy(update={"id": each}), US, clock)
    store.around = answer_late

    assert [each.id for each in Archive(store, clock).records() if isinstance(each, Record)] == ids
    assert [key.removeprefix(RUNS) for key in asked] == [ids[0], ids[1], ids[1], ids[2]]
