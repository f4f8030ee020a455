"""Reads a machine and proves it, or refuses it: first the shape, then every walk through the graph."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from cage_fsm.engine.definition import (
    DIRECTIONS,
    FINAL_DIRECTIONS,
    Definition,
    Edge,
    State,
    Trigger,
)
from cage_fsm.engine.source import Source
from cage_fsm.engine.walk import Fault, Node, Proof, prove

Outcomes = Mapping[str, frozenset[Trigger]]
"""The triggers that each phase may give, by its name."""


class DefinitionError(Exception):
    """A machine is refused. Every problem names file, line, state and key."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Verified:
    """A machine with the proof that it may run."""

    definition: Definition
    proof: Proof


def load(file: Path, outcomes: Outcomes) -> Verified:
    """Read the machine in `file` and prove it. Raises DefinitionError, or OSError for an unreadable file."""
    source = Source(file, file.read_text("utf-8"))
    definition = _read(source)
    if problems := list(_shape(definition, source, outcomes)):
        raise DefinitionError(problems)
    proof = prove(definition, outcomes)
    if proof.faults:
        raise DefinitionError([_tell(fault, source) for fault in proof.faults])
    return Verified(definition, proof)


def still_holds(definition: Definition, outcomes: Outcomes, start: Node) -> list[str]:
    """Prove a machine from the middle: what could go wrong for a run that stands at `start`."""
    if start.state not in definition.names:
        return [f"The state {start.state} does not exist any more."]
    return [fault.message for fault in prove(definition, outcomes, start).faults]


def _read(source: Source) -> Definition:
    try:
        return Definition.model_validate(tomllib.loads(source.text))
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError([f"{source.file}: not valid TOML: {error}."]) from None
    except ValidationError as error:
        raise DefinitionError([_misfit(source, e["loc"], e["msg"]) for e in error.errors()]) from None


def _misfit(source: Source, where: tuple[int | str, ...], message: str) -> str:
    named = [str(part) for part in where if isinstance(part, str) and part != "[key]"]
    if named[:1] != ["state"]:
        return f"{source.place(key=named[0] if named else None)}: {message}"
    state, key = (named[1] if len(named) > 1 else None), ".".join(named[2:4]) or None
    if key and not key.startswith("on."):
        key = named[2]
    return f"{source.place(state, key)}: {message}"


def _tell(fault: Fault, source: Source) -> str:
    place = source.place(fault.state, f"on.{fault.trigger}" if fault.trigger else None)
    path = f"\n    path: {' -> '.join(fault.path)}" if fault.path else ""
    return f"{place}: {fault.message}{path}"


def _shape(definition: Definition, source: Source, outcomes: Outcomes) -> Iterator[str]:
    for name in (definition.initial, *definition.gates):
        if name not in definition.state:
            yield f"{source.place()}: {name} is named at the top, but there is no [state.{name}]."
    yield from _finals(definition, source)
    if definition.hurry and definition.hurry not in {state.does for state in definition.state.values()}:
        yield f"{source.place(key='hurry')}: no state does {definition.hurry}."
    for name, trigger, edge in definition.edges():
        if edge.to not in definition.names:
            yield f"{source.place(name, f'on.{trigger}')}: leads to {edge.to}, which is no state."
    for name, state in definition.state.items():
        for key, message in _state(state, outcomes):
            yield f"{source.place(name, key)}: {message}"


def _finals(definition: Definition, source: Source) -> Iterator[str]:
    place = source.place(key="final")
    if not definition.final:
        yield f"{place}: a machine needs a final state; the first one named is its goal."
    for name in definition.final:
        if name not in FINAL_DIRECTIONS:
            yield f"{place}: {name} is no final state; there are {', '.join(FINAL_DIRECTIONS)}."
        if name in definition.state:
            yield f"{source.place(name)}: {name} is final and so cannot have a section."


def _state(state: State, outcomes: Outcomes) -> Iterator[tuple[str | None, str]]:
    if state.does is None:
        yield from _resting(state)
    else:
        yield from _working(state, state.does, outcomes)
    for trigger, edges in state.on.items():
        yield from ((f"on.{trigger}", message) for message in _branches(trigger, edges))
    if state.releases and "done" not in state.on:
        yield "releases", "releases on its done edges, but has none."


def _resting(state: State) -> Iterator[tuple[str | None, str]]:
    if state.rests is None:
        yield None, "neither does a phase nor rests; a run would stand still here."
    elif "resumed" not in state.on:
        yield None, "rests, so it needs on.resumed."
    for trigger in state.on:
        if trigger not in ("resumed", "abort"):
            yield f"on.{trigger}", f"nothing fires {trigger} in a state that rests."


def _working(state: State, does: str, outcomes: Outcomes) -> Iterator[tuple[str | None, str]]:
    if does not in outcomes:
        yield "does", f"there is no phase {does}; there are {', '.join(sorted(outcomes))}."
        return
    if state.rests is not None:
        yield "rests", "a state does a phase or rests, never both."
    if state.within is None:
        yield None, "does a phase, so it needs `within`: a run must not stand still here."
    if state.interrupt is None:
        yield None, "does a phase, so it needs `interrupt`: abort, continue or suspend."
    if state.interrupt == "abort" and "abort" not in state.on:
        yield "interrupt", "is abort, so there must be an on.abort."
    possible = outcomes[does] | {"failed", "abort"}
    for trigger in sorted(possible - set(state.on) - {"abort"}):
        yield f"on.{trigger}", f"the phase {does} may give {trigger}, but there is no on.{trigger}."
    for trigger in state.on:
        if trigger not in possible:
            yield f"on.{trigger}", f"the phase {does} never gives {trigger}."


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
