"""The points at which a play may be hit: what it changes on AWS, what it saves, what it asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from botocore.exceptions import ReadTimeoutError

from cage_fsm.engine.ports import StoreDown
from cage_fsm.sandbox import Call, Proceed, Response
from tests.stories.stage import MUTATING, Stage, operation

T = TypeVar("T")
URL = "https://ecs.us-east-1.amazonaws.com/"


@dataclass(frozen=True)
class Point:
    """The `number`-th thing that was asked of AWS or of the store; equal reads in a row are one."""

    number: int
    name: str
    changes: bool
    of: Literal["AWS", "store"]

    def __str__(self) -> str:
        return f"{self.number}, {self.name}"

    @property
    def no_answer(self) -> Exception:
        """What whoever asked sees when the answer does not come."""
        return ReadTimeoutError(endpoint_url=URL) if self.of == "AWS" else StoreDown("no answer")


Befall = Callable[[Point, Callable[[], object]], None]
"""Called at a point with what is to happen there; does it, or raises before or after that."""


class Points:
    """While it is entered, tells `befall` of every point that the plays on `stage` reach."""

    def __init__(self, stage: Stage, befall: Befall) -> None:
        self._stage, self._befall = stage, befall
        self._count, self._last = 0, ""

    def __enter__(self) -> None:
        self._stage.around, self._stage.store.around = self._call, self._ask

    def __exit__(self, *_: object) -> None:
        self._stage.around = self._stage.store.around = None

    def _call(self, call: Call, proceed: Proceed) -> Response:
        changes = call.operation in MUTATING
        return self._reach(f"{call}", Point(self._count + 1, operation(call), changes, "AWS"), proceed)

    def _ask(self, verb: str, key: str, proceed: Callable[[], T]) -> T:
        name = f"{verb} {key.partition('/')[0].removesuffix('s')}"
        return self._reach(f"{verb} {key}", Point(self._count + 1, name, verb != "load", "store"), proceed)

    def _reach(self, asked: str, point: Point, proceed: Callable[[], T]) -> T:
        if asked == self._last and not point.changes:
            return proceed()
        self._count, self._last = point.number, asked
        done: list[T] = []
        self._befall(point, lambda: done.append(proceed()))
        return done[0]
