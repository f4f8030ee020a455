"""What may not be found on any walk through a machine, for any input.

Two kinds of rules look at a walk: what a run may not be (a node) and what it may not do (a hop). Where a
run of an older machine is taken up in the middle, the hops that led there are not judged again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product

from cage_fsm.engine.definition import (
    BEGINNING,
    CANARY,
    FINAL_DIRECTIONS,
    STARTED,
    TASK_STATE,
    Definition,
    Promise,
    Resource,
    tasks,
)
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
    first = start or _beginning(definition)
    walks = [Walk(definition, promises, inputs, first) for inputs in inputs_of(definition)]
    faults = [fault for walk in walks for fault in _faults(walk)]
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


def _beginning(definition: Definition) -> Node:
    initial = definition.state[definition.initial]
    return Node(definition.initial, initial.direction or "untouched", frozenset(initial.acquires))


def _faults(walk: Walk) -> Iterator[Fault]:
    for node in walk.arrived_by:
        for message in _end(node):
            yield _at(walk, node, message)
        for message in _forward(walk, node):
            yield _at(walk, node, message)
    for hop in walk.hops:
        for message in (*_entry(walk, hop), *_task(walk, hop), *_release(walk, hop), *_rest(walk, hop)):
            yield Fault(message, _path(walk, hop), hop.source.state, f"on.{hop.trigger}")
    yield from _round(walk)
    final = {node for node in walk.arrived_by if node.state in walk.definition.final}
    for node in sorted(set(walk.arrived_by) - walk.nodes_that_reach(final)):
        yield _at(walk, node, f"from {node.state} there is no way to a final state.")
    yield from _dead_ends(walk)
    yield from _interrupts(walk)


def _end(node: Node) -> Iterator[str]:
    if node.state not in FINAL_DIRECTIONS:
        return
    if node.held:
        yield f"{node.state} is reached while the run still holds {' and '.join(sorted(node.held))}."
    if node.direction != FINAL_DIRECTIONS[node.state]:
        yield (
            f"{node.state} is reached with direction {node.direction}, but it says that the service "
            f"is {FINAL_DIRECTIONS[node.state]}."
        )
    if node.state in ("succeeded", "completed") and node.doomed:
        yield f"{node.state} is reached after an abort, a refusal or a failure."
    if node.state == "completed" and not node.task_ran:
        yield "completed is reached before the one-off task has run."


def _forward(walk: Walk, node: Node) -> Iterator[str]:
    state = walk.definition.state.get(node.state)
    if state is None or state.direction != "forward":
        return
    if node.doomed:
        yield f"{node.state} goes forward after an abort, a refusal or a failure."
    if "one_off_task" in node.held:
        yield f"{node.state} goes forward while the one-off task may still run."


def _entry(walk: Walk, hop: Hop) -> Iterator[str]:
    """What a state is entered for must be wanted, and still be to do."""
    definition, inputs, target = walk.definition, walk.inputs, hop.target
    if target.state == "left_failing" and not inputs.keep_failing:
        yield "left_failing is reached though nobody asked to keep a failing deployment."
    entered, promise = definition.state.get(target.state), walk.promise(target.state)
    if entered is None:
        return
    if entered.direction == "back":
        yield from _undoing(definition, hop)
    if entered.direction == "forward":
        if inputs.approval_wanted and not target.approved:
            yield f"{target.state} goes forward without the approval that was asked for."
        if inputs.task_wanted and not target.task_ran:
            yield f"{target.state} goes forward before the one-off task that was asked for has run."
        if hop.trigger == "approved" or hop.source.state == TASK_STATE:
            after = "an approval" if hop.trigger == "approved" else "the one-off task"
            yield f"{target.state} follows {after} at once; the canary must be judged afresh."
    if promise and "approved" in promise.outcomes and not (inputs.approval_wanted and not target.approved):
        given = "was given already" if target.approved else "nobody wanted"
        yield f"{target.state} asks for an approval that {given}."


def _task(walk: Walk, hop: Hop) -> Iterator[str]:
    """A one-off task is started once, on the way forward; it is stopped after a verdict, and then at once."""
    source, target, promise = hop.source, hop.target, walk.promise(hop.target.state)
    if promise is None:
        return
    if "one_off_task" in promise.acquires:
        yield from (f"{target.state} starts the one-off task {why}." for why in _no_start(walk, hop))
    held, stops = "one_off_task" in source.held, "one_off_task" in promise.releases
    if held and stops and promise.renews and not target.doomed:
        yield f"{target.state} stops the one-off task though nothing speaks against the run."
    if not held and stops and promise.renews and not CANARY & promise.releases:
        yield f"{target.state} stops a one-off task that was never started, or is over."
    if "one_off_task" in target.held and not stops and target.doomed and not source.doomed:
        yield f"{target.state} follows a verdict while the one-off task may still run; it is stopped first."


def _no_start(walk: Walk, hop: Hop) -> Iterator[str]:
    source, target, inputs = hop.source, hop.target, walk.inputs
    acquired = {each for state in walk.definition.state.values() for each in state.acquires}
    if not inputs.task_wanted:
        yield "that nobody wanted"
    if source.task_ran or "one_off_task" in source.held:
        yield "a second time"
    if target.doomed:
        yield "after an abort, a refusal or a failure"
    if inputs.approval_wanted and not target.approved:
        yield "without the approval that was asked for"
    if hop.trigger == "approved" or CANARY & acquired - target.held:
        yield "without a canary that was just judged"


def _undoing(definition: Definition, hop: Hop) -> Iterator[str]:
    leaving = definition.state[hop.source.state]
    kept = hop.source.held - definition.released_by(hop.source.state, hop.trigger, hop.edge)
    if any(state.direction == "forward" for state in definition.state.values()):
        if "service_change" not in kept:
            yield f"{hop.target.state} undoes a change of the service, but none was made."
        return
    # The change is another run's, and undoing it is the goal.
    against = hop.source.doomed or leaving.leaves_the_way_forward(hop.trigger)
    if against and hop.source.direction == "untouched":
        yield f"{hop.target.state} goes back after an abort, a refusal or a failure."


def _release(walk: Walk, hop: Hop) -> Iterator[str]:
    """A canary is stopped only after something tried to deregister it."""
    promise, tried = walk.promise(hop.target.state), _tried(walk, hop)
    stops = promise and "canary_task" in promise.releases
    if stops and "target_registration" in hop.target.held and "target_registration" not in tried:
        yield f"{hop.target.state} stops a canary that is registered, and nothing tried to deregister it."


def _rest(walk: Walk, hop: Hop) -> Iterator[str]:
    entered = walk.definition.state.get(hop.target.state)
    if entered is None or entered.rests is None:
        return
    if walk.definition.state[hop.source.state].rests is not None:
        yield f"{hop.trigger} leads from rest to rest; nothing would be tried."
    if not hop.target.held:
        yield f"{hop.target.state} rests though the run holds nothing that an operator could look after."
    for resource in sorted(hop.target.held & STARTED - _tried(walk, hop)):
        yield f"{hop.target.state} rests while the run holds {resource}, which nothing tried to release."


def _tried(walk: Walk, hop: Hop) -> frozenset[Resource]:
    """What the state that is left has tried to release: one that does not undo only sees it gone."""
    state = walk.definition.state[hop.source.state]
    return frozenset(state.releases if state.renew else ())


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
