"""A machine as data: states, edges, and the closed lists of words that they may use.

A definition is read from a TOML file in `states/`; `verify.py` reads it and proves it.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from cage_fsm.engine.durations import parse_duration

Trigger = Literal["done", "failed", "refused", "approved", "service_failed", "abort", "resumed"]
Direction = Literal["untouched", "forward", "back"]
Predicate = Literal["untouched", "forward", "back", "approval_pending", "task_pending", "keep_failing"]
Resource = Literal["canary_task", "target_registration", "one_off_task", "service_change"]
Duration = Literal["launch", "healthy", "drain", "stop", "bake", "stable", "approval", "wait", "task"]
Interrupt = Literal["abort", "continue", "suspend"]

TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
DURATIONS: tuple[Duration, ...] = get_args(Duration)
RESOURCES: tuple[Resource, ...] = get_args(Resource)

FINAL_DIRECTIONS: Mapping[str, Direction] = {
    "succeeded": "forward",
    "completed": "untouched",
    "aborted": "untouched",
    "rolled_back": "back",
    "left_failing": "forward",
}
"""The final states there are, and what each says of the service: it would lie in another direction."""


CANARY: frozenset[Resource] = frozenset({"canary_task", "target_registration"})
"""What a canary costs and endangers for as long as it is held."""

STARTED: frozenset[Resource] = CANARY | {"one_off_task"}
"""What a run starts beside the service, and nobody but the run looks after."""

TASK_STATE = "running_task"
"""The state in which a one-off task runs: by this name a run's history tells that it ran to its end."""


_TASKS: Mapping[Resource, str] = {"canary_task": "the canary", "one_off_task": "the one-off task"}


def tasks(held: Collection[Resource]) -> str:
    """The tasks on ECS among what is held, in words; empty without one."""
    return " and ".join(words for resource, words in _TASKS.items() if resource in held)


BEGINNING = "the initial state"
"""What a phase needs that may begin once whatever the initial state does has said `done`."""


@dataclass(frozen=True)
class Promise:
    """What is true of a phase. A machine says the same of the states that do it, or it is refused."""

    outcomes: frozenset[Trigger] = frozenset({"done"})
    """The triggers that it may give, beside `failed`."""
    acquires: frozenset[Resource] = frozenset()
    releases: frozenset[Resource] = frozenset()
    """What its `done` proves released."""
    direction: Direction | None = None
    """Where it sends the service."""
    needs: frozenset[str] = frozenset()
    """The phases that have said `done` before it begins, or BEGINNING."""
    renews: bool = False
    """It undoes something: its failure is no verdict on the revision, and a resume gives it time anew."""


class Situation(NamedTuple):
    """What the predicates look at."""

    direction: Direction
    approval_pending: bool
    keep_failing: bool
    task_pending: bool = False

    def holds(self, predicate: Predicate | None) -> bool:
        """Tell whether an edge with this `when` may be taken; without one it always may."""
        if predicate is None or predicate == self.direction:
            return True
        return (
            (predicate == "approval_pending" and self.approval_pending)
            or (predicate == "task_pending" and self.task_pending)
            or (predicate == "keep_failing" and self.keep_failing)
        )


class Closed(BaseModel):
    """A shape without unknown fields, that never changes and never prints what it was given."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


Seconds = Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)]
"""A length of time that a date can be moved by: what NaN or infinity would be added to is no deadline."""


class Within(Closed):
    """How long a state may last: the sum of named durations and of a fixed one in seconds."""

    names: tuple[Duration, ...] = ()
    seconds: float = 0


def _within(value: object) -> object:
    if value is None or isinstance(value, Within):
        return value
    if not isinstance(value, str):
        message = (
            f"is a text: a duration ({', '.join(DURATIONS)}), a length of time such as 5m, or their sum."
        )
        raise ValueError(message)  # noqa: TRY004 - pydantic makes a refusal of it
    *summands, last = (part.strip() for part in value.split("+"))
    if unknown := [each for each in summands if each not in DURATIONS]:
        message = f"{unknown[0]!r} is no named duration; there are {', '.join(DURATIONS)}."
        raise ValueError(message)
    if last in DURATIONS:
        return {"names": (*summands, last)}
    return {"names": summands, "seconds": parse_duration(last).total_seconds()}


class Edge(Closed):
    """Where a trigger leads, under which condition, and what taking it changes or proves released."""

    to: str
    when: Predicate | None = None
    direction: Direction | None = None
    releases: tuple[Resource, ...] = ()


def _edges(value: object) -> object:
    if isinstance(value, str):
        return ({"to": value},)
    return (value,) if isinstance(value, dict) else value


Edges = Annotated[tuple[Edge, ...], BeforeValidator(_edges)]


class State(Closed):
    """One state that is not final. `releases` holds for its `done` edges only."""

    does: str | None = None
    within: Annotated[Within, BeforeValidator(_within)] | None = None
    renew: bool = False
    interrupt: Interrupt | None = None
    direction: Direction | None = None
    acquires: tuple[Resource, ...] = ()
    releases: tuple[Resource, ...] = ()
    rests: Literal[4] | None = None  # the exit code: an operator is needed
    on: dict[Trigger, Edges] = {}

    def leaves_the_way_forward(self, trigger: Trigger) -> bool:
        """Tell whether `trigger` here is a verdict against the rollout.

        A state that renews undoes something: its failure says that the undoing is not proved yet, and
        nothing about the revision.
        """
        if trigger == "failed":
            return not self.renew
        return trigger in ("refused", "service_failed", "abort")


class Definition(Closed):
    """A whole machine. The first of the `final` states is its goal."""

    machine: str
    initial: str
    hurry: str | None = None
    final: tuple[str, ...]
    state: dict[str, State]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the machine says, independent of layout and comments."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def names(self) -> tuple[str, ...]:
        """Every state, the final ones last."""
        return (*self.state, *self.final)

    def edges(self) -> Iterator[tuple[str, Trigger, Edge]]:
        """Every edge with the state and the trigger it belongs to, in the order of the file."""
        for name, state in self.state.items():
            for trigger, edges in state.on.items():
                for edge in edges:
                    yield name, trigger, edge

    def direction_after(self, edge: Edge, before: Direction) -> Direction:
        """Which way the run goes once `edge` is taken: what the entered state says wins."""
        entered = self.state.get(edge.to)
        return (entered and entered.direction) or edge.direction or before

    def released_by(self, source: str, trigger: Trigger, edge: Edge) -> frozenset[Resource]:
        """What taking `edge` proves released."""
        proved = self.state[source].releases if trigger == "done" else ()
        return frozenset(edge.releases) | frozenset(proved)

    def held_after(
        self, source: str, trigger: Trigger, edge: Edge, held: frozenset[Resource]
    ) -> frozenset[Resource]:
        """What the run holds once `edge` is taken: released when it is taken, acquired on entry."""
        entered = self.state.get(edge.to)
        return (held - self.released_by(source, trigger, edge)) | frozenset(
            entered.acquires if entered else ()
        )
