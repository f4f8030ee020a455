"""Two processes on one stage, on machines of their own: neither can tell whether the other one lives."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from cage_fsm.engine.ports import Finished, Suspended
from cage_fsm.engine.record import RUNS, Record
from cage_fsm.engine.run import Run
from tests.crash.baton import Process
from tests.crash.points import Point, Points
from tests.crash.stories import BRIEF
from tests.stories.stage import MUTATING, Stage

Act = Callable[[Stage], Finished | Suspended]


class NoRun(Exception):
    """There is no run yet."""


@dataclass(frozen=True)
class Exit:
    """The code with which a process exited, and its run then."""

    code: int
    record: Record


class Two:
    """Lets processes play in turns, and watches them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.late: dict[Process, list[str]] = {}
        """Of each process the changes that it made while its run, or the service, was another's."""
        self.crowded = False
        """Whether two canaries were ever alive."""
        self._playing: Process

    def enter(self, act: Act) -> Process:
        """A process that will do `act`."""

        def play() -> Exit:
            code = act(self.stage).code
            assert self.stage.record
            return Exit(code, self.stage.record)

        process = Process(play)
        self.late[process] = []
        return process

    def let(self, process: Process, until: int | None = None) -> None:
        """Let one process run on, and nobody else."""
        self._playing, self.stage.host = process, f"machine {list(self.late).index(process)}"
        with Points(self.stage, self._befall):
            process.go(until)

    def _befall(self, point: Point, act: Callable[[], object]) -> None:
        process = self._playing
        process.reach(point.name)
        if point.name in MUTATING and not self._may_change():
            self.late[process].append(point.name)
        act()
        self.crowded |= sum(task.live for task in self.stage.tasks()) > 1

    def _may_change(self) -> bool:
        """Whether this machine owns the run that holds the service."""
        documents = {key: json.loads(text) for key, (text, _) in self.stage.store._documents.items()}
        holder = next(each["run"] for key, each in documents.items() if key.startswith("claims/"))
        owner = documents[RUNS + holder]["owner"] if holder else None
        return owner is not None and owner["host"] == self.stage.host


def rollout(stage: Stage) -> Finished | Suspended:
    """`cage-fsm rollout DIR`."""
    return stage.rollout(durations=BRIEF)


def resume(stage: Stage) -> Finished | Suspended:
    """`cage-fsm resume ID`."""
    return stage.resume(_run(stage))


def rollback(stage: Stage) -> Finished | Suspended:
    """`cage-fsm rollback ID`."""
    return stage.rollback(_run(stage))


def take_over(stage: Stage) -> Finished | Suspended:
    """`cage-fsm resume ID --take-over`."""
    runner, owner = stage.process()
    run = Run.load(stage.store, _run(stage), owner, stage.clock)
    runner.take_over(run, whoever_lives=True)
    return stage.drive(runner, run)


def _run(stage: Stage) -> str:
    for record in stage.runs:
        return record.id
    raise NoRun
