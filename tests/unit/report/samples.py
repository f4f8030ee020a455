"""Records and events as a run leaves them, made by short stories."""

import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import JsonValue

from cage_fsm.engine.definition import Definition, Direction, Edge, Situation, Trigger
from cage_fsm.engine.ports import Cause, Event
from cage_fsm.engine.record import Evidence, Record, Step

STATES = Path(__file__).parents[3] / "states"
START = datetime(2026, 11, 23, 4, 10, 16, tzinfo=UTC)
ID = "20261123-041016-abc123"

FACTS: dict[str, JsonValue] = {
    "service_arn": "arn:aws:ecs:eu-west-1:123456789012:service/prod/web",
    "cluster_arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/prod",
    "service_name": "web",
    "cluster_name": "prod",
    "region": "eu-west-1",
    "baseline": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:2",
    "task_definition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:3",
}

PULL_ERROR = "CannotPullContainerError: [/v2/app/manifests/v3] not found"


def definition(machine: str = "rollout") -> Definition:
    return Definition.model_validate(tomllib.loads((STATES / f"{machine}.toml").read_text("utf-8")))


def well(times: int) -> list[Trigger]:
    """So many states in which all went well."""
    return ["done"] * times


def record(
    *story: Trigger | tuple[Trigger, str],
    machine: str = "rollout",
    facts: dict[str, JsonValue] | None = None,
    cause: Cause | None = None,
    seconds: float = 10,
    evidence: Sequence[Evidence] = (),
    inputs: dict[str, JsonValue] | None = None,
) -> Record:
    """The record after the triggers of `story`, each fired `seconds` after the one before."""
    rules = definition(machine)
    direction: Direction = "untouched"
    state, at, history = rules.initial, START, []
    for told in story:
        trigger, reason = (told, "") if isinstance(told, str) else told
        at += timedelta(seconds=seconds)
        edge = _edge(rules, state, trigger, direction)
        history.append(Step(at=at, source=state, trigger=trigger, to=edge.to, reason=reason))
        state, direction = edge.to, rules.direction_after(edge, direction)
    return Record(
        id=ID,
        machine=machine,
        digest=rules.digest,
        state=state,
        direction=direction,
        deadline=None if state not in rules.state else at + timedelta(minutes=5),
        facts=FACTS if facts is None else facts,
        inputs=inputs or {},
        history=tuple(history),
        evidence=tuple(evidence),
        cause=cause,
        created_at=START,
        updated_at=at,
    )


def _edge(rules: Definition, state: str, trigger: Trigger, direction: Direction) -> Edge:
    now = Situation(direction, approval_pending=False, keep_failing=False)
    return next(edge for edge in rules.state[state].on[trigger] if now.holds(edge.when))


def seen(words: str, after: float = 0, state: str = "launching_canary") -> Event:
    return Event(START + timedelta(seconds=after), "seen", state, words)


LAUNCH_FAILED = record(
    "done",
    "done",
    ("failed", f"The canary stopped: {PULL_ERROR}"),
    ("done", "nothing was registered"),
    ("done", "the task is STOPPED"),
    cause="failed",
    evidence=[
        Evidence(
            at=START + timedelta(seconds=30),
            state="launching_canary",
            trigger="failed",
            reason=f"The canary stopped: {PULL_ERROR}",
            seen={"stopCode": "TaskFailedToStart", "containers": [{"name": "app", "exitCode": None}]},
        )
    ],
)

ROLLED_BACK = record(
    *well(9),
    ("failed", "The deployment failed: tasks failed to start."),
    *well(4),
    cause="failed",
)
