"""The stories that are interrupted. A new one is a line in STORIES: what it is made of, and its end."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.record import Record, outcome
from cage_fsm.sandbox import Timings
from tests.stories.kinds import mode, on_hosts, two_groups, with_sidecars
from tests.stories.stage import Change, Json, Stage, example, plain, unchecked, without_breaker

End = tuple[str, int]
"""Outcome and exit code."""
SUCCEEDED: End = ("succeeded", 0)
FAILED: End = ("failed", 1)
UNDONE: End = ("rolled_back", 0)

SECRET = "planted-d41d8cd9"
QUICK: dict[str, float] = {
    "provisioning": 1,
    "pending": 0.5,
    "activating": 1,
    "crash_after": 1,
    "settled": 1,
    "backoff": 1,
    "stopping": 1,
}
BRIEF = {"bake": 1.0}


def roll_out(stage: Stage) -> None:
    """A rollout from its beginning to its end."""
    stage.rollout(durations=BRIEF)


def interrupted(stage: Stage) -> None:
    """A rollout whose process gets a Ctrl-C while the canary is observed."""
    runner, run = stage.at("observing_canary", durations=BRIEF)
    run.signals = 1
    stage.drive(runner, run)


def approved(stage: Stage) -> None:
    """A rollout that asks, and another process that brings the answer."""
    stage.rollout(durations=BRIEF, approval=True)
    answer(stage)


def answer(stage: Stage) -> None:
    """Approve what the last run asks, if it does."""
    if stage.record and stage.record.state == "awaiting_approval":
        stage.answer(stage.record.id)


@dataclass(frozen=True)
class Story:
    """What is rolled out where, what happens meanwhile, and how that ends.

    `signalled`: its end is that of a signal, which is lost with the process that heard it.
    """

    end: End
    tag: str = "v2"
    service: Change = lambda service: service
    definition: Change = unchecked
    play: Callable[[Stage], None] = roll_out
    signalled: bool = False

    def stage(self) -> Stage:
        """A stage for it on which nothing has happened yet; its cloud is quick, to be played often."""
        return Stage(
            files=_files(self),
            pace=Timings(**QUICK),
            health_check_interval=2,
            deregistration_delay=4,
        )

    def ends_from(self, record: Record) -> End:
        """What a run of this story comes to when it is gone on with from `record`."""
        if record.final:
            return outcome(record)
        if record.machine == "rollback" or record.cause == "rollback":
            return UNDONE
        return SUCCEEDED if self.signalled and not record.cause else self.end


@cache
def _files(story: Story) -> DeployFiles:
    return example(
        story.tag,
        lambda service: without_breaker(story.service(service)),
        lambda definition: _with_secret(story.definition(definition)),
    )


def _with_secret(definition: Json) -> Json:
    first, *others = definition["containerDefinitions"]
    planted = {"environment": [{"name": "PASSWORD", "value": SECRET}]}
    return definition | {"containerDefinitions": [first | planted, *others]}


STORIES: dict[str, Story] = {
    "healthy": Story(SUCCEEDED),
    "two_groups": Story(SUCCEEDED, service=two_groups, definition=with_sidecars),
    "no_load_balancer": Story(SUCCEEDED, service=plain),
    "dynamic_port": Story(
        SUCCEEDED, service=on_hosts, definition=lambda found: unchecked(mode("bridge")(found))
    ),
    "approved": Story(SUCCEEDED, play=approved),
    "bad_container": Story(FAILED, "v2-crash"),
    "unhealthy_target": Story(FAILED, "v2-unhealthy-target"),
    "no_capacity": Story(FAILED, "v2-no-capacity"),
    "bad_in_service": Story(("rolled_back", 3), "v2-bad-in-service"),
    "interrupted": Story(("interrupted", 130), play=interrupted, signalled=True),
}
