"""What a resume needs beside the record: a machine that can still finish it, and the deploy files."""

import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

from cage_fsm.aws.clients import Aws
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.definition import Definition
from cage_fsm.engine.ports import Outcome, Suspend
from cage_fsm.engine.record import Record
from cage_fsm.engine.verify import still_holds
from cage_fsm.engine.walk import Node
from cage_fsm.phases.facts import Facts, Inputs
from cage_fsm.phases.registry import PROMISES
from cage_fsm.phases.revision import missing_files
from cage_fsm.usage import UsageError


def check_machine(record: Record, definition: Definition) -> str | None:
    """Prove that `definition` can finish a run that another version of it began.

    Returns what to say of it; None for a run of this very machine. Raises UsageError.
    """
    if record.digest == definition.digest:
        return None
    start = Node(
        record.state,
        record.direction,
        frozenset(record.held),
        doomed=record.cause is not None,
        approved=record.approved,
        task_ran=record.task_ran,
    )
    if faults := still_holds(definition, PROMISES, start):
        message = (
            f"Run {record.id} was begun with another version of the machine {record.machine}, and this one "
            f"cannot finish it safely: {faults[0]} {_by_hand(record)}"
        )
        raise UsageError(message)
    return (
        f"This run was begun with another version of the machine {record.machine}; the proofs hold from "
        f"{record.state} on, so it goes on with the installed one"
    )


def check_account(aws: Aws, record: Record) -> None:
    """Refuse to look for a run's things in another account, where none of them is. Raises UsageError."""
    facts = Facts.of(record)
    arn = facts.service_arn or facts.cluster_arn
    if not arn:
        return
    try:
        account, wanted = aws.sts.account(), arn.split(":")[4]
    except Suspend as error:
        raise UsageError(str(error)) from error
    if account and account != wanted:
        message = f"These credentials are of account {account}; run {record.id} is about {arn}."
        raise UsageError(message)


def check_probe(record: Record, *, approved: bool) -> None:
    """Refuse to go on to a probe that this machine does not have. Raises UsageError.

    A run that waits for an approval goes on once it is `approved`.
    """
    command = shlex.split(Inputs.of(record).probe or "")
    goes_on = approved or record.state != "awaiting_approval"
    is_ahead = goes_on and record.direction == "untouched" and record.cause is None
    if command and is_ahead and shutil.which(command[0]) is None:
        message = (
            f"The probe of run {record.id} cannot be run here: there is no {command[0]}. Go on where it is, "
            f"or undo the run with `cage-fsm rollback {record.id}`."
        )
        raise UsageError(message)


def files_of(
    record: Record, read: Callable[[Path], DeployFiles], directory: Path | None
) -> DeployFiles | None:
    """The deploy files of an unfinished run, needed until all that it takes from them is on AWS.

    Without `directory` they are looked for where the run was begun; None when they are not there as they
    were. Raises UsageError when `directory` does not hold them.
    """
    inputs, facts = Inputs.of(record), Facts.of(record)
    if not _needs_files(record, inputs, facts):
        return None
    if directory is None:
        return _unchanged(inputs, read)
    files = read(directory)
    if files.digest != inputs.files_digest:
        message = f"The files in {directory} do not render to what run {record.id} was begun with."
        raise UsageError(message)
    return files


def lack_of_files(record: Record, files: DeployFiles | None, *, approved: bool) -> Outcome | None:
    """What to ask of a run that has a canary and could never update the service: to give it up.

    None while that does not matter. Raises UsageError for one that was to be `approved`.
    """
    waits = record.state == "awaiting_approval"
    is_ahead = record.direction == "untouched" and record.cause is None and record.held
    if files or not is_ahead or not Facts.of(record).before.of_files or (waits and not approved):
        return None
    reason = missing_files(record)
    if waits:
        raise UsageError(reason)
    return Outcome("abort", reason, cause="refused")


def _needs_files(record: Record, inputs: Inputs, facts: Facts) -> bool:
    if record.machine == "run":
        return not facts.one_off_task
    if record.machine == "up":
        return not facts.created and record.direction != "back"
    registered = facts.task_definition or inputs.task_definition
    updated = facts.updated or not inputs.update_service
    return record.machine == "rollout" and not (registered and updated)


def _unchanged(inputs: Inputs, read: Callable[[Path], DeployFiles]) -> DeployFiles | None:
    try:
        files = read(Path(inputs.directory or ""))
    except UsageError:
        return None
    return files if files.digest == inputs.files_digest else None


def _by_hand(record: Record) -> str:
    facts = Facts.of(record)
    commands = [
        f"aws elbv2 deregister-targets --target-group-arn {each.group_arn} "
        f"--targets Id={each.id},Port={each.port}"
        for each in facts.targets
    ]
    commands += [
        f"aws ecs stop-task --cluster {facts.cluster_arn} --task {task}"
        for task in (facts.task_arn, facts.one_off_task)
        if task
    ]
    if not commands:
        return "No task of it is known."
    return "Use the version that began it, or release by hand what it has started: " + "; ".join(commands)
