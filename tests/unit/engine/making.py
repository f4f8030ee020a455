"""Records, owners and runs as the tests of the engine need them."""

from datetime import UTC, datetime
from typing import Any

from cage_fsm.clock import VirtualClock
from cage_fsm.engine.owner import Owner
from cage_fsm.engine.record import Record
from cage_fsm.engine.run import Run
from tests.memory_store import MemoryStore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RUN_ID = "20260101-000000-aaaaaa"
OTHER_ID = "20260101-000000-bbbbbb"
US = Owner(host="here", pid=1, started="100", boot="b/n")
THEM = Owner(host="there", pid=2, started="200", boot="c/n")


def a_record(**changes: Any) -> Record:
    """Make the record of a run that was just created, with `changes`."""
    given = {"id": RUN_ID, "machine": "rollout", "digest": "d", "state": "validating"}
    return Record.model_validate({**given, "created_at": NOW, "updated_at": NOW, **changes})


def a_run(store: MemoryStore, clock: VirtualClock, **changes: Any) -> Run:
    """Create a run in `store` and make this process its owner."""
    run = Run.create(store, a_record(**changes), US, clock)
    run.save(owner=US)
    return run


def written_by(store: MemoryStore, record: Record) -> Record:
    """Let another process write over what `store` holds of `record`."""
    written = record.model_copy(update={"nonce": "another", "revision": record.revision + 1})
    store.put(written.key, written.model_dump_json())
    return written
