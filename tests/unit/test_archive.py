"""What is read of a store: by id, also where it does not answer at once."""

from collections.abc import Callable
from typing import Any

from cage_fsm.archive import Archive
from cage_fsm.clock import VirtualClock
from cage_fsm.engine.ports import StoreDown
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
