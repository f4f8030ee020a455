"""The composition root: wires store, AWS, machines, phases and readers, and drives runs.

The verbs of the command line call this and nothing below it.
"""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path

from cage_fsm.answers import Answer, check_answer, decided
from cage_fsm.archive import Archive
from cage_fsm.aws.clients import Aws, NoAccess, Session, connect, connect_s3, sign_in
from cage_fsm.aws.s3 import S3
from cage_fsm.checkpoints import StoreAddressError, open_store
from cage_fsm.clock import RealClock
from cage_fsm.continuation import check_account, check_machine, check_probe, files_of, lack_of_files
from cage_fsm.data import data
from cage_fsm.deployfiles import DeployFileError, DeployFiles, Overrides, read, read_overrides
from cage_fsm.driver import Driver, Ending, MakeReader, Process, ending
from cage_fsm.engine.definition import Definition
from cage_fsm.engine.owner import this_process
from cage_fsm.engine.ports import Outcome, Store, Unreadable
from cage_fsm.engine.record import Record, new_run_id, outcome
from cage_fsm.engine.run import Run
from cage_fsm.engine.verify import Verified, load
from cage_fsm.judge.by_hand import deletion
from cage_fsm.known_secrets import known_secrets
from cage_fsm.phases.facts import Facts, Inputs
from cage_fsm.phases.registry import PROMISES
from cage_fsm.plan.asking import Asking
from cage_fsm.plan.planning import Planning
from cage_fsm.plan.shapes import Plan
from cage_fsm.plan.times import RUNS
from cage_fsm.redaction import secrets_of
from cage_fsm.signals import Signals
from cage_fsm.sweep.scene import Scene
from cage_fsm.sweep.sweeping import Sweep
from cage_fsm.usage import UsageError
from cage_fsm.watching import Watch


@dataclass(frozen=True)
class Settings:
    """Where to work, and how. None means: as the environment says."""

    store: str | None = None
    sse_kms_key: str | None = None
    region: str | None = None
    profile: str | None = None
    assume_role: str | None = None
    poll_seconds: float | None = None


