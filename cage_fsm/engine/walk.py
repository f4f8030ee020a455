"""Walks every way that a run can take through a machine with given inputs.

A node of the walk is what matters of a run: its state, its direction, what it holds, whether it is doomed
(a verdict fell against it), whether it was approved, and whether its one-off task has run. What may not be
found there is in `proofs.py`.
"""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from cage_fsm.engine.definition import (
    TASK_STATE,
    Definition,
    Direction,
    Edge,
    Promise,
    Resource,
    Situation,
    Trigger,
)

ASKED: frozenset[Trigger] = frozenset({"abort", "resumed"})
"""What only a person fires: no run goes round by these alone."""


class Inputs(NamedTuple):
    """What a user asked for that decides between edges."""

    approval_wanted: bool
    keep_failing: bool
    task_wanted: bool = False

    def __str__(self) -> str:
        approval, task = ("" if each else "not " for each in (self.approval_wanted, self.task_wanted))
        keep = "on" if self.keep_failing else "off"
        return f"approval {approval}wanted, a one-off task {task}wanted and keep_failing {keep}"


class Node(NamedTuple):
    """A run, as far as the proofs are concerned."""

    state: str
    direction: Direction = "untouched"
    held: frozenset[Resource] = frozenset()
    doomed: bool = False
    approved: bool = False
    task_ran: bool = False


class Hop(NamedTuple):
    """One edge taken from `source`."""

    source: Node
    trigger: Trigger
    edge: Edge
    target: Node

    def __str__(self) -> str:
        return f"({self.trigger}) {self.target.state}"


class Walk:
    """All nodes and hops reached from `start` under `inputs`, without the done edges of `without`."""

    def __init__(
        self,
        definition: Definition,
        promises: Mapping[str, Promise],
        inputs: Inputs,
        start: Node,
        without: frozenset[str] = frozenset(),
    ) -> None:
        self.definition, self.promises, self.inputs, self.without = definition, promises, inputs, without
        self.start = start
        self.arrived_by: dict[Node, Hop | None] = {start: None}
        self.hops: list[Hop] = []
        self.dead_ends: list[tuple[Node, Trigger]] = []
        waiting = [start]
        for node in waiting:
            for hop in self._leave(node):
                self.hops.append(hop)
                if hop.target not in self.arrived_by:
                    self.arrived_by[hop.target] = hop
                    waiting.append(hop.target)

    def promise(self, name: str) -> Promise | None:
        """What the phase of the state `name` promises; None where nothing is done."""
        state = self.definition.state.get(name)
        return self.promises[state.does] if state and state.does else None

    def _leave(self, node: Node) -> Iterator[Hop]:
        situation = self._situation(node)
        for trigger in self._triggers(node):
            edges = self.definition.state[node.state].on.get(trigger, ())
            edge = next((edge for edge in edges if situation.holds(edge.when)), None)
            if edge is None:
                self.dead_ends.append((node, trigger))
            else:
                yield Hop(node, trigger, edge, self._take(node, trigger, edge))

    def _triggers(self, node: Node) -> list[Trigger]:
        if node.state not in self.definition.state:
            return []
        promise = self.promise(node.state)
        possible: set[Trigger] = {"abort"}
        possible |= (promise.outcomes | {"failed"}) if promise else {"resumed"}
        if node.direction != "forward":
            possible -= {"service_failed"}
        if node.state in self.without:
            possible -= {"done"}
        return sorted(possible)

    def _situation(self, node: Node) -> Situation:
        return Situation(
            node.direction,
            approval_pending=self.inputs.approval_wanted and not node.approved,
            keep_failing=self.inputs.keep_failing,
            task_pending=self.inputs.task_wanted and not node.task_ran,
        )

    def _take(self, node: Node, trigger: Trigger, edge: Edge) -> Node:
        state = self.definition.state[node.state]
        direction = self.definition.direction_after(edge, node.direction)
        return Node(
            edge.to,
            direction,
            self.definition.held_after(node.state, trigger, edge, node.held),
            node.doomed or state.leaves_the_way_forward(trigger) or direction == "back",
            node.approved or trigger == "approved",
            node.task_ran or (node.state, trigger) == (TASK_STATE, "done"),
        )

    def path(self, node: Node) -> tuple[str, ...]:
        """The shortest way to `node`: the state where it begins, then `(trigger) state` for each hop."""
        words: list[str] = []
        hop = self.arrived_by[node]
        while hop:
            words.append(str(hop))
            node, hop = hop.source, self.arrived_by[hop.source]
        return (node.state, *reversed(words))

    def goes_well(self) -> set[Node]:
        """Every node that the run comes to while all is done, and approved where that is asked for."""
        after: dict[Node, set[Node]] = {}
        for hop in self.hops:
            if hop.trigger in ("done", "approved"):
                after.setdefault(hop.source, set()).add(hop.target)
        return _closure({self.start}, after)

    def ring(self) -> list[Node]:
        """Nodes that lead round to the first of them, though nobody asks; empty when there are none."""
        try:
            self._sorter().prepare()
        except CycleError as error:
            found: list[Node] = error.args[1]
            return found
        return []

    def count_ways(self) -> int:
        """How many ways there are to an end or a rest that nobody asks for. Only where there is no ring."""
        ways = dict.fromkeys(self.arrived_by, 0) | {self.start: 1}
        after: dict[Node, list[Node]] = {}
        for hop in self._unasked():
            after.setdefault(hop.source, []).append(hop.target)
        for node in self._sorter().static_order():
            for target in after.get(node, ()):
                ways[target] += ways[node]
        return sum(count for node, count in ways.items() if node not in after)

    def _unasked(self) -> Iterator[Hop]:
        return (hop for hop in self.hops if hop.trigger not in ASKED)

    def _sorter(self) -> TopologicalSorter[Node]:
        sorter: TopologicalSorter[Node] = TopologicalSorter()
        for hop in self._unasked():
            sorter.add(hop.target, hop.source)
        return sorter

    def nodes_that_reach(self, goals: set[Node]) -> set[Node]:
        """Every node with a way to one of `goals`."""
        before: dict[Node, set[Node]] = {}
        for hop in self.hops:
            before.setdefault(hop.target, set()).add(hop.source)
        return _closure(goals, before)


def _closure(start: set[Node], follow: Mapping[Node, set[Node]]) -> set[Node]:
    found, waiting = set(start), list(start)
    while waiting:
        for node in follow.get(waiting.pop(), set()) - found:
            found.add(node)
            waiting.append(node)
    return found
