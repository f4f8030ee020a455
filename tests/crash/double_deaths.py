"""A process dies at any point, and the resume or the rollback that follows dies at any change or save, too.

Played by `make test-crash-double`. Whatever the two moments: a last resume ends the run as it must.
"""

from functools import partial

import pytest

from tests.crash.conftest import Tally
from tests.crash.judging import second_deaths, wrong_after
from tests.crash.moments import distinct
from tests.crash.recoveries import RECOVERIES, resume
from tests.crash.test_single_deaths import ALL, played

PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("recovery", ["resume", "rollback"])
@pytest.mark.parametrize("name", ["healthy", "bad_in_service", "up", "up_deleted"])
def test_a_recovery_that_dies_as_well_is_made_up_for(
    name: str, recovery: str, part: int, tally: Tally
) -> None:
    points = 0
    for first in distinct(played(name))[part::PARTS]:
        found = second_deaths(first, RECOVERIES[recovery], ALL[name])
        points += len({moment.point for moment in found})
        for second in found:
            what = f"{name}, died {first}, {recovery} died {second}, resume"
            wrong = partial(wrong_after, second, resume, ALL[name])
            tally.play(f"{first.label}+{second.label}", what, wrong)
    tally.close(f"{name}, {recovery}", points, part=str(part))
