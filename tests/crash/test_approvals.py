"""The process that brings an approval dies before or after every change and every save, and another goes on.

Whatever the moment: an approval that was saved is not asked for again, and without one nothing is updated.
"""

from functools import cache

import pytest

from tests.crash.test_single_deaths import (
    GOOD,
    WHEN,
    Death,
    Killed,
    assert_the_record_tells_the_truth,
    mortal,
)
from tests.stories.stage import MUTATING, Stage

PARTS = 4


def ask(stage: Stage) -> None:
    stage.rollout(durations={"bake": 1.0}, approval=True)


def waiting(death: Death) -> Stage:
    stage = mortal(GOOD, death)
    ask(stage)
    death.seen.clear()
    return stage


@cache
def saves() -> int:
    """How many saves an approval takes, to the end, when nobody dies."""
    death = Death()
    stage = waiting(death)
    stage.answer(stage.runs[0].id)
    return death.seen.count("save")


def go_on_after(name: str, at: int, when: str) -> None:
    death = Death()
    stage = waiting(death)
    death.name, death.at, death.when = name, at, when
    with pytest.raises(Killed):
        stage.answer(stage.runs[0].id)
    death.at = 0
    (record,) = stage.runs
    if record.final:
        stage.record = record
    elif record.facts.get("decision"):
        stage.resume(record.id)
    else:
        assert getattr(stage.resume(record.id), "code", None) == 75
        assert stage.calls("UpdateService") == []
        stage.answer(record.id)
    assert stage.outcome == ("succeeded", 0)
    assert stage.path.count("awaiting_approval") == 1
    assert_the_record_tells_the_truth(stage)


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", ["UpdateService", "DeregisterTargets", "StopTask"])
def test_an_approval_holds_though_its_process_dies_at_a_change(call: str, when: str) -> None:
    assert call in MUTATING
    go_on_after(call, 1, when)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("when", WHEN)
def test_an_approval_holds_once_it_is_saved(when: str, part: int) -> None:
    for at in range(1 + part, saves() + 1, PARTS):
        go_on_after("save", at, when)


@pytest.mark.parametrize("when", WHEN)
def test_a_run_that_dies_while_it_asks_is_asked_about_by_a_resume(when: str) -> None:
    life = Death()
    ask(mortal(GOOD, life))
    last = life.seen.count("save")
    for at in range(last - 3, last + 1):
        death = Death("save", at, when)
        stage = mortal(GOOD, death)
        with pytest.raises(Killed):
            ask(stage)
        death.at = 0
        (record,) = stage.runs
        assert getattr(stage.resume(record.id), "code", None) == 75
        assert stage.calls("UpdateService") == []
        stage.answer(record.id)
        assert stage.outcome == ("succeeded", 0)
        assert_the_record_tells_the_truth(stage)
