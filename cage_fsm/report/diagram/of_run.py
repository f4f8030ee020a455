"""What a run lies over its machine: the path it took, and when it was in each state for how long."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

from cage_fsm.engine.definition import Definition, Edge
from cage_fsm.engine.durations import words
from cage_fsm.engine.record import Record, Step, outcome
from cage_fsm.report.diagram.scene import Drawn, Mark, Overlay
from cage_fsm.report.path import Visit, been
from cage_fsm.report.text import utc

_DIGITS = 12


def run_overlay(definition: Definition, record: Record, now: datetime) -> Overlay:
    """The path of `record`. States and edges that the machine does not have any more are on it as well."""
    visits: defaultdict[str, list[Visit]] = defaultdict(list)
    for visit in been(record):
        visits[visit.state].append(visit)
    marks: dict[str, Mark] = dict.fromkeys(visits, "taken")
    if not record.final:
        marks[record.state] = "present"
    return Overlay(
        caption=tuple(_caption(definition, record)),
        marks=marks,
        remarks={name: tuple(_times(record, found, now)) for name, found in visits.items()},
        edges=tuple(dict.fromkeys(_edge(definition, step) for step in record.history)),
    )


def _edge(definition: Definition, step: Step) -> Drawn:
    state = definition.state.get(step.source)
    edges = state.on.get(step.trigger, ()) if state else ()
    taken = next((edge for edge in edges if edge.to == step.to), Edge(to=step.to))
    return Drawn(step.source, step.trigger, taken, "taken")


def _times(record: Record, visits: list[Visit], now: datetime) -> Iterator[str]:
    last = visits[-1]
    if last.entered is None:
        return
    entered = f"{last.entered.astimezone(UTC):%H:%M:%S}"
    lasted = sum(((visit.left or now) - visit.entered).total_seconds() for visit in visits if visit.entered)
    if record.final and last.left is None:
        yield f"ended at {entered}"
    elif last.left is None:
        yield f"here since {entered}, for {words(lasted)}"
    elif len(visits) == 1:
        yield f"at {entered} for {words(lasted)}"
    else:
        yield f"{len(visits)} times, for {words(lasted)} in all, last at {entered}"


def _caption(definition: Definition, record: Record) -> Iterator[str]:
    result = outcome(record)
    yield (
        f"Run {record.id}: {result.outcome}, exit code {result.code}. "
        f"Began {utc(record.created_at)}, last saved {utc(record.updated_at)}; times are UTC."
    )
    if record.digest == definition.digest:
        return
    yield (
        f"It was begun with another version of the machine (digest {record.digest[:_DIGITS]}) than the one "
        f"drawn ({definition.digest[:_DIGITS]})."
    )
    there = {record.state, *(step.source for step in record.history)}
    if gone := sorted(there - set(definition.names)):
        yield f"Not in the one drawn: {', '.join(gone)}."
