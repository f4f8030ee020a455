"""A stage for stories: a cloud with a service on it, virtual time, a store, and runs that play there."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3

from cage_fsm.aws.clients import Aws, wrap
from cage_fsm.clock import VirtualClock
from cage_fsm.data import data
from cage_fsm.deployfiles import DeployFiles, read
from cage_fsm.engine.owner import Owner
from cage_fsm.engine.ports import Event, Finished, Outcome, Suspended
from cage_fsm.engine.record import Record, new_run_id, outcome
from cage_fsm.engine.run import Run
from cage_fsm.engine.runner import Runner
from cage_fsm.engine.verify import load
from cage_fsm.phases.registry import OUTCOMES, phases
from cage_fsm.sandbox import Around, Cloud, Leftovers, attach, leftovers, seed_service
from tests.memory_store import MemoryStore

Json = dict[str, Any]
ROLLOUT = load(data("states/rollout.toml"), OUTCOMES).definition
ROLLBACK = load(data("states/rollback.toml"), OUTCOMES).definition


class Stage:
    """One service in one cloud. `machine` runs are driven by pretended processes, each with its own owner."""

    def __init__(
        self,
        tag: str = "v2",
        *,
        scenario: str = "healthy",
        service: Callable[[Json], Json] = lambda service: service,
        definition: Callable[[Json], Json] = lambda definition: definition,
        around: Around | None = None,
        directory: Path | None = None,
    ) -> None:
        self.clock = VirtualClock()
        self.cloud = Cloud(self.clock, scenario)
        self.store = MemoryStore()
        self.events: list[Event] = []
        self.files = example(tag, service, definition)
        seed_service(self.cloud, dict(self.files.service), dict(self.files.task_definition))
        self.aws = self.connect(around)
        self.record: Record | None = None
        self.processes = 0

    def connect(self, around: Around | None = None) -> Aws:
        """A session of its own, as every process has."""
        session = boto3.Session("test", "test", region_name="us-east-1")
        attach(session._session, self.cloud, around)
        return wrap(session)

    def process(self, **changes: Any) -> tuple[Runner, Owner]:
        """A new pretended process; the ones before it are dead."""
        self.processes += 1
        owner = Owner(host="stage", pid=self.processes, started="0", boot="b")
        definition = changes.get("definition", ROLLOUT)
        made = phases(changes.get("aws", self.aws), changes.get("files", self.files))
        runner = Runner(
            definition, made, self.clock, self.events.append, alive=lambda other: other.pid == self.processes
        )
        return runner, owner

    def start(self, **inputs: Any) -> tuple[Runner, Run]:
        """Create a rollout, and own it."""
        runner, owner = self.process()
        service = {"cluster": self.files.cluster, "service": self.files.service_name}
        run = runner.create(self.store, new_run_id(self.clock.now()), owner, **(service | inputs))
        runner.take_over(run)
        return runner, run

    def rollout(self, **inputs: Any) -> Suspended | Finished:
        """Roll out to the end."""
        return self.drive(*self.start(**inputs))

    def resume(self, run_id: str, ask: Outcome | None = None, **changes: Any) -> Suspended | Finished:
        """Go on with a run in a new process."""
        runner, owner = self.process(**changes)
        run = Run.load(self.store, run_id, owner, self.clock)
        runner.take_over(run, ask)
        return self.drive(runner, run)

    def rollback(self, run_id: str) -> Suspended | Finished:
        """Undo an unfinished run in a new process."""
        return self.resume(run_id, Outcome("abort", "a rollback was asked for", cause="rollback"))

    def drive(self, runner: Runner, run: Run) -> Suspended | Finished:
        """Drive to the end, and keep the record."""
        end = runner.drive(run)
        self.record = run.record
        return end

    def until(self, runner: Runner, run: Run, state: str) -> None:
        """Look until the run is in `state`, entered."""
        for _ in range(2000):
            step = runner.advance(run)
            if run.record.state == state:
                return
            self.clock.sleep(getattr(step, "seconds", 0))
        message = f"{state} was never reached; the run is in {run.record.state}"
        raise AssertionError(message)

    @property
    def left(self) -> Leftovers:
        """What is left in the cloud once everything has drained."""
        return leftovers(self.cloud)

    @property
    def outcome(self) -> tuple[str, int]:
        """What became of the last run driven."""
        assert self.record
        return tuple(outcome(self.record))

    @property
    def path(self) -> list[str]:
        """The states that the last run went through."""
        assert self.record
        return [step.to for step in self.record.history]

    @property
    def service(self) -> Mapping[str, Any]:
        """The service as AWS shows it."""
        found = self.aws.ecs.service("demo", "web")
        assert found
        return found

    @property
    def revision(self) -> str:
        """The revision that the service is at, as `family:revision`."""
        return str(self.service["taskDefinition"]).rpartition("/")[2]

    def tasks(self, group: str = "cage:canary-task:web") -> list[Any]:
        """All tasks of a group that the cloud remembers."""
        return [task for task in self.cloud.world.tasks.values() if task.group == group]

    def calls(self, operation: str) -> list[Any]:
        """The calls of one operation that took effect."""
        return [c for c in self.cloud.calls if c.operation == operation and c.outcome == "ok"]

    def pass_time(self, **amount: float) -> None:
        """Let time go by without anyone looking."""
        self.clock.sleep(timedelta(**amount).total_seconds())


def example(
    tag: str,
    service: Callable[[Json], Json] = lambda service: service,
    definition: Callable[[Json], Json] = lambda definition: definition,
) -> DeployFiles:
    """The example's files, changed."""
    import tempfile

    source = data("examples/web")
    with tempfile.TemporaryDirectory() as place:
        for name, change in (("service.json", service), ("task-definition.json", definition)):
            changed = change(json.loads((source / name).read_text("utf-8")))
            (Path(place) / name).write_text(json.dumps(changed), "utf-8")
        return read(Path(place), {"IMAGE_TAG": tag})
