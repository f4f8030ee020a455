"""Drives one run to where this process leaves it, and shows it meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cage_fsm.answers import keep
from cage_fsm.aws.clients import Aws
from cage_fsm.clock import RealClock
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.definition import TASK_STATE, Definition
from cage_fsm.engine.ports import Event, Finished, Outcome, Suspended
from cage_fsm.engine.record import OPERATOR, OURS, Record
from cage_fsm.engine.run import Run
from cage_fsm.engine.runner import Runner
from cage_fsm.phases.facts import Decision
from cage_fsm.phases.registry import phases
from cage_fsm.preview import service_now
from cage_fsm.probe import Probes
from cage_fsm.redaction import secrets_of
from cage_fsm.report.safely import Safely
from cage_fsm.signals import Signals

MakeReader = Callable[[Definition, Callable[[], Record]], Safely]


@dataclass(frozen=True)
class Ending:
    """How a process left a run: the record, the exit code, why it stopped, and the service as it is now."""

    record: Record
    definition: Definition
    code: int
    why: str | None = None
    service_now: str | None = None


def ending(
    record: Record, definition: Definition, end: Finished | Suspended, now: str | None = None
) -> Ending:
    """How a run was left at this `end`."""
    if isinstance(end, Finished):
        return Ending(record, definition, end.code, None, now)
    code = OURS if record.machine == "run" and end.code == OPERATOR else end.code
    return Ending(record, definition, code, end.why, now)


@dataclass(frozen=True)
class Process:
    """What a driver has of its process; `poll_seconds` is the poll interval that was set by hand."""

    environment: Mapping[str, str]
    clock: RealClock
    signals: Signals
    poll_seconds: float | None


class Driver:
    """Drives one run. Its files are needed until the task definition is registered."""

    def __init__(
        self,
        process: Process,
        definition: Definition,
        aws: Aws,
        files: DeployFiles | None,
        make_reader: MakeReader,
    ) -> None:
        self._process, self._definition, self._aws, self._make_reader = process, definition, aws, make_reader
        self._reader: Safely | None = None
        self._probes = Probes(process.environment)
        made = phases(aws, files, self._probes.start, secrets_of(process.environment), self._write)
        self.runner = Runner(definition, made, process.clock, self._tell, poll_seconds=process.poll_seconds)

    def drive(
        self,
        run: Run,
        ask: Outcome | None = None,
        note: str | None = None,
        decision: Decision | None = None,
        *,
        take_over: bool = False,
    ) -> Ending:
        """Own the run and drive it. Raises StillDriven, Superseded, and what a bug raises."""
        self._process.signals.tell(run)
        self._reader = self._make_reader(self._definition, lambda: run.record)
        if note:
            self._tell(Event(self._process.clock.now(), "seen", run.record.state, note))
        try:
            self.runner.take_over(run, ask, whoever_lives=take_over)
            self._reader.tick()
            if decision:
                keep(run, decision)
            end = self.runner.drive(run)
        except Exception as error:
            error.add_note(
                f"What was saved is good: `cage-fsm resume {run.record.id}` goes on, "
                f"`cage-fsm rollback {run.record.id}` goes back."
            )
            raise
        finally:
            self._probes.close()
            self._reader.close()
        hurries = run.signals > 1  # then nothing is asked that could hang
        now = None if hurries else service_now(self._aws, run.record)
        return ending(run.record, self._definition, end, now)

    def _write(self, line: str) -> None:
        """Show a line that a container wrote."""
        self._tell(Event(self._process.clock.now(), "wrote", TASK_STATE, line))

    def _tell(self, event: Event) -> None:
        if self._reader:
            self._reader(event)
