"""Plays what follows a death, or a lost answer, and says what came out wrong: each sentence a violation."""

import traceback
from collections.abc import Callable, Iterator

from cage_fsm.engine.ports import StoreDown
from tests.crash.invariants import breaches, breaches_in_the_cloud
from tests.crash.moments import Moment, distinct, moments
from tests.crash.points import Point, Points
from tests.crash.recoveries import Recovery, lose_and_sweep, resume
from tests.crash.stories import End, Story
from tests.stories.stage import Stage

BEFORE_IT_DRIVES = ("create run", "load run")
"""Without an answer to these a process ends, having touched nothing, and somebody calls another one."""


def wrong_after(moment: Moment, recovery: Recovery, story: Story) -> list[str]:
    """What is wrong when the process dies at `moment` and somebody recovers the run."""
    stage = moment.restore(story.stage())
    goes_on = not all(record.final for record in stage.runs)
    wrong = [*_ending(stage, lambda: _recover(stage, recovery, story)), *breaches(stage)]
    if goes_on and any(stage.claims):
        wrong.append(f"the claim was not given back: {stage.claims}")
    return wrong


def wrong_after_loss(moment: Moment, story: Story) -> list[str]:
    """What is wrong when the process dies at `moment`, its record is lost, and somebody sweeps."""
    stage = moment.restore(story.stage())
    return [*_ending(stage, lambda: lose_and_sweep(stage)), *breaches_in_the_cloud(stage)]


def second_deaths(first: Moment, recovery: Recovery, story: Story) -> list[Moment]:
    """What the process leaves behind that recovers from `first` and dies at a change or a save."""
    stage = first.restore(story.stage())
    found = moments(stage, lambda stage: _recover(stage, recovery, story))
    return distinct(moment for moment in found if moment.point.changes)


def wrong_without_answer(point: Point, story: Story) -> list[str]:
    """What is wrong when the process lives on without the answer at `point`, but with its effect."""
    stage = story.begun()

    def befall(reached: Point, act: Callable[[], object]) -> None:
        act()
        if reached == point:
            raise reached.no_answer

    def play() -> tuple[End, ...] | None:
        try:
            with Points(stage, befall):
                story.play(stage)
        except StoreDown:
            if point.name not in BEFORE_IT_DRIVES:
                raise
            return _recover(stage, resume, story)
        return (story.end,)

    return [*_ending(stage, play), *breaches(stage)]


def _recover(stage: Stage, recovery: Recovery, story: Story) -> tuple[End, ...] | None:
    """Recover the last run; None when the process died before there was one."""
    runs = stage.runs
    return recovery(stage, story, runs[-1]) if runs else None


def _ending(stage: Stage, play: Callable[[], tuple[End, ...] | None]) -> Iterator[str]:
    try:
        wanted = play()
    except Exception:  # noqa: BLE001 - whatever is raised is a violation, told like the others
        yield traceback.format_exc()
        return
    if wanted and stage.outcome not in wanted:
        yield f"it ended as {stage.outcome} and not as any of {wanted}: {stage.path}"
