"""What else is to be seen when a verdict goes against the rollout, and only then: later it may be gone.

ECS forgets a stopped task after an hour. Everything here is best effort: one attempt per call, and the first
call without an answer ends the asking, because the release of the canary waits meanwhile.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import JsonValue

from cage_fsm.engine.ports import Outcome, Retryable, Suspend
from cage_fsm.engine.run import Run
from cage_fsm.judge.seen import TaskSeen
from cage_fsm.judge.task import describe
from cage_fsm.phases.base import Working
from cage_fsm.phases.facts import Facts, Inputs
from cage_fsm.phases.last_words import WIDEST, failed_container, last_words
from cage_fsm.redaction import without_secrets

Answer = TypeVar("Answer")
Found = dict[str, JsonValue]

MOST_TASKS = 3
MOST_EVENTS = 5

# ECS developer guide, "Service event messages": those that report nothing bad.
_QUIET = re.compile(
    r"has (?:started|stopped) \d+|has begun draining|(?:de)?registered \d+ targets?|deployment completed"
    r"|steady state|were stopped"
)


class AboutTheCanary(Working):
    """A phase that judges the canary."""

    def explain(self, run: Run, verdict: Outcome) -> Outcome:
        """Add the canary's containers, what the failing one wrote last, and bad service events."""
        facts, asking = Facts.of(run.record), _Asking()
        if not facts.task_arn:
            return verdict
        task = asking.ask(lambda: self.aws.ecs.task(facts.cluster_arn, facts.task_arn))
        found: Found = dict(describe(task)) if task else {}
        served = facts.groups[0].container if facts.groups else ""
        found |= _log(self, facts, asking, [task] if task else [], served)
        found["events"] = asking.ask(lambda: _events(self, run, facts))
        return _with(verdict, found, asking)


class AboutTheTask(Working):
    """A phase that judges a one-off task."""

    def explain(self, run: Run, verdict: Outcome) -> Outcome:
        """Add the containers of the task, and what the failing one wrote last."""
        facts, asking = Facts.of(run.record), _Asking()
        if not facts.one_off_task:
            return verdict
        task = asking.ask(lambda: self.aws.ecs.task(facts.cluster_arn, facts.one_off_task))
        found: Found = {"containers": describe(task)["containers"]} if task else {}
        found |= _log(self, facts, asking, [task] if task else [], Inputs.of(run.record).container)
        return _with(verdict, found, asking)


class AboutTheService(Working):
    """A phase that judges our deployment."""

    def explain(self, run: Run, verdict: Outcome) -> Outcome:
        """Add the tasks of our revision that stopped, what one of them wrote last, and service events."""
        facts, asking = Facts.of(run.record), _Asking()
        failed = asking.ask(lambda: _failed(self, run, facts)) or []
        found: Found = {"stopped_tasks": [_in_a_line(task) for task in failed]}
        found["events"] = asking.ask(lambda: _events(self, run, facts))
        served = facts.groups[0].container if facts.groups else ""
        found |= _log(self, facts, asking, failed, served)
        return _with(verdict, found, asking)


class _Asking:
    """Asks as long as there are answers."""

    def __init__(self) -> None:
        self.unanswered = ""

    def ask(self, question: Callable[[], Answer]) -> Answer | None:
        if self.unanswered:
            return None
        try:
            return question()
        except (Retryable, Suspend) as error:
            self.unanswered = str(error)[:WIDEST]
        except Exception:  # noqa: BLE001, S110 - evidence must not stand in the way of what follows
            pass
        return None


def _with(verdict: Outcome, found: Mapping[str, JsonValue], asking: _Asking) -> Outcome:
    """The verdict with what was found besides; what it was judged on stays as it was."""
    more = {**found, "not_answered": asking.unanswered}
    new = {
        name: without_secrets(value) for name, value in more.items() if value and name not in verdict.evidence
    }
    return replace(verdict, evidence={**verdict.evidence, **new})


def _failed(phase: Working, run: Run, facts: Facts) -> list[TaskSeen]:
    """The last tasks of our revision that stopped by themselves or had to be, the newest first."""
    ours = [
        task
        for task in phase.aws.ecs.service_tasks(facts.cluster_arn, facts.service_name, "STOPPED")
        if task.task_definition == facts.task_definition
        and not task.stopped_reason.startswith("Scaling activity")
        and not _is_from_before(task, run)
    ]
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(ours, key=lambda task: task.stopped_at or never, reverse=True)[:MOST_TASKS]


def _is_from_before(task: TaskSeen, run: Run) -> bool:
    """Whether a task of a revision that was there before the run is not of this run."""
    was_there, at = Inputs.of(run.record).task_definition, task.stopped_at
    return bool(was_there and at and at < run.record.created_at)


def _in_a_line(task: TaskSeen) -> str:
    why = ": ".join(filter(None, (task.stop_code, task.stopped_reason)))
    containers = describe(task)["containers"]
    parts = [why, *map(str, containers if isinstance(containers, list) else ())]
    return f"{task.arn.rpartition('/')[2][:8]}: {'; '.join(filter(None, parts))}"[: 2 * WIDEST]


def _log(phase: Working, facts: Facts, asking: _Asking, tasks: Sequence[TaskSeen], served: str) -> Found:
    """What was written last by the container that failed, of the first task in which one ran.

    `served` is the one that the tasks are there for.
    """
    for task in tasks:
        if container := failed_container(task, served, facts.essential):
            definition = asking.ask(lambda: phase.aws.ecs.task_definition(facts.task_definition))
            if definition is None:
                return {}
            words = asking.ask(lambda: last_words(phase.aws, task.arn, container, definition))  # noqa: B023
            return {"log": words} if words else {}
    return {}


def _events(phase: Working, run: Run, facts: Facts) -> list[JsonValue]:
    """The newest service events since the run began that report something bad, the newest first."""
    service = phase.aws.ecs.service(facts.cluster_arn, facts.service_name) or {}
    new = [each for each in service.get("events", []) if _is_new(each, run.record.created_at)]
    bad = [each["message"][:WIDEST] for each in new if not _QUIET.search(each["message"])]
    return bad[:MOST_EVENTS]


def _is_new(event: Mapping[str, Any], since: datetime) -> bool:
    at = event.get("createdAt")
    return isinstance(at, datetime) and at >= since
