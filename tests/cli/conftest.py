"""A desk per test; only tests of load balancers ask for one with a load balancer."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cage_fsm.sandbox import serve

from .desk import Desk, Json, environment, plain, quick_cloud, write_example

FOREIGN = (
    "AWS_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_SESSION_TOKEN",
    "CI",
    "NO_COLOR",
    "IMAGE_TAG",
    "GITHUB_ACTIONS",
)
Build = Callable[[Callable[[Json], Json]], Desk]


@pytest.fixture
def build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Build]:
    """Build a desk whose service is the example's, changed."""
    with ExitStack() as stack:

        def built(service: Callable[[Json], Json]) -> Desk:
            written, definition = write_example(tmp_path / "deploy", service)
            cloud = quick_cloud(written, definition)
            server = stack.enter_context(serve(cloud))
            for name in FOREIGN:
                monkeypatch.delenv(name, raising=False)
            for name, value in environment(server.url, tmp_path).items():
                monkeypatch.setenv(name, value)
            desk = Desk(server, cloud, tmp_path, capfd)
            stack.callback(desk.tidy)
            return desk

        yield built


@pytest.fixture
def desk(build: Build) -> Desk:
    """A desk whose service has no load balancer."""
    return build(plain)
