"""What may not be found on any walk through a machine, for any input.

Two kinds of rules look at a walk: what a run may not be (a node) and what it may not do (a hop). Where a
run of an older machine is taken up in the middle, the hops that led there are not judged again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product

from cage_fsm.engine import rules
from cage_fsm.engine.definition import BEGINNING, CANARY, TASK_STATE, Definition, Promise, tasks
from cage_fsm.engine.walk import Hop, Inputs, Node, Walk


@dataclass(frozen=True)
class Fault:
    """What may not be, on which path, and the state and key that mend it."""

    message: str
    path: tuple[str, ...] = ()
    state: str | None = None
    key: str | None = None


@dataclass(frozen=True)
class Proof:
    """What was walked and which faults were found; a machine may run when there are none.

    `paths` are the ways to an end or a rest, not counting aborts and resumes; 0 where there are faults.
    """

    faults: tuple[Fault, ...]
    nodes: int
    hops: int
    paths: int
    inputs: int


def prove(definition: Definition, promises: Mapping[str, Promise], start: Node | None = None) -> Proof:
    """Walk `definition` for all inputs, from its beginning or from `start`, and collect the faults."""
    first = start or beginning(definition)
    walks = [Walk(definition, promises, inputs, first) for inputs in inputs_of(definition)]
    faults = [fault for walk in walks for fault in faults_on(walk)]
    if start is None:
        faults += [fault for walk in walks for fault in _goal(walk)]
        faults += _unreached(definition, walks)
        faults = faults or list(_unprepared(definition, promises, first))  # ten times as many walks
    unique = {(fault.message, fault.state, fault.key): fault for fault in reversed(faults)}
    return Proof(
        tuple(reversed(unique.values())),
        nodes=sum(len(walk.arrived_by) for walk in walks),
        hops=sum(len(walk.hops) for walk in walks),
        paths=0 if faults else sum(walk.count_ways() for walk in walks),
        inputs=len(walks),
    )


def inputs_of(definition: Definition) -> list[Inputs]:
    """Every combination of what a user may ask of this machine."""
    if definition.final[0] == "completed":
        return [Inputs(approval_wanted=False, keep_failing=False, task_wanted=True)]
    wanted = (False, True) if TASK_STATE in definition.state else (False,)
    return [Inputs(*flags) for flags in product((False, True), (False, True), wanted)]


def beginning(definition: Definition) -> Node:
    """Where every run of the machine begins."""
    initial = definition.state[definition.initial]
    return Node(definition.initial, initial.direction or "untouched", frozenset(initial.acquires))


def faults_on(walk: Walk) -> Iterator[Fault]:
    """Everything on one walk that may not be."""
    for node in walk.arrived_by:
        for message in rules.of_node(walk, node):
            yield _at(walk, node, message)
    for hop in walk.hops:
        for message in rules.of_hop(walk, hop):
            yield Fault(message, _path(walk, hop), hop.source.state, f"on.{hop.trigger}")
    yield from _round(walk)
    final = {node for node in walk.arrived_by if node.state in walk.definition.final}
    for node in sorted(set(walk.arrived_by) - walk.nodes_that_reach(final)):
        yield _at(walk, node, f"from {node.state} there is no way to a final state.")
    yield from _dead_ends(walk)
    yield from _interrupts(walk)


def _round(walk: Walk) -> Iterator[Fault]:
    ring = walk.ring()
    if not ring:
        return
    order = list(dict.fromkeys(node.state for node in walk.arrived_by))
    last, first = min(pairwise(ring), key=lambda pair: order.index(pair[1].state))
    hop = next(hop for hop in walk.hops if (hop.source, hop.target) == (last, first))
    message = f"{hop.trigger} leads back round to {first.state}; the run would never come to rest."
    yield Fault(message, _path(walk, hop), hop.source.state, f"on.{hop.trigger}")


def _dead_ends(walk: Walk) -> Iterator[Fault]:
    goal, on_the_way = walk.definition.final[0], _on_the_way(walk)
    for node, trigger in walk.dead_ends:
        state = walk.definition.state[node.state]
        if trigger != "abort" or state.rests is not None or state.interrupt == "abort":
            message = f"{trigger} finds no edge when the direction is {node.direction}."
        elif node in on_the_way:
            message = f"abort finds no edge, and the run would go on to {goal}."
        else:
            continue
        yield Fault(message, walk.path(node), node.state, f"on.{trigger}")


def _interrupts(walk: Walk) -> Iterator[Fault]:
    on_the_way = _on_the_way(walk)
    for node in walk.arrived_by:
        state, promise = walk.definition.state.get(node.state), walk.promise(node.state)
        if state is None or promise is None:
            continue
        message = None
        left = tasks(node.held - CANARY if "approved" in promise.outcomes else node.held)
        if state.interrupt == "suspend" and left:
            message = f"is suspend, but {left} would stay behind with nobody looking at it."
        if state.interrupt == "continue" and node.direction == "untouched" and node in on_the_way:
            message = f"is continue, so the run would go on to {walk.definition.final[0]} all the same."
        if message:
            yield Fault(message, walk.path(node), node.state, "interrupt")


def _on_the_way(walk: Walk) -> set[Node]:
    goal = {node for node in walk.arrived_by if node.state == walk.definition.final[0]}
    return {node for node in walk.nodes_that_reach(goal) if not node.doomed}


def _at(walk: Walk, node: Node, message: str) -> Fault:
    hop = walk.arrived_by[node]
    place = (hop.source.state, f"on.{hop.trigger}") if hop else (node.state, None)
    return Fault(message, walk.path(node), *place)


def _path(walk: Walk, hop: Hop) -> tuple[str, ...]:
    return (*walk.path(hop.source), str(hop))


def _goal(walk: Walk) -> Iterator[Fault]:
    goal = walk.definition.final[0]
    if not any(node.state == goal for node in walk.goes_well()):
        message = f"there is no way to {goal} while all goes well, with {walk.inputs}."
        yield Fault(message, state=walk.definition.initial)


def _unreached(definition: Definition, walks: list[Walk]) -> Iterator[Fault]:
    reached = {node.state for walk in walks for node in walk.arrived_by}
    for name in definition.names:
        if name not in reached:
            state, key = (name, None) if name in definition.state else (None, "final")
            yield Fault(f"{name} is never reached.", state=state, key=key)
    taken = {(hop.source.state, hop.trigger, hop.edge) for walk in walks for hop in walk.hops}
    for name, trigger, edge in definition.edges():
        if name in reached and (name, trigger, edge) not in taken:
            message = f"the edge to {edge.to}{f' when {edge.when}' if edge.when else ''} is never taken."
            yield Fault(message, state=name, key=f"on.{trigger}")


def _unprepared(definition: Definition, promises: Mapping[str, Promise], start: Node) -> Iterator[Fault]:
    """What a phase needs has said done before; and before the service is touched, the first state has."""
    used = {state.does for state in definition.state.values() if state.does}
    for need in sorted({need for does in used for need in promises[does].needs}):
        names = _states_of(definition, need)
        for inputs in inputs_of(definition):
            walk = Walk(definition, promises, inputs, start, names)
            for node in walk.arrived_by:
                promise = walk.promise(node.state)
                if promise and need in promise.needs:
                    yield _at(walk, node, f"{node.state} is entered without {_said(names, need)}.")
    for inputs in inputs_of(definition):
        walk = Walk(definition, promises, inputs, start, frozenset({definition.initial}))
        for node in walk.arrived_by:
            if node.direction != "untouched" or "one_off_task" in node.held:
                yield _at(walk, node, f"{node.state} is entered before {definition.initial} has said done.")


def _states_of(definition: Definition, need: str) -> frozenset[str]:
    if need == BEGINNING:
        return frozenset({definition.initial})
    return frozenset(name for name, state in definition.state.items() if state.does == need)


def _said(names: frozenset[str], phase: str) -> str:
    return f"{' or '.join(sorted(names)) or f'a state that does {phase}'} having said done"
