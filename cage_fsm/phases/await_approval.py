"""awaiting_approval: somebody decides, in another process; the canary stays up meanwhile."""

import hashlib
import json
from datetime import datetime
from typing import ClassVar

from cage_fsm.engine.definition import Trigger
from cage_fsm.engine.durations import words
from cage_fsm.engine.ports import Outcome, Suspended
from cage_fsm.engine.run import Run
from cage_fsm.judge.seen import TaskSeen
from cage_fsm.phases import canary
from cage_fsm.phases.base import Working, outcome_of
from cage_fsm.phases.facts import Asked, Decision, Facts, Inputs, learn
from cage_fsm.phases.ownership import taken

BAKED = ("observing_canary", "done")


class AwaitApproval(Working):
    """An approval holds for what was asked: this revision, these images, this evidence."""

    outcomes: ClassVar[frozenset[Trigger]] = frozenset({"approved"})
    needs: ClassVar[frozenset[str]] = frozenset({"observe_canary"})

    def poll(self, run: Run) -> Outcome | Suspended:
        """Obey a decision, or ask for one. A canary that died meanwhile is not asked about."""
        facts = Facts.of(run.record)
        decision = facts.decision
        if decision and not decision.approved:
            return Outcome("failed", f"Refused by {decision.by}.", _said(decision), cause="refused")
        task = canary.look(self.aws, run)
        alive = canary.judged(run, task, health=True)
        if task is None or alive.says == "fail":
            return outcome_of(alive, "failed")
        if changed := taken(self.aws, facts, "failed"):
            return changed
        asked = _ask(run, task, facts.approval)
        if decision and decision.hash == asked.hash and not _is_over(run, decision.at):
            return Outcome("approved", f"Approved by {decision.by}.", _said(decision))
        if _is_over(run, run.clock.now()):
            return Outcome("failed", _too_late(run, decision), {"rule": "approval_expired"})
        return Suspended(f"{_void(decision, facts.approval, asked)}{_question(run, asked)}")


def _ask(run: Run, task: TaskSeen, known: Asked | None) -> Asked:
    """What is asked now; saved when it was not, or not this. A decision on something else is void."""
    images = {each.name: each.image_digest for each in task.containers}
    baked = [each.seen for each in run.record.evidence if (each.state, each.trigger) == BAKED]
    shown = {**(baked[-1] if baked else {}), **_before_update(run), **_with_it(run)}
    whole = json.dumps([task.task_definition, images, shown], sort_keys=True)
    short = hashlib.sha256(whole.encode()).hexdigest()[:12]
    if known and known.hash == short:
        return known
    asked = Asked(hash=short, at=run.clock.now(), images=images, shown=shown)
    learn(run, approval=asked, decision=None)
    return asked


def _before_update(run: Run) -> dict[str, str]:
    """What runs once it is approved, and cannot be taken back."""
    inputs = Inputs.of(run.record)
    return {"before_update": inputs.one_off} if inputs.command else {}


def _with_it(run: Run) -> dict[str, str]:
    """What else of the service changes with the revision; the values stay in service.json."""
    names = Facts.of(run.record).before.names
    return {"also_changes": ", ".join(names)} if names else {}


def _too_late(run: Run, decision: Decision | None) -> str:
    if decision and run.record.deadline:
        until = f"{run.record.deadline:%Y-%m-%d %H:%M:%S}"
        return f"The approval by {decision.by} came too late: it was possible until {until} UTC."
    return f"Nobody approved within {words(run.record.durations['approval'])}."


def _question(run: Run, asked: Asked) -> str:
    until = f"until {run.record.deadline:%Y-%m-%d %H:%M:%S} UTC " if run.record.deadline else ""
    return f"Waiting {until}for somebody to approve {asked.hash}. The canary stays up and registered."


def _void(decision: Decision | None, before: Asked | None, now: Asked) -> str:
    if decision is None or before is None or before.hash == now.hash:
        return ""
    moved = [
        f"container {name} runs {now.images.get(name, 'nothing')} instead of {digest}"
        for name, digest in before.images.items()
        if now.images.get(name) != digest
    ]
    return f"The approval of {before.hash} by {decision.by} is void: {', '.join(moved)}. "


def _is_over(run: Run, at: datetime) -> bool:
    return run.record.deadline is not None and at >= run.record.deadline


def _said(decision: Decision) -> dict[str, str]:
    return {"by": decision.by, "at": decision.at.isoformat(), "hash": decision.hash}
