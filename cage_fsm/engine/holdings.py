"""What a run can hold in each state, and which way it can be going there, from the machine alone.

No phase is asked: that a phase gives what its state has edges for, and proves what the state releases, is
the business of the proof. So a machine can be drawn that is not proved.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cage_fsm.engine.definition import DIRECTIONS, Definition, Direction, Edge, Resource, Trigger


@dataclass(frozen=True)
class Holding:
    """What every run holds in a state, what only some runs do, and the directions they come with."""

    always: frozenset[Resource]
    sometimes: frozenset[Resource]
    directions: frozenset[Direction]


class _Standing(NamedTuple):
    state: str
    direction: Direction
    held: frozenset[Resource]


def holdings(definition: Definition) -> dict[str, Holding]:
    """The holding of every state that can be reached."""
    found: defaultdict[str, list[_Standing]] = defaultdict(list)
    for standing in _standings(definition):
        found[standing.state].append(standing)
    return {name: _holding(standings) for name, standings in found.items()}


def _holding(standings: list[_Standing]) -> Holding:
    held = [standing.held for standing in standings]
    always = frozenset.intersection(*held)
    directions = frozenset(standing.direction for standing in standings)
    return Holding(always, frozenset.union(*held) - always, directions)


def _standings(definition: Definition) -> list[_Standing]:
    first = definition.state[definition.initial]
    start = _Standing(definition.initial, first.direction or "untouched", frozenset(first.acquires))
    seen, reached = {start}, [start]
    for standing in reached:
        after = set(_leave(definition, standing)) - seen
        seen |= after
        reached += after
    return reached


def _leave(definition: Definition, now: _Standing) -> Iterator[_Standing]:
    state = definition.state.get(now.state)
    for trigger, edges in state.on.items() if state else ():
        for edge in _possible(trigger, edges, now.direction):
            yield _Standing(
                edge.to,
                definition.direction_after(edge, now.direction),
                definition.held_after(now.state, trigger, edge, now.held),
            )


def _possible(trigger: Trigger, edges: tuple[Edge, ...], direction: Direction) -> Iterator[Edge]:
    if trigger == "service_failed" and direction != "forward":
        return  # only a deployment of ours can fail
    for edge in edges:
        if edge.when in DIRECTIONS and edge.when != direction:
            continue
        yield edge
        if edge.when in (None, direction):
            return  # it hides the edges after it
