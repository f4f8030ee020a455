"""What a change to a machine adds and removes, state by state, in the words of a machine file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import ndiff

from cage_fsm.engine.definition import TRIGGERS, Definition, Edge, State, Trigger
from cage_fsm.report.diagram.words import within
from cage_fsm.report.text import clean

_DIGITS = 12


@dataclass(frozen=True)
class Change:
    """What differs in one state, or before all states (None): lines that begin with + or -."""

    state: str | None
    lines: tuple[str, ...]


def changes(old: Definition, new: Definition) -> list[Change]:
    """Every difference; none where both machines say the same."""
    found = [Change(None, _differing(_head(old), _head(new)))]
    for name in dict.fromkeys([*new.state, *old.state]):
        before, after = old.state.get(name), new.state.get(name)
        lines = _differing(_section(name, before), _section(name, after))
        found.append(Change(name, lines))
    return [change for change in found if change.lines]


def text(old: Definition, new: Definition) -> Iterator[str]:
    """The differences for people, as lines."""
    found = changes(old, new)
    if not found:
        yield f"Both machines say the same. Digest {new.digest[:_DIGITS]}."
        return
    yield f"--- machine {old.machine}, digest {old.digest[:_DIGITS]}"
    yield f"+++ machine {new.machine}, digest {new.digest[:_DIGITS]}"
    for change in found:
        yield ""
        if change.state and change.state in old.state and change.state in new.state:
            yield f"  [state.{change.state}]"
        yield from change.lines


def _differing(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{line[:2]}{clean(line[2:])}" for line in ndiff(old, new) if line[0] in "+-")


def _head(machine: Definition) -> list[str]:
    hurry = [f'hurry = "{machine.hurry}"'] if machine.hurry else []
    final = f"final = [{_quoted(machine.final)}]"
    return [f'machine = "{machine.machine}"', f'initial = "{machine.initial}"', *hurry, final]


def _section(name: str, state: State | None) -> list[str]:
    return [f"[state.{name}]", *_settings(state), *_edges(state)] if state else []


def _settings(state: State) -> list[str]:
    said = {
        "does": state.does and f'"{state.does}"',
        "within": state.within and f'"{within(state.within)}"',
        "renew": state.renew and "true",
        "interrupt": state.interrupt and f'"{state.interrupt}"',
        "direction": state.direction and f'"{state.direction}"',
        "acquires": state.acquires and f"[{_quoted(sorted(state.acquires))}]",
        "releases": state.releases and f"[{_quoted(sorted(state.releases))}]",
        "rests": state.rests,
    }
    return [f"{key} = {value}" for key, value in said.items() if value]


def _edges(state: State) -> Iterator[str]:
    for trigger in TRIGGERS:
        yield from (_edge(trigger, edge) for edge in state.on.get(trigger, ()))


def _edge(trigger: Trigger, edge: Edge) -> str:
    said = {"when": edge.when, "direction": edge.direction}
    more = "".join(f', {key} = "{value}"' for key, value in said.items() if value)
    more += f", releases = [{_quoted(sorted(edge.releases))}]" if edge.releases else ""
    return f'on.{trigger} = {{ to = "{edge.to}"{more} }}' if more else f'on.{trigger} = "{edge.to}"'


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
