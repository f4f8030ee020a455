"""The way of a run through its machine: where it was, where it is, what is to come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cage_fsm.engine.definition import TASK_STATE, Definition, Edge, Situation
from cage_fsm.engine.record import Record, Step, situation

Status = Literal["done", "failed", "current", "to_come"]

LEFT_BADLY = frozenset({"failed", "refused", "service_failed", "abort"})
"""The triggers after which a state is shown as one that did not do what it is for."""


@dataclass(frozen=True)
class Visit:
    """One state on the way; the times are those at which it was entered and left."""

    state: str
    status: Status
    entered: datetime | None = None
    left: datetime | None = None
    reason: str = ""


def happy_path(definition: Definition) -> tuple[str, ...]:
    """The states from the initial one to the goal when everything goes well and nobody need approve."""
    return (definition.initial, *ahead(definition, definition.initial, _start(definition)))


def ahead(definition: Definition, state: str, now: Situation) -> Iterator[str]:
    """The states after `state` when from now on everything goes well, as far as that is known."""
    known = set()
    while (state, now) not in known and (edge := _good_edge(definition, state, now)):
        known.add((state, now))
        now = now._replace(
            direction=definition.direction_after(edge, now.direction),
            approval_pending=now.approval_pending and state != "awaiting_approval",
            task_pending=now.task_pending and state != TASK_STATE,
        )
        state = edge.to
        yield state


def way(definition: Definition, record: Record) -> list[Visit]:
    """Every state that `record` was in, the one it is in, and those to come."""
    visits = been(record)
    if not record.final:
        visits += [Visit(state, "to_come") for state in ahead(definition, record.state, situation(record))]
    return visits


def been(record: Record) -> list[Visit]:
    """Every state that `record` was in, and the one it is in."""
    return [*_behind(record), _here(record)]


def _start(definition: Definition) -> Situation:
    first = definition.state[definition.initial]
    return Situation(first.direction or "untouched", approval_pending=False, keep_failing=False)


def _good_edge(definition: Definition, name: str, now: Situation) -> Edge | None:
    state = definition.state.get(name)
    if state is None:
        return None
    edges = state.on.get("done") or state.on.get("approved") or ()
    return next((edge for edge in edges if now.holds(edge.when)), None)


def _behind(record: Record) -> Iterator[Visit]:
    entered = record.created_at
    for step in record.history:
        yield Visit(step.source, _status(step), entered, step.at, step.reason)
        entered = step.at


def _status(step: Step) -> Status:
    return "failed" if step.trigger in LEFT_BADLY else "done"


def _here(record: Record) -> Visit:
    if not record.final:
        return Visit(record.state, "current", record.entered_at)
    undone = record.machine == "rollback" and record.state == "rolled_back"
    good = undone or record.state in ("succeeded", "completed")
    return Visit(record.state, "done" if good else "failed", record.entered_at)
