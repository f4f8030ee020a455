"""The stores under contract. A new one joins by one more parameter of `open_handle` and of `address`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cage_fsm.checkpoints import LocalStore
from cage_fsm.engine.ports import Store
from tests.memory_store import MemoryStore

Opener = Callable[[], Store]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def local(directory: Path) -> Iterator[LocalStore]:
    with LocalStore(directory) as store:
        yield store


@pytest.fixture(params=["local", "memory"])
def open_handle(request: pytest.FixtureRequest, directory: Path) -> Iterator[Opener]:
    """Give a function that opens the same store again and again."""
    if request.param == "memory":
        memory = MemoryStore()
        yield lambda: memory
        return
    with ExitStack() as handles:
        yield lambda: handles.enter_context(LocalStore(directory))


@pytest.fixture
def store(open_handle: Opener) -> Store:
    return open_handle()


@pytest.fixture(params=["local"])
def address(request: pytest.FixtureRequest, directory: Path) -> str:
    """What another process gives to `open_store` to work in the same store."""
    return {"local": str(directory)}[request.param]
