"""The stores under contract. A new one joins by one more parameter of `open_handle` and of `address`."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cage_fsm.aws.clients import connect_s3, sign_in
from cage_fsm.aws.s3 import S3
from cage_fsm.checkpoints import LocalStore
from cage_fsm.checkpoints.s3 import S3Store
from cage_fsm.checkpoints.s3_place import s3_place
from cage_fsm.engine.ports import Store
from tests.memory_store import MemoryStore
from tests.s3_server import s3_server, settings

Opener = Callable[[], Store]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def local(directory: Path) -> Iterator[LocalStore]:
    with LocalStore(directory) as store:
        yield store


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture(scope="session")
def s3(s3_url: str) -> S3:
    """One client for all: to make one takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings(s3_url).items():
            patch.setenv(name, value)
        return connect_s3(sign_in())


@pytest.fixture
def s3_environment(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lead every client that is made to the server."""
    for name, value in settings(s3_url).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bucket(s3: S3) -> str:
    """An empty bucket."""
    name = f"runs-{secrets.token_hex(8)}"
    s3._client.create_bucket(Bucket=name)
    return name


@pytest.fixture(params=["local", "memory", "s3"])
def open_handle(request: pytest.FixtureRequest, directory: Path) -> Iterator[Opener]:
    """Give a function that opens the same store again and again."""
    if request.param == "memory":
        memory = MemoryStore()
        yield lambda: memory
        return
    if request.param == "s3":
        bucket = request.getfixturevalue("bucket")
        s3, place = request.getfixturevalue("s3"), s3_place(f"{bucket}/some/where")
        yield lambda: S3Store(s3, place)
        return
    with ExitStack() as handles:
        yield lambda: handles.enter_context(LocalStore(directory))


@pytest.fixture
def store(open_handle: Opener) -> Store:
    return open_handle()


@pytest.fixture(params=["local", "s3"])
def address(request: pytest.FixtureRequest, directory: Path) -> str:
    """What another process gives to `open_store` to work in the same store."""
    if request.param == "local":
        return str(directory)
    request.getfixturevalue("s3_environment")
    return f"s3://{request.getfixturevalue('bucket')}"
