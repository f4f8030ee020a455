"""Two processes at once, by enumeration: one acts at a time, and the world is well whichever ends it.

Before the fence nothing may come late. Behind it, where a process is stopped between the save that asks and
the bytes on the wire, RegisterTargets and UpdateService may do harm, and a revision too many may stay; the
process that sent them tells so when it ends. `make test-crash-double` prints how often.
"""

import pytest

from tests.crash.conftest import Tally
from tests.crash.interleavings import Interleaving, Scene, before_the_fence, behind_the_fence
from tests.crash.stories import STORIES
from tests.crash.two import resume, rollback, rollout, take_over

SCENES = {
    "old owner, resume": Scene(rollout, resume),
    "old owner, rollback": Scene(rollout, rollback),
    "old owner, take-over": Scene(rollout, take_over),
    "two resumes": Scene(resume, resume, "before RegisterTargets"),
    "resume, rollback": Scene(resume, rollback, "before RegisterTargets"),
    "rollback, resume": Scene(rollback, resume, "before DeregisterTargets"),
    "two rollbacks": Scene(rollback, rollback, "before DeregisterTargets", thinned=False),
    "two resumes, going back": Scene(
        resume, resume, "before StopTask", STORIES["bad_in_service"], thinned=False
    ),
    "two rollouts": Scene(rollout, rollout),
}
HARM = {"RegisterTargets": "is registered in", "UpdateService": "but web runs"}
"""Which calls may do harm when they come late, and in which words it shows."""

NO_HARM = {
    "RegisterTaskDefinition": "more than one revision of a run",
    "UpdateService": "was sent to our revision 2 times",
}
"""What else may come of them: a revision that nothing uses, an update that changes nothing."""


@pytest.mark.parametrize("name", SCENES)
def test_two_processes_stopped_before_any_call_act_one_at_a_time(name: str, tally: Tally) -> None:
    def wrong(interleaving: Interleaving) -> list[str]:
        played = interleaving.play()
        return [*played.wrong, *(f"{call} came late" for calls in played.late.values() for call in calls)]

    found = [*before_the_fence(SCENES[name])]
    for each in found:
        tally.play(f"{each}", f"{name}, stopped at {each}", lambda: wrong(each))  # noqa: B023 - called at once
    tally.close(name, points=len({each.first for each in found}))


@pytest.mark.parametrize("name", SCENES)
def test_what_a_call_does_that_comes_late_is_told_by_who_sent_it(name: str, tally: Tally) -> None:
    def wrong(interleaving: Interleaving) -> list[str]:
        played = interleaving.play()
        late = {call for calls in played.late.values() for call in calls}
        for call in late & HARM.keys():
            tally.harm[call] += any(HARM[call] in words for words in played.wrong)
        allowed = [known[call] for known in (HARM, NO_HARM) for call in late & known.keys()]
        unexpected = [words for words in played.wrong if not any(each in words for each in allowed)]
        return [*unexpected, *(f"{call} came late and is not told of" for call in played.not_named)]

    found = [*behind_the_fence(SCENES[name])]
    for each in found:
        tally.play(f"{each}", f"{name}, stopped at {each}", lambda: wrong(each))  # noqa: B023 - called at once
    tally.close(f"{name}, too late", points=len({each.first for each in found}))
