"""An ECS with its load balancer, as one object with a clock.

A request settles the world first: everything that was due by now happens, in time order. Then it is
answered. Nothing runs in the background, so a test that owns the clock owns the cloud.
"""

import pickle
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cage_fsm.sandbox import gate, scenarios, timings
from cage_fsm.sandbox.clock import Clock
from cage_fsm.sandbox.errors import ApiError, Dropped
from cage_fsm.sandbox.hooks import Hooks
from cage_fsm.sandbox.operations import OPERATIONS
from cage_fsm.sandbox.records import Cluster, Json
from cage_fsm.sandbox.timeline import settle
from cage_fsm.sandbox.wire.models import is_json
from cage_fsm.sandbox.wire.read import Call
from cage_fsm.sandbox.world import World, moment


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call that reached the cloud; `outcome` is `ok`, an error code, or `dropped`."""

    service: str
    operation: str
    at: datetime
    params: Json
    outcome: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the cloud knew at one time. Opaque."""

    world: bytes
    calls: tuple[CallRecord, ...]


class Cloud(Hooks):
    """The sandbox. `scenario` is a comma-separated list of names of SCENARIOS."""

    def __init__(
        self,
        clock: Clock,
        scenario: str | Iterable[str] = "healthy",
        *,
        region: str = "us-east-1",
        account: str = "123456789012",
        seed: int = 0,
        pace: timings.Timings | None = None,
    ) -> None:
        self.clock = clock
        self.calls: list[CallRecord] = []
        names = scenarios.parse(scenario)
        self.world = World(region, account, seed, names, pace or timings.Timings(), self._now())
        if "lag" in names:
            timings.lagging(self.world.timings)

    @property
    def timings(self) -> timings.Timings:
        """The pace, to be changed at will; part of a snapshot."""
        return self.world.timings

    def settle(self) -> None:
        """Let everything happen that is due by the clock."""
        settle(self.world, self._now())

    def request(self, call: Call) -> Json:
        """Carry a call out. ApiError is AWS saying no; Dropped means that no answer came."""
        self.settle()
        try:
            answer = self._answer(call)
        except ApiError as error:
            self._log(call, error.code)
            raise
        except Dropped:
            self._log(call, "dropped")
            raise
        self._log(call, "ok")
        return answer

    def refuse(self, service: str, operation: str, error: ApiError) -> None:
        """Note a call that could not even be read."""
        self.settle()
        self._log(Call(service, operation, {}), error.code)

    def add_cluster(self, name: str) -> None:
        """Make an empty cluster."""
        arn = self.world.arn("ecs", f"cluster/{name}")
        self.world.clusters.setdefault(name, Cluster(name, arn))

    def snapshot(self) -> Snapshot:
        """Copy everything but the clock."""
        return Snapshot(pickle.dumps(self.world, pickle.HIGHEST_PROTOCOL), tuple(self.calls))

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot; the clock is the caller's to set back."""
        world = pickle.loads(snapshot.world)  # noqa: S301 - made above, never left this process
        assert isinstance(world, World)
        self.world = world
        self.calls[:] = snapshot.calls

    def _answer(self, call: Call) -> Json:
        gate.before(self.world, call)
        handler = OPERATIONS.get((call.service, call.operation))
        if handler is None:
            code = "UnknownOperationException" if is_json(call.service) else "InvalidAction"
            raise ApiError(code, f"The sandbox does not know {call.operation}.")
        answer = handler(self.world, call.params)
        gate.after(self.world, call)
        return answer

    def _log(self, call: Call, outcome: str) -> None:
        at = datetime.fromtimestamp(self.world.now, UTC)
        self.calls.append(CallRecord(call.service, call.operation, at, call.params, outcome))

    def _now(self) -> float:
        now: Any = self.clock.now()
        return moment(now.timestamp())
