"""A stage for stories: a cloud with a service on it, virtual time, a store, and runs that play there."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from cage_fsm.answers import Answer, decided, keep
from cage_fsm.aws.clients import Aws, wrap
from cage_fsm.clock import VirtualClock
from cage_fsm.data import data
from cage_fsm.deployfiles import DeployFiles, read
from cage_fsm.engine.definition import Definition
from cage_fsm.engine.owner import Owner
from cage_fsm.engine.ports import Event, Finished, Outcome, Suspended
from cage_fsm.engine.record import RUNS, Record, new_run_id, outcome, parse
from cage_fsm.engine.run import Run
from cage_fsm.engine.runner import Runner
from cage_fsm.engine.verify import load
from cage_fsm.phases.facts import Facts, Inputs
from cage_fsm.phases.registry import PROMISES, phases
from cage_fsm.report.cause import deciding_step
from cage_fsm.sandbox import (
    Around,
    Call,
    CallRecord,
    Cloud,
    Leftovers,
    Proceed,
    Response,
    Timings,
    attach,
    leftovers,
    seed_service,
    seed_surroundings,
)
from cage_fsm.sandbox.records import Task
from cage_fsm.sandbox.service_records import Service
from tests.memory_store import MemoryStore
from tests.stories.surroundings import Surroundings

Json = dict[str, Any]
Change = Callable[[Json], Json]

ROLLOUT = load(data("states/rollout.toml"), PROMISES).definition
ROLLBACK = load(data("states/rollback.toml"), PROMISES).definition
RUN = load(data("states/run.toml"), PROMISES).definition
UP = load(data("states/up.toml"), PROMISES).definition
MACHINES = {each.machine: each for each in (ROLLOUT, ROLLBACK, RUN, UP)}
GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef"
CANARIES = "cage:canary-task:web"
PLAIN = (
    "RegisterTaskDefinition",
    "RunTask",
    "RegisterTargets",
    "UpdateService",
    "DeregisterTargets",
    "StopTask",
)
"""What every rollout changes, in this order."""
MUTATING = (*PLAIN, "CreateService", "DeleteService", "UntagResource", "TagResource")

_SESSION = boto3.Session("test", "test", region_name="us-east-1")
_SESSION._session.set_default_client_config(Config(signature_version=UNSIGNED))  # a fifth of a story's time
_AWS: Aws = replace(wrap(_SESSION), in_a_hurry=lambda: _AWS)
_detach: list[Callable[[], None]] = []


class Watching(VirtualClock):
    """A virtual time that lets someone look at the cloud every quarter of a second."""

    def __init__(self) -> None:
        super().__init__()
        self.look: Callable[[], object] | None = None

    def sleep(self, seconds: float) -> None:
        while self.look and seconds > 0:
            super().sleep(min(seconds, 0.25))
            seconds -= 0.25
            self.look()
        super().sleep(seconds)


class FakeProbe:
    """A probe in virtual time."""

    def __init__(self, clock: Watching, command: tuple[str, ...], settings: dict[str, str | None]) -> None:
        self.command, self.settings = command, settings
        self._clock, self._began, self.ended = clock, clock.now(), False

    @property
    def exit_code(self) -> int | None:
        """The number after `exit`, once the seconds after `after` are over."""
        if self.command[0] != "exit":
            return None
        seconds = float(self.command[3]) if len(self.command) > 2 else 0
        return int(self.command[1]) if (self._clock.now() - self._began).total_seconds() >= seconds else None

    output = "GET / HTTP/1.1\n503 Service Unavailable"

    def end(self) -> None:
        """Be killed."""
        self.ended = True


class Stage:
    """One service in one cloud, which is still to be made if it is `new`; the stage made last plays.

    Runs are driven by pretended processes, each with its own owner. `around` sees every request, and may
    be changed in the middle of a story. The service is made of the files that are `deployed`, or of `files`.
    """

    def __init__(
        self,
        tag: str = "v2",
        *,
        scenario: str = "healthy",
        service: Change = lambda service: service,
        definition: Change = lambda definition: definition,
        around: Around | None = None,
        pace: Timings | None = None,
        files: DeployFiles | None = None,
        new: bool = False,
        deployed: DeployFiles | None = None,
        **balancer: Any,
    ) -> None:
        self.clock = Watching()
        self.cloud = Cloud(self.clock, scenario, pace=pace)
        self.store = MemoryStore()
        self.events: list[Event] = []
        self.lines: list[str] = []
        """What the container of a one-off task wrote, as it was shown."""
        self.files = files or example(tag, service, definition)
        self.new, self.deployed = new, deployed
        _seed(self.cloud, deployed or self.files, new=new, **balancer)
        if deployed:
            _seed(self.cloud, self.files, new=True, **balancer)
        self.around = around
        self.surroundings = Surroundings()
        self.aws = replace(self._play(), **self.surroundings.clients())
        self.record: Record | None = None
        self.processes = 0
        self.host = "stage"
        """Where new processes run; whether those of another host live cannot be told."""
        self.probes: list[FakeProbe] = []
        self.poll_seconds: float | None = 5
        """Looked at seldom, a story is told in half the time; None lets the run find its own rhythm."""

    def start_probe(self, command: Sequence[str], settings: Mapping[str, str | None]) -> "FakeProbe":
        """Start a probe that does what its command says: `exit 3`, `exit 0 after 10`, `hang`, `missing`."""
        if command[0] == "missing":
            raise FileNotFoundError(2, "No such file or directory", "missing")
        self.probes.append(FakeProbe(self.clock, tuple(command), dict(settings)))
        return self.probes[-1]

    def answer(self, run_id: str, *, approve: bool = True) -> Suspended | Finished:
        """Approve or refuse what a run asks, in a new process that goes on to the end."""
        runner, run = self.take(run_id)
        keep(run, decided(run.record, Answer(approve), self.clock.now()))
        return self.drive(runner, run)

    def process(self, definition: Definition = ROLLOUT, *, with_files: bool = True) -> tuple[Runner, Owner]:
        """A new pretended process; the ones before it are dead."""
        self.processes += 1
        owner = Owner(host=self.host, pid=self.processes, started="0", boot="b")
        made = phases(self.aws, self.files if with_files else None, self.start_probe, write=self.lines.append)
        runner = Runner(
            definition,
            made,
            self.clock,
            self.events.append,
            alive=lambda other: other.pid == self.processes if other.host == self.host else None,
            poll_seconds=self.poll_seconds,
        )
        return runner, owner

    def start(self, **inputs: Any) -> tuple[Runner, Run]:
        """Create a rollout, and own it."""
        service = {"cluster": self.files.cluster, "service": self.files.service_name}
        return self._create(ROLLOUT, **(service | inputs))

    def start_task(self, *command: str, **inputs: Any) -> tuple[Runner, Run]:
        """Create a run of a one-off task with this command in its container, and own it."""
        asked = {
            "cluster": self.files.cluster,
            "service": self.files.service_name,
            "container": "web",
            "command": list(command),
            "files_digest": self.files.digest,
        }
        return self._create(RUN, **(asked | inputs))

    def run_task(self, *command: str, **inputs: Any) -> Suspended | Finished:
        """Run a one-off task to the end."""
        return self.drive(*self.start_task(*command, **inputs))

    def start_up(self, **inputs: Any) -> tuple[Runner, Run]:
        """Create a run that creates the service, and own it."""
        asked = {"cluster": self.files.cluster, "service": self.files.service_name, "keep_failing": True}
        return self._create(UP, **(asked | inputs))

    def up(self, **inputs: Any) -> Suspended | Finished:
        """Create the service, to the end."""
        return self.drive(*self.start_up(**inputs))

    def rollout(self, **inputs: Any) -> Suspended | Finished:
        """Roll out to the end."""
        return self.drive(*self.start(**inputs))

    def at(self, state: str, **inputs: Any) -> tuple[Runner, Run]:
        """A rollout that has just entered `state`."""
        runner, run = self.start(**inputs)
        self.until(runner, run, state)
        return runner, run

    def take(
        self,
        run_id: str,
        ask: Outcome | None = None,
        definition: Definition | None = None,
        *,
        with_files: bool = True,
    ) -> tuple[Runner, Run]:
        """Take an unfinished run over in a new process."""
        machine = json.loads(self.store.load(RUNS + run_id)[0])["machine"]
        runner, owner = self.process(definition or MACHINES[machine], with_files=with_files)
        run = Run.load(self.store, run_id, owner, self.clock)
        runner.take_over(run, ask)
        return runner, run

    def steal(self, run_id: str) -> tuple[Runner, Run]:
        """Take an unfinished run from a process that lives, as `--take-over` does."""
        runner, owner = self.process()
        run = Run.load(self.store, run_id, owner, self.clock)
        runner.take_over(run, whoever_lives=True)
        return runner, run

    def resume(
        self,
        run_id: str,
        ask: Outcome | None = None,
        definition: Definition | None = None,
        *,
        with_files: bool = True,
    ) -> Suspended | Finished:
        """Go on with a run in a new process, to the end."""
        return self.drive(*self.take(run_id, ask, definition, with_files=with_files))

    def rollback(self, run_id: str) -> Suspended | Finished:
        """Undo an unfinished run in a new process."""
        ask = Outcome("abort", "a rollback was asked for", cause="rollback")
        return self.resume(run_id, ask)

    def undo(self, record: Record) -> tuple[Runner, Run]:
        """Begin the rollback of a run that succeeded, in a new process."""
        facts = Facts.of(record)
        wanted = Inputs(
            cluster=facts.cluster_arn,
            service=facts.service_name,
            region="us-east-1",
            of_run=record.id,
            baseline=facts.baseline,
            task_definition=facts.task_definition,
            desired_count=Inputs.of(record).desired_count,
            before=facts.before,
        )
        return self._create(ROLLBACK, **wanted.model_dump(mode="json", exclude_defaults=True))

    def drive(self, runner: Runner, run: Run) -> Suspended | Finished:
        """Drive to the end, and keep the record."""
        end = runner.drive(run)
        self.record = run.record
        return end

    def until(self, runner: Runner, run: Run, state: str) -> None:
        """Look until the run is in `state`, entered."""
        for _ in range(2000):
            if run.record.state == state:
                return
            step = runner.advance(run)
            self.clock.sleep(getattr(step, "seconds", 0))
        message = f"{state} was never reached; the run is in {run.record.state}"
        raise AssertionError(message)

    def first_time(self, happened: Callable[[], bool]) -> list[datetime]:
        """A list that will hold the first moment at which `happened()` is true."""
        found: list[datetime] = []

        def look() -> None:
            self.cloud.settle()
            if not found and happened():
                found.append(self.clock.now())

        self.clock.look = look
        return found

    @property
    def left(self) -> Leftovers:
        """What is left in the cloud."""
        return leftovers(self.cloud)

    @property
    def outcome(self) -> tuple[str, int]:
        """What became of the last run driven."""
        word, code = outcome(self._last)
        return word, code

    @property
    def path(self) -> list[str]:
        """The states that the last run went through."""
        return [step.to for step in self._last.history]

    @property
    def reason(self) -> str:
        """Why the last run left the way forward."""
        step = deciding_step(self._last, MACHINES[self._last.machine])
        assert step
        return step.reason

    @property
    def facts(self) -> Facts:
        """What the last run learned."""
        return Facts.of(self._last)

    @property
    def service(self) -> Service:
        """The service as the cloud knows it."""
        self.cloud.settle()
        return next(iter(self.cloud.world.services.values()))

    @property
    def revision(self) -> str:
        """The revision that the service is at, as `family:revision`."""
        return self.service.definition.rpartition("/")[2]

    @property
    def claims(self) -> list[str | None]:
        """Who holds the services: a run's id, or None for nobody."""
        return [json.loads(self.store.load(key)[0])["run"] for key in self.store.list("claims/")]

    @property
    def holders(self) -> list[str]:
        """The unfinished runs that hold a service; a claim of a finished run counts as free."""
        return [run.id for run in self.runs if not run.final and run.id in self.claims]

    @property
    def runs(self) -> list[Record]:
        """Every run of the store."""
        return [parse(self.store.load(key)[0], key) for key in self.store.list(RUNS)]

    @property
    def canary(self) -> Task:
        """The one canary that was ever started."""
        (found,) = self.tasks()
        return found

    def tasks(self, group: str = CANARIES) -> list[Task]:
        """All tasks of a group that the cloud remembers."""
        self.cloud.settle()
        return [task for task in self.cloud.world.tasks.values() if task.group == group]

    def calls(self, operation: str) -> list[CallRecord]:
        """The calls of one operation that took effect, whether or not their answer arrived."""
        took_effect = ("ok", "dropped")
        return [c for c in self.cloud.calls if c.operation == operation and c.outcome in took_effect]

    def sent_to(self, revision: str) -> int:
        """How often UpdateService for a revision took effect."""
        wanted = (call.params["taskDefinition"] for call in self.calls("UpdateService"))
        return sum(arn.endswith(f"/{revision}") for arn in wanted)

    def pass_time(self, **amount: float) -> None:
        """Let time go by without anyone looking."""
        self.clock.sleep(timedelta(**amount).total_seconds())

    @property
    def _last(self) -> Record:
        assert self.record
        return self.record

    def _create(self, definition: Definition, **inputs: Any) -> tuple[Runner, Run]:
        runner, owner = self.process(definition)
        run = runner.create(self.store, new_run_id(self.clock.now()), owner, **inputs)
        runner.take_over(run)
        return runner, run

    def _play(self) -> Aws:
        """Let the clients talk to this cloud; they are expensive, so all stages share them."""

        def through(call: Call, proceed: Proceed) -> Response:
            return self.around(call, proceed) if self.around else proceed()

        while _detach:
            _detach.pop()()
        users = (_AWS.ecs, _AWS.elbv2, _AWS.cloudwatch)
        regional = (_AWS.logs, _AWS.ecr)
        clients = [*(user._client for user in users), *(user.client("us-east-1") for user in regional)]
        _detach.extend(attach(client, self.cloud, through) for client in clients)
        return _AWS


