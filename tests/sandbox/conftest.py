"""A cloud with a running service, a clock to move by hand, and boto3 clients that talk to it."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cage_fsm.sandbox import Around, Cloud, attach, seed_service

from .house import ONE_ATTEMPT, SESSION, House, VirtualClock, service_json, task_definition

Build = Callable[..., House]
CLIENTS = {name: SESSION.client(name, config=ONE_ATTEMPT) for name in ("ecs", "elbv2")}


@pytest.fixture
def build() -> Iterator[Build]:
    """Build a house: `build("crash", around=..., drain=300)`; the latest one has the clients."""
    undo: list[Callable[[], None]] = []

    def made(
        scenario: str = "healthy",
        *,
        around: Around | None = None,
        service: dict[str, Any] | None = None,
        definition: dict[str, Any] | None = None,
        drain: int = 30,
        seed: int = 0,
        **more: Any,
    ) -> House:
        clock = VirtualClock()
        cloud = Cloud(clock, scenario=scenario, seed=seed)
        wanted = copy.deepcopy(service if service is not None else service_json())
        seed_service(cloud, wanted, definition or task_definition(), deregistration_delay=drain, **more)
        while undo:
            undo.pop()()
        undo.extend(attach(client, cloud, around) for client in CLIENTS.values())
        return House(cloud, clock, CLIENTS["ecs"], CLIENTS["elbv2"], wanted)

    yield made
    while undo:
        undo.pop()()


@pytest.fixture
def house(build: Build) -> House:
    """A healthy house."""
    return build()
