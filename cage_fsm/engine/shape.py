"""What is wrong with a machine before it is walked: words that say nothing, or other than its phases do."""

from collections.abc import Iterable, Iterator, Mapping

from cage_fsm.engine.definition import (
    CANARY,
    DIRECTIONS,
    FINAL_DIRECTIONS,
    STARTED,
    TASK_STATE,
    Definition,
    Edge,
    Promise,
    Resource,
    State,
    Trigger,
)
from cage_fsm.engine.source import Source

_OF_WORK = ("within", "renew", "interrupt", "direction", "acquires", "releases")

_GOALS = ("succeeded", "completed")

Complaint = tuple[str | None, str]
"""The key to mend, and what is wrong with it."""


def misshapen(definition: Definition, source: Source, promises: Mapping[str, Promise]) -> Iterator[str]:
    """Every complaint about `definition`, with its place in `source`."""
    for key, message in (*_top(definition), *_finals(definition), *_hurry(definition, promises)):
        yield f"{source.place(key=key)}: {message}"
    for name in definition.final:
        if name in definition.state:
            yield f"{source.place(name)}: {name} is final and so cannot have a section."
    for name, trigger, edge in definition.edges():
        if edge.to not in definition.names:
            yield f"{source.place(name, f'on.{trigger}')}: leads to {edge.to}, which is no state."
    for name, state in definition.state.items():
        for key, message in _state(state, promises):
            yield f"{source.place(name, key)}: {message}"
        if wrong := _task_state(name, promises.get(state.does or "")):
            yield f"{source.place(name, 'does')}: {wrong}"


def _top(definition: Definition) -> Iterator[Complaint]:
    if definition.initial not in definition.state:
        yield "initial", f"there is no [state.{definition.initial}]."


def _finals(definition: Definition) -> Iterator[Complaint]:
    if not definition.final:
        yield "final", "a machine needs a final state; the first one named is its goal."
    for name in definition.final:
        if name not in FINAL_DIRECTIONS:
            yield "final", f"{name} is no final state; there are {', '.join(FINAL_DIRECTIONS)}."
    goal = next((name for name in _GOALS if name in definition.final), "rolled_back")
    if definition.final and definition.final[0] != goal:
        yield "final", f"the first one named is the goal, and that is {goal}."


def _hurry(definition: Definition, promises: Mapping[str, Promise]) -> Iterator[Complaint]:
    states = definition.state.values()
    started = STARTED & {each for state in states for each in state.acquires}
    if definition.hurry is None:
        if started:
            yield "hurry", f"a second Ctrl-C needs a phase here that releases {_words(started)}."
    elif definition.hurry not in {state.does for state in states}:
        yield "hurry", f"no state does {definition.hurry}."
    elif definition.hurry in promises and not _undoes(promises[definition.hurry], started or CANARY):
        yield "hurry", f"the phase {definition.hurry} does not release {_words(started or CANARY)}."


def _undoes(promise: Promise, started: frozenset[Resource]) -> bool:
    return promise.renews and promise.releases >= started


def _state(state: State, promises: Mapping[str, Promise]) -> Iterator[Complaint]:
    if state.does is None:
        yield from _resting(state)
    elif state.does not in promises:
        yield "does", f"there is no phase {state.does}; there are {', '.join(sorted(promises))}."
    else:
        yield from _working(state)
        yield from _as_promised(state, state.does, promises[state.does])
    for trigger, edges in state.on.items():
        yield from ((f"on.{trigger}", message) for message in _branches(trigger, edges))
        for edge in edges:
            yield from ((f"on.{trigger}", message) for message in _edge(trigger, edge))


def _task_state(name: str, promise: Promise | None) -> str | None:
    runs_a_task = promise and "one_off_task" in promise.releases and not promise.renews
    if promise and (name == TASK_STATE) != bool(runs_a_task):
        return f"a one-off task runs in the state {TASK_STATE}, and nothing else does: history tells by it."
    return None


def _resting(state: State) -> Iterator[Complaint]:
    if state.rests is None:
        yield None, "neither does a phase nor rests; a run would stand still here."
        return
    if "resumed" not in state.on:
        yield None, "rests, so it needs on.resumed."
    for trigger in state.on:
        if trigger not in ("resumed", "abort"):
            yield f"on.{trigger}", f"nothing fires {trigger} in a state that rests."
    for key in _OF_WORK:
        if getattr(state, key):
            yield key, "this says nothing in a state that rests."


def _working(state: State) -> Iterator[Complaint]:
    if state.rests is not None:
        yield "rests", "a state does a phase or rests, never both."
    if state.within is None:
        yield None, "does a phase, so it needs `within`: a run must not stand still here."
    elif not state.within.names and state.within.seconds <= 0:
        yield "within", "is no time at all."
    if state.interrupt is None:
        yield None, "does a phase, so it needs `interrupt`: abort, continue or suspend."
    if state.interrupt == "abort" and "abort" not in state.on:
        yield "interrupt", "is abort, so there must be an on.abort."
    if state.releases and "done" not in state.on:
        yield "releases", "releases on its done edges, but has none."


def _as_promised(state: State, does: str, promise: Promise) -> Iterator[Complaint]:
    possible = promise.outcomes | {"failed", "abort"}
    for trigger in sorted(possible - set(state.on) - {"abort"}):
        yield f"on.{trigger}", f"the phase {does} may give {trigger}, but there is no on.{trigger}."
    for trigger in state.on:
        if trigger not in possible:
            yield f"on.{trigger}", f"the phase {does} never gives {trigger}."
    if set(state.acquires) != promise.acquires:
        yield "acquires", f"the phase {does} acquires {_words(promise.acquires)}."
    if not set(state.releases) <= promise.releases:
        yield "releases", f"the phase {does} proves {_words(promise.releases)} released."
    if state.direction != promise.direction:
        yield "direction", f"the phase {does} sends the service {promise.direction or 'nowhere'}."
    if state.renew != promise.renews:
        why = "undoes something" if promise.renews else "undoes nothing, so its failure is a verdict"
        yield "renew", f"is {str(promise.renews).lower()} for the phase {does}: it {why}."


def _words(names: Iterable[str]) -> str:
    return " and ".join(sorted(names)) or "nothing"


def _branches(trigger: Trigger, edges: tuple[Edge, ...]) -> Iterator[str]:
    whens = [edge.when for edge in edges]
    if not whens:
        yield "leads nowhere."
        return
    if None in whens[:-1]:
        yield "an edge without `when` hides the ones after it."
    if len(set(whens)) < len(whens):
        yield "two edges have the same `when`; the second is never taken."
    complete = whens[-1] is None or set(DIRECTIONS) <= set(whens)
    # An abort that finds no edge meets a run that goes back already; only a deployment of ours can fail.
    if not complete and trigger not in ("abort", "service_failed"):
        yield "the last edge needs no `when`, or the edges must name untouched, forward and back."


def _edge(trigger: Trigger, edge: Edge) -> Iterator[str]:
    if edge.direction and (trigger, edge.direction) != ("refused", "untouched"):
        yield "an edge says a direction only where the service refused: untouched. States say the others."
    if trigger == "refused" and (edge.direction is None or "service_change" not in edge.releases):
        yield "the service refused, so this needs direction = 'untouched' and releases = ['service_change']."
    if STARTED & set(edge.releases):
        yield "only the done edges of a state that `releases` it prove a task or a target released."
    if edge.releases and trigger != "refused" and edge.to != "left_failing":
        yield "an edge releases something only where the service refused, or to left_failing."
