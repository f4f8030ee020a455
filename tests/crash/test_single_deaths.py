"""A process dies before or after all it changes, saves or asks; another goes on, goes back, or elsewhere.

Whatever the moment: one canary at most ever ran, nothing is left, the service runs what the record says. So
it is as well when the process lives on and only the answer is lost. Failures say how to play one case alone.
"""

from functools import cache, partial

import pytest

from tests.crash.conftest import Tally
from tests.crash.judging import wrong_after, wrong_after_loss, wrong_without_answer
from tests.crash.moments import Moment, distinct, moments
from tests.crash.recoveries import RECOVERIES
from tests.crash.stories import STORIES, UP_AGAIN, UP_STORIES

ALL = STORIES | UP_STORIES | {"up_again": UP_AGAIN}


@cache
def played(name: str) -> list[Moment]:
    return moments(ALL[name].begun(), ALL[name].play)


@pytest.mark.parametrize("recovery", RECOVERIES)
@pytest.mark.parametrize("name", STORIES | UP_STORIES)
def test_a_process_that_dies_at_any_point_is_made_up_for(name: str, recovery: str, tally: Tally) -> None:
    for moment in distinct(played(name)):
        wrong = partial(wrong_after, moment, RECOVERIES[recovery], ALL[name])
        tally.play(moment.label, f"{name}, died {moment}, {recovery}", wrong)
    tally.close(name, points=len({moment.point for moment in played(name)}))


# A canary in a target group that its service was to get is found by its record alone.
@pytest.mark.parametrize("name", [name for name, story in STORIES.items() if not story.updates])
def test_a_run_that_the_store_has_lost_is_swept_away(name: str, tally: Tally) -> None:
    for moment in distinct(played(name)):
        wrong = partial(wrong_after_loss, moment, STORIES[name])
        tally.play(moment.label, f"{name}, died {moment}, record lost, sweep", wrong)
    tally.close(name, points=len({moment.point for moment in played(name)}))


@pytest.mark.parametrize("name", ALL)
def test_an_answer_that_is_lost_at_any_point_is_made_up_for(name: str, tally: Tally) -> None:
    points = {moment.point: None for moment in played(name)}
    for point in points:
        wrong = partial(wrong_without_answer, point, ALL[name])
        tally.play(f"{point.number}:unanswered", f"{name}, no answer to {point}", wrong)
    tally.close(name, points=len(points))
