"""The words on a drawing: of an edge, of a state's rules, of what is held, of exit codes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import get_args

from cage_fsm.engine.definition import RESOURCES, Edge, Interrupt, Resource, State, Trigger, Within
from cage_fsm.engine.durations import words
from cage_fsm.engine.holdings import Holding
from cage_fsm.engine.ports import Cause
from cage_fsm.engine.record import OURS, Record, outcome

CTRL_C: dict[Interrupt, str] = {
    "abort": "Ctrl-C aborts",
    "continue": "Ctrl-C goes on",
    "suspend": "Ctrl-C suspends",
}

_AN_ID = "20260101-000000-000000"
_THEIRS = 7
"""Some code of a container, to see whether a run ends with it."""


def label(trigger: Trigger, edge: Edge) -> str:
    """What stands on an edge: its trigger, its condition, the direction that it writes."""
    when = f" when {edge.when}" if edge.when else ""
    direction = f" ({edge.direction})" if edge.direction else ""
    return f"{trigger}{when}{direction}"


def rules(state: State, machine: str) -> Iterator[str]:
    """How long a state may last, and what a first Ctrl-C does in it; the exit code of one that rests."""
    if state.rests is not None:
        yield f"rests, exit {OURS if machine == 'run' else state.rests}"
    if state.within:
        yield f"within {within(state.within)}"
    if state.interrupt:
        yield CTRL_C[state.interrupt]


def within(limit: Within) -> str:
    """A deadline the way a machine file writes it: `drain + 2m`."""
    fixed = [words(limit.seconds)] if limit.seconds or not limit.names else []
    return " + ".join([*limit.names, *fixed])


def held(holding: Holding) -> Iterator[str]:
    """What a run holds in a state, and what it only may."""
    if holding.always:
        yield f"holds {_resources(holding.always)}"
    if holding.sometimes:
        yield f"may hold {_resources(holding.sometimes)}"


def _resources(names: Iterable[Resource]) -> str:
    words = (name.replace("one_off", "one-off").replace("_", " ") for name in RESOURCES if name in set(names))
    return ", ".join(words)


def exit_codes(machine: str, final: str) -> Iterator[str]:
    """The exit codes of a final state: the usual one, then those of a particular cause."""
    causes: defaultdict[int, list[Cause]] = defaultdict(list)
    for cause in get_args(Cause):
        causes[_exit_code(machine, final, cause)].append(cause)
    usual = max(causes, key=lambda code: len(causes[code]))
    yield f"exit {usual}"
    if _exit_code(machine, final, "failed", _THEIRS) == _THEIRS:
        yield "the container's if that failed"
    yield from (f"{code} if {' or '.join(causes[code])}" for code in causes if code != usual)


def _exit_code(machine: str, final: str, cause: Cause, theirs: int | None = None) -> int:
    never = datetime(2026, 1, 1, tzinfo=UTC)
    record = Record(
        id=_AN_ID,
        machine=machine,
        digest="",
        state=final,
        cause=cause,
        facts={"exit_code": theirs},
        created_at=never,
        updated_at=never,
    )
    return outcome(record).code
