"""Words for people: what a state does, what an end means, what to type next."""

import shlex
from collections.abc import Mapping, Sequence

from cage_fsm.engine.ports import Cause
from cage_fsm.engine.record import OutcomeWord, Record, outcome
from cage_fsm.judge.by_hand import deletion
from cage_fsm.report.text import clean

DOING: Mapping[str, str] = {
    "validating": "checking the service and the files",
    "registering": "registering the task definition",
    "launching_canary": "waiting for the canary to run",
    "checking_containers": "waiting for the canary's containers to be healthy",
    "checking_targets": "waiting for the canary to be healthy in every target group",
    "observing_canary": "watching the canary",
    "awaiting_approval": "waiting for somebody to approve the canary",
    "launching_task": "starting the one-off task",
    "running_task": "waiting for the one-off task to end",
    "stopping_task": "stopping the one-off task",
    "creating_service": "creating the service",
    "updating_service": "updating the service",
    "detaching_canary": "taking the canary out of its target groups",
    "stopping_canary": "stopping the canary",
    "stabilizing_service": "waiting for the service's deployment to complete",
    "deleting_service": "deleting the service",
    "rolling_back": "sending the service back to the revision it ran before",
    "restoring_service": "waiting for the service to run its earlier revision again",
    "needs_operator": "waiting for an operator",
    "succeeded": "done",
    "completed": "done",
    "aborted": "ended, with the service untouched",
    "rolled_back": "ended, with nothing of this run in effect",
    "left_failing": "ended, with the failing revision left in the service",
}

SENTENCES: Mapping[OutcomeWord, str] = {
    "running": "A process drives the run, as far as its record tells.",
    "suspended": "The run is unfinished, and no process drives it.",
    "succeeded": "The service runs the new revision, and no canary is left.",
    "failed": "The service is as it was before this run, and no canary is left.",
    "refused": "It was refused. The service is as it was before this run, and no canary of it is left.",
    "interrupted": "It was interrupted. The service is as it was before this run, and no canary is left.",
    "rolled_back": "The service is as it was before the update, and no canary is left.",
    "left_failing": "The service keeps the failing revision; no canary is left.",
    "needs_operator": "Something could not be proved released or restored: somebody must look.",
}

OF_A_TASK: Mapping[OutcomeWord, str] = {
    "succeeded": "The container ended with exit code 0.",
    "failed": "The one-off task did not do what it was for, and does not run.",
    "refused": "It was refused. No one-off task was started.",
    "interrupted": "It was interrupted, and the one-off task does not run.",
    "rolled_back": "The one-off task was stopped, or never started.",
}
"""Where an outcome means something else of the machine run."""

OF_A_CREATION: Mapping[OutcomeWord, str] = {
    "succeeded": "The service was created, and runs.",
    "failed": "No service was created.",
    "refused": "It was refused. No service was created.",
    "interrupted": "It was interrupted. No service was created.",
    "rolled_back": "No service is left that is proved to be this run's.",
    "left_failing": "The service was created, its deployment failed, and it is left to be looked at.",
}
"""Where it does of the machine up."""

_OF: Mapping[str, Mapping[OutcomeWord, str]] = {"run": OF_A_TASK, "up": OF_A_CREATION}

_ENDED: Mapping[Cause | None, str] = {
    "held": "nothing here; first end the run that holds the service",
    "interrupted": "nothing; the run is over, start again when you like",
    "rollback": "nothing; the run is over",
}


def doing(state: str) -> str:
    """What a run does in `state`."""
    return DOING.get(state, state.replace("_", " "))


def sentence(word: str, machine: str = "") -> str:
    """What an outcome means, of a run of this machine; empty for an unknown word."""
    meanings = {**SENTENCES, **_OF.get(machine, {})}
    return meanings.get(word, "")  # type: ignore[call-overload, no-any-return]


def type_next(record: Record, flags: Sequence[str] = ()) -> str:
    """What to type next, or that there is nothing. `flags` (--store, --region) go on every command."""
    if record.final:
        return _after_the_end(record, flags)
    resume = _command("resume", record, flags)
    if outcome(record).outcome == "running":
        return f"{_command('watch', record, flags)} to follow its process, or {resume} if that one is dead"
    if record.state == "needs_operator":
        return f"{resume} once the cause is mended; it tries again"
    if record.state == "awaiting_approval":
        approve = f"--approve={found}" if (found := asked_hash(record)) else "--approve"
        return f"{resume} {approve}, or {resume} --refuse"
    if record.machine == "rollback" or record.direction == "back":
        return resume
    return f"{resume} to go on, or {_command('rollback', record, flags)} to go back"


def asked_hash(record: Record) -> str | None:
    """The hash of what somebody is asked to approve; None while nothing is asked."""
    asked = record.facts.get("approval")
    return clean(asked.get("hash")) if isinstance(asked, dict) else None


def _after_the_end(record: Record, flags: Sequence[str]) -> str:
    if record.machine == "up" and record.state in ("succeeded", "left_failing"):
        return _after_a_creation(record, flags)
    rollback = _command("rollback", record, flags)
    if record.state == "succeeded":
        return f"nothing ({rollback} would undo it)"
    if record.state == "left_failing":
        return f"{rollback}, or roll out a mended revision"
    if record.state == "completed" or (record.machine == "rollback" and record.state == "rolled_back"):
        return "nothing; the run is over"
    return _ENDED.get(record.cause, "nothing; the run is over. Mend the cause and start again")


def _after_a_creation(record: Record, flags: Sequence[str]) -> str:
    if record.state == "succeeded":
        return "nothing; the run is over"
    arn, directory = record.facts.get("service_arn"), record.inputs.get("directory")
    names = [
        word for name in ("cluster", "service") for word in (f"--{name}", clean(record.inputs.get(name)))
    ]
    mended = shlex.join(("cage-fsm", "rollout", clean(directory or "DIR"), *names, *flags))
    return f"{clean(deletion(str(arn)))} to delete it, or {mended} with a mended revision"


def _command(verb: str, record: Record, flags: Sequence[str]) -> str:
    return shlex.join(("cage-fsm", verb, record.id, *flags))
