"""What somebody answers to a run that asks for an approval."""

import platform
from dataclasses import dataclass
from datetime import datetime

from cage_fsm.engine.owner import is_alive, this_user
from cage_fsm.engine.ports import StoreDown
from cage_fsm.engine.record import Record
from cage_fsm.engine.run import Run
from cage_fsm.engine.taking import StillDriven
from cage_fsm.phases.facts import Asked, Decision, Facts, learn
from cage_fsm.usage import UsageError


@dataclass(frozen=True)
class Answer:
    """Yes or no; to the question with this hash, or to whatever is asked now."""

    approve: bool
    hash: str | None = None


def check_answer(record: Record, answer: Answer) -> Asked:
    """The question that `answer` is for. Raises UsageError, or StillDriven while a process drives the run."""
    asked = Facts.of(record).approval
    if record.state != "awaiting_approval" or asked is None:
        if record.owner and is_alive(record.owner):
            raise StillDriven.by(record.owner, record.id)
        message = f"Run {record.id} is {record.state} and asks for no approval. Nothing was done."
        raise UsageError(message)
    refused = Facts.of(record).decision
    if refused and not refused.approved:
        message = (
            f"Run {record.id} was refused by {refused.by}; `cage-fsm resume {record.id}` releases its canary."
        )
        raise UsageError(message)
    if answer.hash not in (None, asked.hash):
        message = f"Run {record.id} asks to approve {asked.hash} now, not {answer.hash}. Nothing was done."
        raise UsageError(message)
    return asked


def decided(record: Record, answer: Answer, now: datetime) -> Decision:
    """The decision to be recorded. Raises what `check_answer` raises."""
    asked = check_answer(record, answer)
    return Decision(approved=answer.approve, hash=asked.hash, by=f"{this_user()}@{platform.node()}", at=now)


def keep(run: Run, decision: Decision) -> None:
    """Save a decision. Raises StoreDown when the store does not confirm it twice, or Superseded."""
    try:
        learn(run, decision=decision)
    except StoreDown:  # only its answer may be lost: look, and save it again if it does not hold
        run.reload()
        learn(run, decision=decision)