def _seed(cloud: Cloud, files: DeployFiles, *, new: bool, **balancer: Any) -> None:
    service, definition = dict(files.service), dict(files.task_definition)
    if new:
        seed_surroundings(cloud, service, task_definition=definition, **balancer)
    else:
        seed_service(cloud, service, definition, **balancer)


def example(
    tag: str,
    service: Change = lambda service: service,
    definition: Change = lambda definition: definition,
) -> DeployFiles:
    """The example's files, changed."""
    with tempfile.TemporaryDirectory() as place:
        write_example(Path(place), service, definition)
        return read(Path(place), {"IMAGE_TAG": tag})


def write_example(place: Path, service: Change, definition: Change) -> None:
    """Put the example's files there, changed."""
    source = data("examples/web")
    for name, change in (("service.json", service), ("task-definition.json", definition)):
        changed = change(json.loads((source / name).read_text("utf-8")))
        (place / name).write_text(json.dumps(changed), "utf-8")


def operation(call: Call) -> str:
    """The operation; a StopTask that only asks whether it may is told apart from one that stops."""
    asks = call.operation == "StopTask" and call.params["task"].endswith("0" * 32)
    return "StopTask, asking" if asks else call.operation


def plain(service: Json) -> Json:
    """A service without a load balancer."""
    gone = ("loadBalancers", "healthCheckGracePeriodSeconds")
    return {name: value for name, value in service.items() if name not in gone}


def unchecked(definition: Json) -> Json:
    """A task definition without health checks."""
    (web,) = definition["containerDefinitions"]
    return definition | {"containerDefinitions": [{k: v for k, v in web.items() if k != "healthCheck"}]}


def without_breaker(service: Json) -> Json:
    """A service whose deployments nobody rolls back but us."""
    configuration = {"maximumPercent": 200, "minimumHealthyPercent": 100}
    return service | {"deploymentConfiguration": configuration}


def assert_nothing_is_left(stage: Stage) -> None:
    """No canary runs, no target stays registered, nobody holds the service, one canary at most ever was."""
    stage.pass_time(minutes=10)
    assert stage.left.left == ()
    assert len(stage.tasks()) <= 1
    assert stage.holders == []
