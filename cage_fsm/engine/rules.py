"""What no run may be and what none may do, on any walk through a machine. Sentences."""

from collections.abc import Iterator

from cage_fsm.engine.definition import CANARY, FINAL_DIRECTIONS, STARTED, TASK_STATE, Definition, Resource
from cage_fsm.engine.walk import Hop, Node, Walk


def of_node(walk: Walk, node: Node) -> Iterator[str]:
    """What a run may not be."""
    yield from _end(node)
    yield from _forward(walk, node)


def of_hop(walk: Walk, hop: Hop) -> Iterator[str]:
    """What a run may not do."""
    yield from _entry(walk, hop)
    yield from _task(walk, hop)
    yield from _release(walk, hop)
    yield from _rest(walk, hop)


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
        if inputs.approval_wanted and not target.approved and _has_something_to_approve(definition):
            yield f"{target.state} goes forward without the approval that was asked for."
        if inputs.task_wanted and not target.task_ran:
            yield f"{target.state} goes forward before the one-off task that was asked for has run."
        if hop.trigger == "approved" or hop.source.state == TASK_STATE:
            after = "an approval" if hop.trigger == "approved" else "the one-off task"
            yield f"{target.state} follows {after} at once; the canary must be judged afresh."
    if promise and "approved" in promise.outcomes and not (inputs.approval_wanted and not target.approved):
        given = "was given already" if target.approved else "nobody wanted"
        yield f"{target.state} asks for an approval that {given}."


def _has_something_to_approve(definition: Definition) -> bool:
    states = definition.state.values()
    return any(CANARY & set(state.acquires) or "approved" in state.on for state in states)


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
