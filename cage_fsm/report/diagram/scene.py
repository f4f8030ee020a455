"""What a drawing shows, whatever draws it: boxes in rows, frames around them, arrows, and an overlay."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from cage_fsm.engine.definition import Edge, Trigger

Look = Literal["way", "back", "beside", "rests", "succeeded", "aborted", "rolled_back", "left_failing"]
"""Working states on the way to the goal, on the way back, and beside; one that rests; the ends."""

Kind = Literal["happy", "good", "bad", "asked"]
"""Arrows of the straight way; of what goes well beside it; of verdicts; of what only a person asks for."""

Shared = frozenset[tuple[str, tuple[str, ...]]]
"""Where the arrows lead that all states of a frame share, and their labels."""

Mark = Literal["taken", "present", "added", "removed", "changed"]


class Drawn(NamedTuple):
    """One edge, as it is to be drawn."""

    source: str
    trigger: Trigger
    edge: Edge
    mark: Mark | None = None


@dataclass(frozen=True)
class Overlay:
    """What lies over a machine. States and edges that it does not have are drawn as well.

    `remarks` are lines in the box of a state; `edges` take the place of those of the machine that they equal.
    """

    caption: tuple[str, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)
    remarks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    edges: tuple[Drawn, ...] = ()


@dataclass(frozen=True)
class Box:
    """A state. `row` counts from the top; the states of the way to the goal are one column."""

    name: str
    row: int
    look: Look
    rules: tuple[str, ...]
    holds: tuple[str, ...]
    remarks: tuple[str, ...]
    mark: Mark | None


@dataclass(frozen=True)
class Arrow:
    """All that leads from one state to another, as one; with `frame`, from every state in that frame."""

    source: str
    to: str
    kind: Kind
    labels: tuple[str, ...]
    mark: Mark | None = None
    frame: int | None = None


@dataclass(frozen=True)
class Frame:
    """States that are left by the same arrows when something goes wrong."""

    names: tuple[str, ...]
    title: str
    shared: Shared


@dataclass(frozen=True)
class Scene:
    """A whole picture. One that is `covered` stands back behind what lies over it."""

    machine: str
    digest: str
    initial: str
    boxes: tuple[Box, ...]
    frames: tuple[Frame, ...]
    arrows: tuple[Arrow, ...]
    caption: tuple[str, ...]
    covered: bool
