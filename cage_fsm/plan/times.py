"""The states on the way to the goal, with the times that they are expected to take."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from statistics import median
from typing import Any

from cage_fsm.aws.elbv2 import TargetGroup
from cage_fsm.engine.definition import Definition, Duration
from cage_fsm.engine.record import Record
from cage_fsm.judge.seen import TaskSeen
from cage_fsm.phases.facts import Facts, Inputs
from cage_fsm.phases.revision import containers
from cage_fsm.phases.validate import DEFAULTS
from cage_fsm.plan.shapes import Expected
from cage_fsm.report.path import way

Json = Mapping[str, Any]

RUNS = 50
"""So many of the newest runs of the store are looked at."""

MOMENT = 2.0
"""Seconds that a state takes which only makes a few calls."""

STOPS_AFTER = 30.0
"""Seconds between SIGTERM and SIGKILL (API reference, StopTask)."""


def expected(definition: Definition, record: Record, known: Mapping[str, Expected]) -> list[Expected]:
    """The states that `record`, of a run that would begin now, would go through."""
    states = [each.state for each in way(definition, record) if each.state not in definition.final]
    return [known.get(each, Expected(each, None, "unknown")) for each in states]


def from_history(records: Iterable[Record], service_arn: str, inputs: Inputs) -> dict[str, Expected]:
    """What each state took in the runs of this service that succeeded: the median.

    Of the bake the time that was asked for then is taken off, and that which is asked for now is added.
    """
    found: dict[str, list[float]] = {}
    for record in records:
        if record.state == "succeeded" and Facts.of(record).service_arn == service_arn:
            for state, seconds in _lasted(record):
                found.setdefault(state, []).append(seconds)
    times = {state: median(each) for state, each in found.items()}
    if "observing_canary" in times:
        times["observing_canary"] += _limit(inputs, "bake")
    return {state: Expected(state, seconds, "earlier runs") for state, seconds in times.items()}


def from_settings(
    definition: Json, groups: Sequence[TargetGroup], drain: float, inputs: Inputs
) -> dict[str, Expected]:
    """What health checks, drain and bake take by themselves, and calls."""
    rhythm = [each.interval_seconds * each.healthy_threshold for each in groups]
    checks = [each.interval for each in containers(definition) if each.checked]
    times = {
        **dict.fromkeys(("validating", "registering", "updating_service"), MOMENT),
        "checking_containers": max(checks, default=0.0),
        "checking_targets": float(max(rhythm, default=0)),
        "observing_canary": _limit(inputs, "bake"),
        "detaching_canary": drain,
        "stopping_canary": STOPS_AFTER,
    }
    return {state: Expected(state, seconds, "settings") for state, seconds in times.items()}


def from_tasks(tasks: Iterable[TaskSeen]) -> dict[str, Expected]:
    """How long the tasks that run took to start: the median."""
    took = [
        _seconds(each.started_at - each.created_at) for each in tasks if each.created_at and each.started_at
    ]
    state = "launching_canary"
    return {state: Expected(state, median(took), "running tasks")} if took else {}


def of_deployment(known: Mapping[str, Expected]) -> dict[str, Expected]:
    """What is left of the service's deployment once the canary is released: its tasks need what it needed."""
    names = ("launching_canary", "checking_containers", "checking_targets", "stopping_canary")
    *needs, stopping = (known[each].seconds if each in known else None for each in names)
    if stopping is None or None in needs:
        return {}
    left = max(sum(each or 0.0 for each in needs) - stopping, 0.0)  # the drains are side by side
    state = "stabilizing_service"
    return {state: Expected(state, left, known["launching_canary"].source)}


def _lasted(record: Record) -> Iterator[tuple[str, float]]:
    """The seconds that a run spent in each state, each time that it was in it."""
    entered = record.created_at
    for step in record.history:
        seconds = _seconds(step.at - entered)
        if step.source == "observing_canary":
            seconds = max(seconds - record.durations.get("bake", DEFAULTS["bake"]), 0.0)
        yield step.source, seconds
        entered = step.at


def _limit(inputs: Inputs, name: Duration) -> float:
    return inputs.durations.get(name, DEFAULTS[name])


def _seconds(length: timedelta) -> float:
    return length / timedelta(seconds=1)
