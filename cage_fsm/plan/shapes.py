"""A plan, as `plan --json` prints it."""

from dataclasses import dataclass
from typing import Literal

from cage_fsm.phases.parity import Point

Said = Literal[
    "exists", "missing", "will be made", "not in ECR", "not permitted to look", "could not be told"
]
Source = Literal["earlier runs", "running tasks", "settings", "unknown"]


@dataclass(frozen=True)
class Change:
    """A field that would be otherwise; None stands for nothing, or for AWS's default.

    One that is not `applied` differs, and is left as it is.
    """

    of: Literal["task definition", "service", "image"]
    path: str
    old: str | None
    new: str | None
    applied: bool


@dataclass(frozen=True)
class Image:
    """The image of a container, and the digest that would run, as far as ECR tells."""

    container: str
    image: str
    said: Said
    digest: str | None
    words: str


@dataclass(frozen=True)
class Named:
    """Something that the files name and that has to be there; `field` is where they do."""

    kind: str
    name: str
    field: str
    said: Said
    words: str


@dataclass(frozen=True)
class OldImage:
    """An image of the revision that runs: whether the one with this digest is still there.

    `moved`: its tag stands for another image by now, which is what the service would get.
    """

    container: str
    image: str
    digest: str | None
    said: Said
    moved: bool
    words: str


@dataclass(frozen=True)
class WayBack:
    """Whether the service could be sent back to the revision that it runs."""

    revision: str | None
    status: str | None
    images: tuple[OldImage, ...]
    ready: bool | None
    """None where that cannot be told."""


@dataclass(frozen=True)
class Expected:
    """A state on the way, and the seconds that it is expected to last; None where nothing tells."""

    state: str
    seconds: float | None
    source: Source


@dataclass(frozen=True)
class Unanswered:
    """A question without an answer, and why."""

    what: str
    said: Said
    words: str


@dataclass(frozen=True)
class Plan:
    """Everything that was found out. `exists` and `changed` are None where that cannot be told."""

    service: str
    cluster: str
    region: str
    exists: bool | None
    runs: str | None
    revision: str | None
    changed: bool | None
    changes: tuple[Change, ...]
    refusals: tuple[str, ...]
    warnings: tuple[str, ...]
    points: tuple[Point, ...]
    images: tuple[Image, ...]
    things: tuple[Named, ...]
    way_back: WayBack
    path: tuple[Expected, ...]
    unanswered: tuple[Unanswered, ...]
