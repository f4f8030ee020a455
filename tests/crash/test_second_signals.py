"""A second signal breaks off any change and any save, before or after its effect, and a resume goes on."""

from functools import cache

import pytest

from tests.stories.stage import PLAIN
from tests.stories.test_hurry import Broken

WHEN = ("before", "after")
PARTS = 4
WHEN = ("before", "after")


@cache
def saves() -> int:
    """How many saves a rollout takes when nobody disturbs it."""
    story = Broken("nothing", "before")
    story.began = True
    story.stage.drive(story.runner, story.run)
    return story.saves


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", PLAIN)
def test_a_change_that_is_broken_off_is_found_by_a_resume(call: str, when: str) -> None:
    Broken(call, when).drive()


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("when", WHEN)
def test_a_save_that_is_broken_off_leaves_the_store_good(when: str, part: int) -> None:
    for at in range(1 + part, saves() + 1, PARTS):
        Broken("save", when, at).drive()
