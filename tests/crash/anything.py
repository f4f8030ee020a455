"""Whatever befalls a run, in whatever order: faults, deaths, take-overs, signals, time, and other people."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import ReadTimeoutError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cage_fsm.answers import Answer, decided
from cage_fsm.engine.owner import Owner
from cage_fsm.engine.ports import Finished, Outcome, Superseded, Suspended, Wait
from cage_fsm.engine.record import Record
from cage_fsm.engine.run import Run
from cage_fsm.engine.runner import Runner
from cage_fsm.engine.taking import StillDriven
from cage_fsm.phases.facts import Facts, learn
from cage_fsm.phases.registry import phases
from cage_fsm.sandbox import Call, Proceed, Response, Timings
from tests.crash.points import URL
from tests.crash.stories import BRIEF, QUICK
from tests.stories.stage import (
    GROUP,
    MUTATING,
    PLAIN,
    ROLLOUT,
    Json,
    Stage,
    example,
    operation,
    unchecked,
    without_breaker,
)

TAGS = ("v2", "v2-bad-in-service", "v2-unhealthy-target", "v2-crash")
FILES = {tag: example(tag, without_breaker, unchecked) for tag in TAGS}
ON_OURS = ("succeeded", "left_failing")
READS = ("DescribeServices", "DescribeTasks", "DescribeTargetHealth", "ListTasks")
CODES = ("ThrottlingException", "ServerException", "ServiceUnavailable")
UNDO = Outcome("abort", "a rollback was asked for", cause="rollback")
FATES = ("killed before", "killed after", "lost before", "lost after")
STATES = tuple(ROLLOUT.state)
WHICH = st.integers(0, 2)
MANY_LOOKS = 400
Found = TypeVar("Found")


class Killed(BaseException):
    """What SIGKILL would do."""


@dataclass
class Process:
    """A process that drives a run, or believes so."""

    runner: Runner
    run: Run
    owner: Owner


class Anything(RuleBasedStateMachine):
    """One service, and runs that are driven by processes of two machines; each looks only when it is told to.

    A process that is not told to is stopped. On its own machine it is seen to live; another one takes it for
    dead after a lease, and it finds that out when it goes on.
    """

    @initialize(
        tag=st.sampled_from(TAGS), lags=st.booleans(), approval=st.booleans(), begins=st.sampled_from(STATES)
    )
    def set_up(self, tag: str, lags: bool, approval: bool, begins: str) -> None:
        self.processes: list[Process] = []
        self.acting: Process | None = None
        self.stage = Stage(
            files=FILES[tag],
            scenario="lag" if lags else "healthy",
            pace=Timings(**QUICK),
            around=self.around,
            health_check_interval=2,
            deregistration_delay=4,
        )
        self.befalls: dict[str, str] = {}
        self.count = 0
        self.theirs = self.stage.aws.ecs.register_task_definition(dict(self.stage.files.task_definition))
        self.service_is_ours = True
        self.roll_out(approval, "A")
        self.look_until_in(begins, self.processes[0])

    def around(self, call: Call, proceed: Proceed) -> Response:
        name = operation(call)
        if not self.acting:
            return proceed()
        if name in MUTATING:
            self.require_ownership(name, self.acting)
        fate = self.befalls.pop(name, "")
        if fate in ("killed before", "lost before"):
            raise _ending(fate)
        answer = proceed()
        if fate:
            raise _ending(fate)
        return answer

    def require_ownership(self, name: str, process: Process) -> None:
        if process.run.signals > 1 and name in ("StopTask", "DeregisterTargets"):
            return  # hurried: the canary may be released without asking
        document = json.loads(self.stage.store._documents[process.run.record.key][0])
        assert document["owner"] == process.owner.model_dump(), f"{name} by one that does not own the run"

    # What users do

    @precondition(lambda self: len(self.stage.runs) < 3)
    @rule(approval=st.booleans(), host=st.sampled_from("AB"))
    def roll_out(self, approval: bool, host: str) -> None:
        runner, owner = self.equip(host)
        inputs: Json = {"cluster": "demo", "service": "web", "durations": BRIEF}
        inputs |= {"approval": True} if approval else {}
        run_id = f"{self.stage.clock.now():%Y%m%d-%H%M%S}-{self.count:06}"  # nothing here is drawn by lot
        run = runner.create(self.stage.store, run_id, owner, **inputs)
        runner.take_over(run)
        self.processes.append(Process(runner, run, owner))

    @precondition(lambda self: self.unfinished)
    @rule(which=WHICH, host=st.sampled_from("AB"), ask=st.sampled_from([None, None, UNDO]))
    def go_on(self, which: int, host: str, ask: Outcome | None) -> None:
        self.take(_one(self.unfinished, which).id, host, ask)

    @precondition(lambda self: self.asking)
    @rule(which=WHICH, approve=st.booleans())
    def answer(self, which: int, approve: bool) -> None:
        self.decide(_one(self.asking, which), approve=approve)

    def decide(self, record: Record, *, approve: bool) -> None:
        process = self.take(record.id, "A")
        if process and _asks(process.run.record):
            now = self.stage.clock.now()
            learn(process.run, decision=decided(process.run.record, Answer(approve), now))

    @precondition(lambda self: self.processes)
    @rule(which=WHICH)
    def signal(self, which: int) -> None:
        _one(self.processes, which).run.signals += 1

    # What processes do

    @precondition(lambda self: self.processes)
    @rule(which=WHICH, looks=st.integers(1, 5))
    def look(self, which: int, looks: int) -> None:
        process = _one(self.processes, which)
        for _ in range(looks):
            if process in self.processes:
                self.advance(process)

    @precondition(lambda self: self.processes)
    @rule(which=WHICH, state=st.sampled_from(STATES))
    def look_until(self, which: int, state: str) -> None:
        self.look_until_in(state, _one(self.processes, which))

    def look_until_in(self, state: str, process: Process) -> None:
        for _ in range(40):
            if process in self.processes and process.run.record.state != state:
                self.advance(process)

    def advance(self, process: Process) -> None:
        self.acting = process
        try:
            hurries = process.run.signals > 1
            step = (process.runner.drive if hurries else process.runner.advance)(process.run)
        except (Superseded, Killed):
            self.processes.remove(process)
            return
        finally:
            self.acting = None
        if isinstance(step, Finished | Suspended):
            if isinstance(step, Suspended):
                process.runner._let_go(process.run)
            self.processes.remove(process)
        elif isinstance(step, Wait):
            self.stage.clock.sleep(step.seconds)

    @precondition(lambda self: self.processes)
    @rule(which=WHICH)
    def die(self, which: int) -> None:
        self.processes.remove(_one(self.processes, which))

    # What befalls them

    @rule(call=st.sampled_from(PLAIN), fate=st.sampled_from(FATES))
    def befall(self, call: str, fate: str) -> None:
        self.befalls[call] = fate

    @rule(call=st.sampled_from((*PLAIN, *READS, "a save")), code=st.sampled_from(CODES))
    def put_off(self, call: str, code: str) -> None:
        if call == "a save":
            self.stage.store.fail_next_save(applied=code == CODES[0])
        else:
            self.stage.cloud.fail_next(call, code, times=3)

    @rule(seconds=st.sampled_from((1, 10, 100, 700, 4000, 90_000)))
    def wait(self, seconds: int) -> None:
        self.stage.pass_time(seconds=seconds)

    @precondition(lambda self: self.live)
    @rule(deregister=st.booleans())
    def touch_the_canary(self, deregister: bool) -> None:
        task = self.stage.cloud.world.tasks[self.live[0]]
        if not deregister:
            self.stage.cloud.stop_task(task.arn, "stopped by a colleague")
        elif task.interface:
            self.stage.cloud.deregister(GROUP, task.interface.address, 8080)

    @rule(how=st.sampled_from(("scale", "scale", "deploy", "force")))
    def touch_the_service(self, how: str) -> None:
        if how == "scale":
            self.stage.cloud.scale("demo", "web", 3)
            return
        self.service_is_ours = False
        changes = {"taskDefinition": self.theirs} if how == "deploy" else {"forceNewDeployment": True}
        self.stage.cloud.update_service("demo", "web", **changes)

    # What must hold

    @invariant()
    def at_most_one_canary_is_alive(self) -> None:
        assert len(self.live) <= 1

    @invariant()
    def nobody_started_two(self) -> None:
        started = [task.started_by for task in self.stage.tasks()]
        assert len(started) == len(set(started))

    @invariant()
    def the_baseline_stays(self) -> None:
        assert next(iter(self.stage.cloud.world.definitions.values())).status == "ACTIVE"

    def teardown(self) -> None:
        if not hasattr(self, "stage"):
            return
        self.befalls.clear()
        self.stage.cloud.world.planned.clear()
        self.stage.store._faults.clear()
        self.processes.clear()
        for _ in range(4):
            for record in self.unfinished:
                self.finish(record)
        for record in self.unfinished:
            assert record.state == "needs_operator"
            assert record.history[-1].reason
        self.stage.pass_time(minutes=20)
        assert self.live == []
        assert self.stage.left.left == ()
        finished = [run for run in self.stage.runs if run.final]
        assert set(self.stage.holders) <= {run.id for run in self.unfinished}
        if self.service_is_ours:
            ours = {Facts.of(run).task_definition for run in finished if run.state in ON_OURS}
            first = next(iter(self.stage.cloud.world.definitions))
            assert self.stage.service.definition in (ours or {first})

    def finish(self, record: Record) -> None:
        if _asks(record):
            self.decide(record, approve=False)
        else:
            self.take(record.id, "A")
        for _ in range(MANY_LOOKS):
            if not self.processes:
                return
            self.advance(self.processes[0])
        raise AssertionError(f"run {record.id} does not end: {self.stage.runs}")

    # How

    def equip(self, host: str) -> tuple[Runner, Owner]:
        self.count += 1
        owner = Owner(host=host, pid=self.count, started="0", boot="b")

        def alive(other: Owner) -> bool | None:
            return None if other.host != host else any(each.owner == other for each in self.processes)

        made = phases(self.stage.aws, self.stage.files, self.stage.start_probe)
        return Runner(ROLLOUT, made, self.stage.clock, lambda _: None, alive=alive, poll_seconds=5), owner

    def take(self, run_id: str, host: str, ask: Outcome | None = None) -> Process | None:
        runner, owner = self.equip(host)
        run = Run.load(self.stage.store, run_id, owner, self.stage.clock)
        try:
            runner.take_over(run, ask)
        except StillDriven:
            assert any(each.owner == run.record.owner for each in self.processes)
            return None
        self.processes.append(Process(runner, run, owner))
        return self.processes[-1]

    @property
    def unfinished(self) -> list[Record]:
        return [run for run in self.stage.runs if not run.final]

    @property
    def asking(self) -> list[Record]:
        return [run for run in self.unfinished if _asks(run)]

    @property
    def live(self) -> list[str]:
        return [task.arn for task in self.stage.tasks() if task.live]


def _asks(record: Record) -> bool:
    """Whether somebody is to decide: one that was refused, or has not come to ask, is only gone on with."""
    facts = Facts.of(record)
    refused = facts.decision and not facts.decision.approved
    return record.state == "awaiting_approval" and facts.approval is not None and not refused


def _one(found: Sequence[Found], which: int) -> Found:
    return found[which % len(found)]


def _ending(fate: str) -> BaseException:
    return Killed() if fate.startswith("killed") else ReadTimeoutError(endpoint_url=URL)


def settings_for(examples: int, steps: int) -> settings:
    """The same examples at each run; a failure prints how to play it alone."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
