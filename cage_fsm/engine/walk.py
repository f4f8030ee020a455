"""Walks every way that a run can take through a machine, for every input, and names what may not be.

A node of the walk is what matters of a run: its state, its direction, what it holds, whether it is doomed
(a verdict fell against it) and whether it was approved.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from cage_fsm.engine.definition import (
    FINAL_DIRECTIONS,
    Definition,
    Direction,
    Edge,
    Resource,
    Situation,
    Trigger,
)

CANARY: frozenset[Resource] = frozenset({"canary_task", "target_registration"})
"""What a canary costs and endangers for as long as it is held."""


class Inputs(NamedTuple):
    """What a user asked for that decides between edges."""

    approval_wanted: bool
    keep_failing: bool

    def __str__(self) -> str:
        wanted = "" if self.approval_wanted else "not "
        return f"approval {wanted}wanted and keep_failing {'on' if self.keep_failing else 'off'}"


class Node(NamedTuple):
    """A run, as far as the proofs are concerned."""

    state: str
    direction: Direction = "untouched"
    held: frozenset[Resource] = frozenset()
    doomed: bool = False
    approved: bool = False


class Hop(NamedTuple):
    """One edge taken from `source`."""

    source: Node
    trigger: Trigger
    target: Node

    def __str__(self) -> str:
        return f"({self.trigger}) {self.target.state}"


@dataclass(frozen=True)
class Fault:
    """What may not be, on which path, and the state and trigger whose edge mends it."""

    message: str
    path: tuple[str, ...] = ()
    state: str | None = None
    trigger: Trigger | None = None


@dataclass(frozen=True)
class Proof:
    """What was walked and which faults were found; a machine may run when there are none."""

    faults: tuple[Fault, ...]
    nodes: int
    hops: int
    paths: int
    inputs: int


class Walk:
    """All nodes and hops reached from `start` under `inputs`, without the done edges of `without`."""

    def __init__(
        self,
        definition: Definition,
        outcomes: Mapping[str, frozenset[Trigger]],
        inputs: Inputs,
        start: Node,
        without: str | None = None,
    ) -> None:
        self.definition, self.outcomes, self.inputs, self.without = definition, outcomes, inputs, without
        self.arrived_by: dict[Node, Hop | None] = {start: None}
        self.hops: list[Hop] = []
        self.dead_ends: list[tuple[Node, Trigger]] = []
        waiting = [start]
        while waiting:
            for hop in self._leave(waiting.pop(0)):
                self.hops.append(hop)
                if hop.target not in self.arrived_by:
                    self.arrived_by[hop.target] = hop
                    waiting.append(hop.target)

    def _leave(self, node: Node) -> Iterator[Hop]:
        for trigger in self._triggers(node):
            edge = self._choose(node, trigger)
            if edge is None:
                self.dead_ends.append((node, trigger))
            else:
                yield Hop(node, trigger, self._take(node, trigger, edge))

    def _triggers(self, node: Node) -> list[Trigger]:
        state = self.definition.state.get(node.state)
        if state is None:
            return []
        possible: set[Trigger] = {"abort"}
        possible |= (self.outcomes[state.does] | {"failed"}) if state.does else {"resumed"}
        if node.direction != "forward":
            possible -= {"service_failed"}
        if node.state == self.without:
            possible -= {"done"}
        return sorted(possible)

    def _choose(self, node: Node, trigger: Trigger) -> Edge | None:
        situation = Situation(
            node.direction, self.inputs.approval_wanted and not node.approved, self.inputs.keep_failing
        )
        edges = self.definition.state[node.state].on.get(trigger, ())
        return next((edge for edge in edges if situation.holds(edge.when)), None)

    def _take(self, node: Node, trigger: Trigger, edge: Edge) -> Node:
        state = self.definition.state[node.state]
        direction = self.definition.direction_after(edge, node.direction)
        return Node(
            edge.to,
            direction,
            self.definition.held_after(node.state, trigger, edge, node.held),
            node.doomed or state.leaves_the_way_forward(trigger) or direction == "back",
            node.approved or trigger == "approved",
        )

    def path(self, node: Node) -> tuple[str, ...]:
        """The shortest way to `node`, as `state` and `-trigger-> state` words."""
        words: list[str] = []
        hop = self.arrived_by[node]
        while hop:
            words.append(str(hop))
            node, hop = hop.source, self.arrived_by[hop.source]
        return (node.state, *reversed(words))

    def count_paths(self, start: Node) -> int:
        """How many ways there are from `start` to an end or a rest, none visiting a situation twice."""
        after: dict[Node, list[Node]] = {}
        for hop in self.hops:
            after.setdefault(hop.source, []).append(hop.target)

        def count(node: Node, behind: frozenset[Node]) -> int:
            state = self.definition.state.get(node.state)
            if state is None or state.rests is not None:
                return 1
            return sum(count(each, behind | {node}) for each in after.get(node, ()) if each not in behind)

        return count(start, frozenset())

    def nodes_that_reach(self, goals: set[Node]) -> set[Node]:
        """Every node with a way to one of `goals`."""
        before: dict[Node, set[Node]] = {}
        for hop in self.hops:
            before.setdefault(hop.target, set()).add(hop.source)
        found, waiting = set(goals), list(goals)
        while waiting:
            for source in before.get(waiting.pop(), set()) - found:
                found.add(source)
                waiting.append(source)
        return found


def prove(
    definition: Definition,
    outcomes: Mapping[str, frozenset[Trigger]],
    start: Node | None = None,
) -> Proof:
    """Walk `definition` for all inputs, from its beginning or from `start`, and collect the faults."""
    whole = start is None
    start = start or Node(definition.initial, definition.state[definition.initial].direction or "untouched")
    walks = [Walk(definition, outcomes, Inputs(*flags), start) for flags in product((False, True), repeat=2)]
    faults = [fault for walk in walks for fault in _faults(walk)]
    if whole:
        faults += [fault for walk in walks for fault in _goal(walk)]
        faults += _unreached(definition, walks)
        faults += _ways_round(definition, outcomes, start)
    unique = {(fault.message, fault.state, fault.trigger): fault for fault in reversed(faults)}
    return Proof(
        tuple(reversed(unique.values())),
        nodes=sum(len(walk.arrived_by) for walk in walks),
        hops=sum(len(walk.hops) for walk in walks),
        paths=sum(walk.count_paths(start) for walk in walks),
        inputs=len(walks),
    )


def _faults(walk: Walk) -> Iterator[Fault]:
    final = {node for node in walk.arrived_by if node.state in walk.definition.final}
    for node in walk.arrived_by:
        for message in _forbidden(walk, node):
            yield _at(walk, node, message)
    for hop in walk.hops:
        for message in _forbidden_hop(walk.definition, hop):
            yield Fault(message, (*walk.path(hop.source), str(hop)), hop.source.state, hop.trigger)
    for trigger in ("done", "failed"):
        yield from _endless(walk, trigger)
    for node in sorted(set(walk.arrived_by) - walk.nodes_that_reach(final)):
        yield _at(walk, node, f"from {node.state} there is no way to a final state.")
    forward = walk.nodes_that_reach({node for node in final if node.state == walk.definition.final[0]})
    for node, trigger in walk.dead_ends:
        if trigger != "abort":
            message = f"{trigger} finds no edge when the direction is {node.direction}."
        elif node in forward and not node.doomed:
            message = f"abort finds no edge, and the run would go on to {walk.definition.final[0]}."
        else:
            continue
        yield Fault(message, walk.path(node), node.state, trigger)


def _forbidden(walk: Walk, node: Node) -> Iterator[str]:
    if node.state in walk.definition.final:
        if node.held:
            yield f"{node.state} is reached while the run still holds {' and '.join(sorted(node.held))}."
        if node.direction != FINAL_DIRECTIONS[node.state]:
            yield (
                f"{node.state} is reached with direction {node.direction}, but it says that the service "
                f"is {FINAL_DIRECTIONS[node.state]}."
            )
        if node.state == "succeeded" and node.doomed:
            yield "succeeded is reached after an abort, a refusal or a failure."
    entered = walk.definition.state.get(node.state)
    if entered and entered.direction == "forward":
        if node.doomed:
            yield f"{node.state} goes forward after an abort, a refusal or a failure."
        if walk.inputs.approval_wanted and not node.approved:
            yield f"{node.state} goes forward without the approval that was asked for."


def _forbidden_hop(definition: Definition, hop: Hop) -> Iterator[str]:
    entered = definition.state.get(hop.target.state)
    changes_forward = any(state.direction == "forward" for state in definition.state.values())
    if entered is None:
        return
    if entered.direction == "back" and changes_forward and "service_change" not in hop.source.held:
        yield f"{hop.target.state} undoes a change of the service, but none was made."
    if entered.direction == "forward" and hop.trigger == "approved":
        yield f"{hop.target.state} follows an approval at once; the canary must be judged afresh."
    if entered.rests is not None:
        tried = set(definition.state[hop.source.state].releases)
        for resource in sorted(hop.target.held & CANARY - tried):
            yield f"{hop.target.state} rests while the run holds {resource}, which nothing tried to release."


def _endless(walk: Walk, trigger: Trigger) -> Iterator[Fault]:
    after = {hop.source: hop.target for hop in walk.hops if hop.trigger == trigger}
    for start in walk.arrived_by:
        seen, node = {start}, after.get(start)
        while node and node not in seen:
            seen.add(node)
            node = after.get(node)
        if node == start:
            message = f"{trigger} leads from {start.state} back to itself; the run would never come to rest."
            yield Fault(message, walk.path(start), start.state, trigger)


def _at(walk: Walk, node: Node, message: str) -> Fault:
    hop = walk.arrived_by[node]
    return Fault(message, walk.path(node), *((hop.source.state, hop.trigger) if hop else (node.state, None)))


def _goal(walk: Walk) -> Iterator[Fault]:
    goal = walk.definition.final[0]
    if not any(node.state == goal for node in walk.arrived_by):
        yield Fault(f"there is no way to {goal} with {walk.inputs}.", state=walk.definition.initial)


def _unreached(definition: Definition, walks: list[Walk]) -> Iterator[Fault]:
    reached = {node.state for walk in walks for node in walk.arrived_by}
    for name in definition.names:
        if name not in reached:
            yield Fault(f"{name} is never reached.", state=name if name in definition.state else None)


def _ways_round(
    definition: Definition, outcomes: Mapping[str, frozenset[Trigger]], start: Node
) -> Iterator[Fault]:
    for gate in definition.gates:
        walk = Walk(definition, outcomes, Inputs(approval_wanted=False, keep_failing=False), start, gate)
        for node in walk.arrived_by:
            if node.direction == "forward":
                yield _at(walk, node, f"{node.state} goes forward without {gate} having said done.")
                break
