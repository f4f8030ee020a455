import pytest

from cage_fsm.clock import VirtualClock
from cage_fsm.engine.run import Run
from tests.memory_store import MemoryStore

from .making import NOW, a_run


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
def run(store: MemoryStore, clock: VirtualClock) -> Run:
    return a_run(store, clock)
