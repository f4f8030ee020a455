"""A run that deploys the running revision anew dies at its update or at any save; a resume finishes it."""

import pytest

from tests.crash.test_single_deaths import GOOD, WHEN, Death, Killed, mortal
from tests.stories.stage import Stage, assert_nothing_is_left


def deploy_anew(stage: Stage) -> None:
    stage.rollout(task_definition="web:1", force_new_deployment=True, durations={"bake": 1.0})


def die(name: str, at: int, when: str) -> Stage:
    death = Death(name, at, when)
    stage = mortal(GOOD, death)
    with pytest.raises(Killed):
        deploy_anew(stage)
    death.at = 0
    return stage


def go_on(stage: Stage) -> None:
    if not stage.runs:
        return  # it died before there was a run
    (record,) = stage.runs
    if record.final:
        stage.record = record
    else:
        stage.resume(record.id, with_files=False)
    assert stage.outcome == ("succeeded", 0)
    assert stage.facts.deployment == stage.service.primary.id
    assert len(stage.calls("UpdateService")) == 1
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", ["RunTask", "UpdateService", "StopTask"])
def test_a_run_that_dies_at_a_change_deploys_once(call: str, when: str) -> None:
    go_on(die(call, 1, when))


@pytest.mark.parametrize("when", WHEN)
def test_a_run_that_dies_at_any_save_deploys_once(when: str) -> None:
    death = Death()
    deploy_anew(mortal(GOOD, death))
    for at in range(1, death.seen.count("save") + 1):
        go_on(die("save", at, when))


@pytest.mark.parametrize(("when", "ends"), [("before", ("rolled_back", 0)), ("after", ("needs_operator", 4))])
def test_a_run_that_dies_at_its_update_cannot_be_undone_once_it_took_effect(
    when: str, ends: tuple[str, int]
) -> None:
    stage = die("UpdateService", 1, when)
    (record,) = stage.runs
    stage.rollback(record.id)

    assert stage.outcome == ends
    assert stage.left.left == ()