class App:
    """One invocation of the program."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
        self._settings, self.environment = settings, environment
        self.clock = RealClock()
        self._signals = Signals(self.clock)
        self._process = Process(environment, self.clock, self._signals, settings.poll_seconds)

    @cached_property
    def store(self) -> Store:
        """The store of this invocation. Raises UsageError."""
        try:
            return open_store(self._settings.store, self._settings.sse_kms_key, self._connect_s3)
        except (StoreAddressError, Unreadable, NoAccess) as error:
            raise UsageError(str(error)) from error

    @property
    def archive(self) -> Archive:
        """The runs of the store."""
        return Archive(self.store, self.clock)

    def files(self, directory: Path, *, registers: bool = True) -> DeployFiles:
        """Read the deploy files; the task definition only if one `registers` it. Raises UsageError."""
        try:
            return read(directory, self.environment, registers=registers)
        except DeployFileError as error:
            raise UsageError(str(error)) from error

    def overrides(self, file: Path, container: str, containers: Collection[str]) -> Overrides:
        """Read a file of overrides. Raises UsageError."""
        try:
            return read_overrides(file, self.environment, container, containers)
        except DeployFileError as error:
            raise UsageError(str(error)) from error

    def machine(self, name: str) -> Verified:
        """A machine that ships with the program, proved. Raises UsageError for one that does not."""
        file = data(f"states/{name}.toml")
        if not file.is_file():
            message = f"This version of cage-fsm has no machine {name}."
            raise UsageError(message)
        return load(file, PROMISES)

    def machine_of(self, record: Record) -> Definition:
        """The machine of a run. Raises UsageError where this version has no such machine or state."""
        definition = self.machine(record.machine).definition
        if record.state not in definition.names:
            message = (
                f"Run {record.id} is in a state that the machine {record.machine} of this version has not. "
                "Nothing was done with it. Use the version that wrote it, or restore it from a backup."
            )
            raise UsageError(message)
        return definition

    def connect(self, region: str | None = None) -> Aws:
        """The clients for AWS; `region` counts where no flag names one. Raises UsageError."""
        try:
            return connect(self._session, self._region(region))
        except NoAccess as error:
            raise UsageError(str(error)) from error

    def rollout(self, aws: Aws, files: DeployFiles, inputs: Inputs, make_reader: MakeReader) -> Ending:
        """Roll the deploy files out. Raises UsageError before anything is saved."""
        return self._begin("rollout", aws, files, _from(files, aws, inputs), make_reader)

    def run(self, aws: Aws, files: DeployFiles, inputs: Inputs, make_reader: MakeReader) -> Ending:
        """Run a one-off task from the deploy files. Raises UsageError before anything is saved."""
        return self._begin("run", aws, files, _from(files, aws, inputs), make_reader)

    def up(self, aws: Aws, files: DeployFiles, inputs: Inputs, make_reader: MakeReader) -> Ending:
        """Create the service of the deploy files. Raises UsageError before anything is saved."""
        return self._begin("up", aws, files, _from(files, aws, inputs), make_reader)

    def plan(self, aws: Aws, files: DeployFiles, inputs: Inputs) -> Plan:
        """What a rollout of the deploy files would do. Nothing is touched, and nothing saved."""
        described = [files.service, files.task_definition]
        known = known_secrets(described, files.variables) | secrets_of(self.environment)
        newest = partial(self.archive.newest, "", RUNS)
        machine = self.machine("rollout").definition
        asking = Asking(self.clock, known)
        return Planning(aws, asking, self.store, newest, machine, files, inputs).plan()

    def resume(
        self,
        record: Record,
        make_reader: MakeReader,
        directory: Path | None = None,
        answer: Answer | None = None,
        *,
        take_over: bool = False,
    ) -> Ending:
        """Go on with a run, with an answer to what it asks. A finished one only says again how it ended.

        `take_over` takes it from a process that lives, or may live.
        """
        if answer:
            check_answer(record, answer)
        elif record.final:
            return self._ended(record)
        return self._go_on(record, make_reader, None, directory, answer, take_over=take_over)

    def rollback(self, record: Record, make_reader: MakeReader, *, take_over: bool = False) -> Ending:
        """Undo a run: an unfinished one is aborted, after a finished one the earlier revision is sent."""
        undone = ("aborted", "rolled_back")
        if record.state in undone:
            return replace(self._ended(record), code=0, why="nothing is left to undo")
        if record.final:
            return self._undo(record, make_reader)
        ask = Outcome("abort", "a rollback was asked for", cause="rollback")
        ending = self._go_on(record, make_reader, ask, None, take_over=take_over)
        was_rollback = record.machine == "rollback"
        return replace(ending, code=0) if ending.record.state in undone and not was_rollback else ending

    def watch(self, record: Record, make_reader: MakeReader) -> Ending | None:
        """Follow a run that another process drives; None when nobody can see it any more."""
        definition = self.machine_of(record)
        watch = Watch(self.store, record, self.clock)
        reader = make_reader(definition, lambda: watch.record)
        try:
            reader.tick()
            for event in watch.events():
                reader(event)
                if reader.blind:
                    return None
        finally:
            reader.close()
        return ending(watch.record, definition, watch.end) if watch.end else None

    def sweep(self, clusters: Sequence[str], older_than: timedelta, *, include_unknown: bool) -> Sweep:
        """Look for what was left behind, in these clusters or in all that the store knows of."""
        aws = self.connect()
        scene = Scene(aws, self.store, self.clock, older_than=older_than, include_unknown=include_unknown)
        return Sweep(scene, clusters or None)

    @cached_property
    def _session(self) -> Session:
        return sign_in(self._region(), self._settings.profile, self._settings.assume_role)

    def _connect_s3(self) -> S3:
        return connect_s3(self._session)

    def _region(self, known: str | None = None) -> str | None:
        # boto3 itself reads AWS_DEFAULT_REGION only; every other AWS tool reads AWS_REGION first.
        return self._settings.region or known or self.environment.get("AWS_REGION")

    def _begin(
        self, machine: str, aws: Aws, files: DeployFiles | None, inputs: Inputs, make_reader: MakeReader
    ) -> Ending:
        definition, store = self.machine(machine).definition, self.store
        plain = inputs.model_dump(mode="json", exclude_defaults=True)
        with self._signals.heard():
            driver = Driver(self._process, definition, aws, files, make_reader)
            run_id = new_run_id(self.clock.now())
            return driver.drive(driver.runner.create(store, run_id, this_process(), **plain))

    def _go_on(
        self,
        record: Record,
        make_reader: MakeReader,
        ask: Outcome | None,
        directory: Path | None,
        answer: Answer | None = None,
        *,
        take_over: bool,
    ) -> Ending:
        definition = self.machine_of(record)
        note = check_machine(record, definition)
        files = files_of(record, self._files_of(record), directory)
        aws = self.connect(Inputs.of(record).region)
        check_account(aws, record)
        if ask is None:
            approved = answer is not None and answer.approve
            check_probe(record, approved=approved)
            ask = lack_of_files(record, files, approved=approved)
        with self._signals.heard():
            run = Run.load(self.store, record.id, this_process(), self.clock)
            if run.record.final:  # its owner has just ended it
                return self._ended(run.record)
            decision = decided(run.record, answer, self.clock.now()) if answer else None
            driver = Driver(self._process, definition, aws, files, make_reader)
            return driver.drive(run, ask, note, decision, take_over=take_over)

    def _files_of(self, record: Record) -> Callable[[Path], DeployFiles]:
        """What reads the files of an unfinished run, the one with overrides included."""
        inputs = Inputs.of(record)

        def read_again(directory: Path) -> DeployFiles:
            files = self.files(directory, registers=not inputs.task_definition)
            if not inputs.overrides_file:
                return files
            found = self.overrides(Path(inputs.overrides_file), inputs.container, files.containers)
            if found.digest != inputs.overrides_digest:
                message = f"{inputs.overrides_file} does not hold what run {record.id} was begun with."
                raise UsageError(message)
            return replace(files, overrides=found.value, variables=files.variables | found.variables)

        return read_again

    def _undo(self, record: Record, make_reader: MakeReader) -> Ending:
        inputs, facts = Inputs.of(record), Facts.of(record)
        if record.machine == "run":
            message = f"Run {record.id} ran a one-off task to its end: nobody can undo what that did."
            raise UsageError(message)
        if record.machine == "up":
            message = (
                f"Run {record.id} created {facts.service_name}: there is no earlier revision to go back to. "
                f"To delete it: `{deletion(facts.service_arn)}`."
            )
            raise UsageError(message)
        if facts.no_way_back:
            name = facts.baseline.rpartition("/")[2]
            message = (
                f"Run {record.id} deployed {name} anew, which ran before as well: there is no earlier "
                "revision to go back to. Roll another one out with --task-definition-arn."
            )
            raise UsageError(message)
        aws = self.connect(inputs.region)
        check_account(aws, record)
        undo = Inputs(
            cluster=facts.cluster_arn,
            service=facts.service_name,
            region=aws.region,
            of_run=record.id,
            baseline=facts.baseline,
            task_definition=facts.task_definition,
            desired_count=inputs.desired_count,
            before=facts.before,
            durations=inputs.durations,
        )
        return self._begin("rollback", aws, None, undo, make_reader)

    def _ended(self, record: Record) -> Ending:
        return Ending(record, self.machine_of(record), outcome(record).code)


def _from(files: DeployFiles, aws: Aws, inputs: Inputs) -> Inputs:
    """The inputs of a run that these files are for."""
    directory = str(files.directory.resolve())
    return inputs.model_copy(
        update={"region": aws.region, "directory": directory, "files_digest": files.digest}
    )
