"""Every way in which two processes take turns with at most two switches, and what came out wrong.

The first one runs to before one of its calls and is stopped there, as by SIGSTOP; the second one begins, runs
to before one of its own, and is stopped; the first one runs to its end, then the second one to its. A call is
one to AWS or to the store. Nobody's time passes but that of the one that runs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from cage_fsm.engine.ports import Superseded
from cage_fsm.engine.record import outcome
from cage_fsm.engine.taking import StillDriven
from tests.crash.baton import Process
from tests.crash.invariants import breaches
from tests.crash.moments import Moment, moments
from tests.crash.stories import STORIES, Story
from tests.crash.two import Act, Exit, NoRun, Two
from tests.stories.stage import MUTATING


@dataclass(frozen=True)
class Scene:
    """Two processes, and the moment of a story at which they find a run whose own process has died.

    `thinned`: the second process is stopped only where that may tell.
    """

    first: Act
    second: Act
    died: str = ""
    story: Story = STORIES["healthy"]
    thinned: bool = True

    def open(self) -> Two:
        """The stage as the two processes find it."""
        moment = _moments(self.story)[self.died] if self.died else None
        stage = self.story.stage()  # the stage made last is the one that plays
        return Two(moment.restore(stage) if moment else stage)


@cache
def _moments(story: Story) -> dict[str, Moment]:
    """The first moment of each name in a story."""
    found = moments(story.stage(), story.play)
    return {f"{each.when} {each.point.name}": each for each in reversed(found)}


@dataclass(frozen=True)
class Interleaving:
    """Before which calls, counted from 0, the two are stopped; None is the end."""

    scene: Scene
    first: int | None
    second: int | None = None

    def __str__(self) -> str:
        return f"{self.first}:{self.second}"

    def play(self) -> "Played":
        """Let the two take turns."""
        two = self.scene.open()
        first = two.enter(self.scene.first)
        two.let(first, self.first)
        second = two.enter(self.scene.second)
        two.let(second, self.second)
        two.let(first)
        two.let(second)
        wrong = [words for process in (first, second) for words in _of_ending(process)]
        wrong += ["two canaries were alive at once"] * two.crowded
        two.stage.pass_time(minutes=10)
        return Played(first, second, two.late, [*wrong, *breaches(two.stage)])


@dataclass(frozen=True)
class Played:
    """What came of an interleaving: how the two went, the changes that came late, and what is wrong."""

    first: Process
    second: Process
    late: dict[Process, list[str]]
    wrong: list[str]

    @property
    def not_named(self) -> list[str]:
        """The late changes of which the process that made them does not tell."""
        return [call for process in self.late for call in self.late[process] if call not in str(process.end)]


def _of_ending(process: Process) -> Iterator[str]:
    match process.end:
        case Superseded() | StillDriven() | NoRun():
            pass
        case Exit(code, record):
            if code != outcome(record).code:
                yield f"a process exited with {code}, and its run is {record.state}"
        case other:
            yield f"a process ended with {other!r}"


def before_the_fence(scene: Scene) -> Iterator[Interleaving]:
    """Nobody is stopped between the save that asks whether a change may be sent, and the sending."""
    calls = Interleaving(scene, None).play().first.points
    for first, name in enumerate([*calls, "the end"]):
        if name not in MUTATING:
            points = Interleaving(scene, first).play().second.points
            telling = _telling(points) if scene.thinned else range(len(points))
            for second in telling:
                if points[second] not in MUTATING:
                    yield Interleaving(scene, first, second)
            yield Interleaving(scene, first)


def behind_the_fence(scene: Scene) -> Iterator[Interleaving]:
    """The first process is stopped right there."""
    for first, name in enumerate(Interleaving(scene, None).play().first.points):
        if name in MUTATING:
            points = Interleaving(scene, first).play().second.points
            yield from (Interleaving(scene, first, second) for second in [*range(len(points)), None])


def _telling(points: list[str]) -> Iterable[int]:
    """Each call until the second process owns the run; then those around what changes AWS.

    In between the first one finds the world as it was, and a record that is another's.
    """
    owned = points.index("save run") + 1 if "save run" in points else len(points)
    changes = {at for at, name in enumerate(points) if name in MUTATING}
    return (at for at in range(len(points)) if at <= owned or {at - 1, at + 1} & changes)
