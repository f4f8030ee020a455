"""What a process leaves behind when it dies: the world just before or just after a point."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cage_fsm.sandbox.cloud import Snapshot
from tests.crash.points import Point, Points
from tests.memory_store import MemoryStore
from tests.stories.stage import MUTATING, Stage

When = Literal["before", "after"]


@dataclass(frozen=True)
class Moment:
    """The cloud, the store and the time `when` a point was reached. `changes`: calls that changed AWS."""

    point: Point
    when: When
    cloud: Snapshot
    store: MemoryStore
    at: datetime
    processes: int

    def __str__(self) -> str:
        return f"{self.when} {self.point}"

    @property
    def label(self) -> str:
        """How a test is told to play this moment alone."""
        return f"{self.point.number}:{self.when}"

    def restore(self, stage: Stage) -> Stage:
        """Bring `stage`, where nothing has happened yet, to this moment; nobody lives who lived then."""
        stage.clock.sleep((self.at - stage.clock.now()).total_seconds())
        stage.cloud.restore(self.cloud)
        stage.store = self.store.copy()
        stage.processes = self.processes
        return stage


def moments(stage: Stage, play: Callable[[Stage], object]) -> list[Moment]:
    """Play to the end, and keep the world before each point and after each change."""
    found: list[Moment] = []

    def keep(point: Point, when: When) -> None:
        cloud, store = stage.cloud.snapshot(), stage.store.copy()
        found.append(Moment(point, when, cloud, store, stage.clock.now(), stage.processes))

    def befall(point: Point, act: Callable[[], object]) -> None:
        keep(point, "before")
        act()
        if point.changes:
            keep(point, "after")

    with Points(stage, befall):
        play(stage)
    return found


def distinct(found: Iterable[Moment]) -> list[Moment]:
    """The moments that differ: after a change and before the next point, often nothing has happened."""

    def world(moment: Moment) -> tuple[object, ...]:
        changes = sum(call.operation in MUTATING for call in moment.cloud.calls)
        return moment.at, len(moment.store.writes), changes

    return list({world(moment): moment for moment in reversed([*found])}.values())[::-1]
