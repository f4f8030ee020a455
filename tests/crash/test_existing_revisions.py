"""A run that deploys the running revision anew dies at any point; a resume finishes it, and deploys once."""

from functools import cache

import pytest

from tests.crash.moments import Moment, distinct, moments
from tests.crash.stories import BRIEF, SUCCEEDED, Story
from tests.stories.stage import Stage, assert_nothing_is_left


def deploy_anew(stage: Stage) -> None:
    stage.rollout(task_definition="web:1", force_new_deployment=True, durations=BRIEF)


ANEW = Story(SUCCEEDED, play=deploy_anew)


@cache
def deaths() -> list[Moment]:
    return moments(ANEW.stage(), ANEW.play)


def test_a_run_that_dies_at_any_point_deploys_once() -> None:
    for moment in distinct(deaths()):
        stage = moment.restore(ANEW.stage())
        for record in stage.runs:
            if record.final:
                continue
            stage.resume(record.id, with_files=False)

            assert stage.outcome == SUCCEEDED, moment
            assert stage.facts.deployment == stage.service.primary.id, moment
            assert len(stage.calls("UpdateService")) == 1, moment
            assert_nothing_is_left(stage)


@pytest.mark.parametrize(("when", "ends"), [("before", ("rolled_back", 0)), ("after", ("needs_operator", 4))])
def test_a_run_that_dies_at_its_update_cannot_be_undone_once_it_took_effect(
    when: str, ends: tuple[str, int]
) -> None:
    (moment,) = (each for each in deaths() if (each.point.name, each.when) == ("UpdateService", when))
    stage = moment.restore(ANEW.stage())
    stage.rollback(stage.runs[0].id)

    assert stage.outcome == ends
    assert stage.left.left == ()
