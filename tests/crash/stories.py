"""The stories that are interrupted. A new one is a line in STORIES: what it is made of, and its end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.record import Record, outcome
from cage_fsm.sandbox import Timings
from tests.stories.kinds import SECOND, mode, on_hosts, two_groups, with_sidecars
from tests.stories.stage import Change, Json, Stage, example, plain, without_breaker

End = tuple[str, int]
"""Outcome and exit code."""
SUCCEEDED: End = ("succeeded", 0)
FAILED: End = ("failed", 1)
REFUSED: End = ("refused", 1)
TASK_REFUSED: End = ("refused", 125)
UNDONE: End = ("rolled_back", 0)
ROLLED_BACK: End = ("rolled_back", 3)
LEFT_FAILING: End = ("left_failing", 4)
INTERRUPTED: End = ("interrupted", 130)

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


def hurried(stage: Stage) -> None:
    """A second Ctrl-C ends the process before the canary is gone; another one proves that it goes."""
    runner, run = stage.at("observing_canary", durations=BRIEF)
    run.signals = 2
    stage.drive(runner, run)
    stage.resume(run.record.id)


def suspended(stage: Stage) -> None:
    """A Ctrl-C after the update: the process releases the canary, and another one waits for the service."""
    runner, run = stage.at("detaching_canary", durations=BRIEF)
    run.signals = 1
    stage.drive(runner, run)
    stage.resume(run.record.id)


def undone(stage: Stage) -> None:
    """The rollback of a rollout that succeeded."""
    assert stage.record
    stage.pass_time(seconds=1)
    stage.drive(*stage.undo(stage.record))


def left_failing(stage: Stage) -> None:
    """A rollout whose failing revision is left as it is, for somebody to look at."""
    stage.rollout(durations=BRIEF, keep_failing=True)


def approved(stage: Stage) -> None:
    """A rollout that asks, and another process that brings the answer."""
    stage.rollout(durations=BRIEF, approval=True)
    answer(stage)


def updated(stage: Stage) -> None:
    """A rollout that also changes the service's fields, tags and desired count."""
    stage.rollout(durations=BRIEF, update_service=True, desired_count=3)


def audited(stage: Stage) -> None:
    """A rollout whose images bring a finding that the gate refuses."""
    stage.rollout(durations=BRIEF, audit_gate=["CRITICAL"])


def answer(stage: Stage) -> None:
    """Approve what the last run asks, if it does."""
    if stage.record and stage.record.state == "awaiting_approval":
        stage.answer(stage.record.id)


def _tasks_code(code: int) -> End:
    return "failed", code


def run_a_task(*command: str, **inputs: Any) -> Callable[[Stage], None]:
    """A one-off task from its beginning to its end."""

    def play(stage: Stage) -> None:
        stage.run_task(*command, **inputs)

    return play


def interrupted_task(stage: Stage) -> None:
    """A one-off task whose process gets a Ctrl-C while it runs."""
    runner, run = stage.start_task("sleep 60")
    stage.until(runner, run, "running_task")
    run.signals = 1
    stage.drive(runner, run)


def hurried_task(stage: Stage) -> None:
    """A second Ctrl-C ends the process before the task is seen stopped; another one sees that."""
    runner, run = stage.start_task("sleep 60")
    stage.until(runner, run, "running_task")
    run.signals = 2
    stage.drive(runner, run)
    stage.resume(run.record.id)


def baked(script: str) -> Callable[[Stage], None]:
    """A rollout up to where its canary is observed; then the script runs before the service is updated."""

    def play(stage: Stage) -> None:
        stage.at("observing_canary", durations=BRIEF, container="web", command=["sh", "-c", script])

    return play


def go_on(stage: Stage) -> None:
    """Another process goes on to the end."""
    stage.resume(stage.runs[-1].id)


def interrupted_migration(stage: Stage) -> None:
    """Another process goes on, and gets a Ctrl-C while the script runs."""
    runner, run = stage.take(stage.runs[-1].id)
    stage.until(runner, run, "running_task")
    run.signals = 1
    stage.drive(runner, run)


def created(stage: Stage) -> None:
    """The creation of a service; a failing one is left as it is."""
    stage.up()


def deleted(stage: Stage) -> None:
    """The creation of a service that is deleted again when it fails."""
    stage.up(keep_failing=False)


def created_in_two(stage: Stage) -> None:
    """The creation of a service; a Ctrl-C ends its process, and another one waits for the deployment."""
    runner, run = stage.start_up()
    stage.until(runner, run, "stabilizing_service")
    run.signals = 1
    stage.drive(runner, run)
    stage.resume(run.record.id)


def created_with_an_older_revision(stage: Stage) -> None:
    """The creation of a service with a revision that anybody could have created one with."""
    stage.up(task_definition="web:1")


def registered(stage: Stage) -> None:
    """A revision is there already."""
    stage.aws.ecs.register_task_definition(stage.files.task_definition)


@dataclass(frozen=True)
class Story:
    """What is rolled out where, what happens meanwhile, and how that ends.

    `before` is played first, and nobody dies in it. `unsaved`: the ends it may come to instead if
    its process dies before the signal is on record; a canary that was told to stop by then fails the run.
    `updates`: what service.json has otherwise than the service.
    """

    end: End
    tag: str = "v2"
    service: Change = lambda service: service
    definition: Change = lambda definition: definition
    updates: Change | None = None
    breaker: bool = False
    play: Callable[[Stage], None] = roll_out
    before: Callable[[Stage], None] = lambda stage: None
    unsaved: tuple[End, ...] = ()
    new: bool = False
    """Whether there is no service yet."""

    def stage(self) -> Stage:
        """A stage for it on which nothing has happened yet; its cloud is quick, to be played often."""
        return Stage(
            new=self.new,
            files=_files(self),
            deployed=_files(replace(self, updates=None)) if self.updates else None,
            pace=Timings(**QUICK),
            health_check_interval=2,
            deregistration_delay=4,
        )

    def begun(self) -> Stage:
        """A stage on which all has happened that comes before the play."""
        stage = self.stage()
        self.before(stage)
        return stage

    def ends_from(self, record: Record) -> tuple[End, ...]:
        """What a run of this story may come to when it is gone on with from `record`."""
        if record.final:
            return (outcome(record),)
        if record.machine == "rollback" or record.cause == "rollback":
            return (UNDONE,)
        return self.unsaved if self.unsaved and not record.cause else (self.end,)


@cache
def _files(story: Story) -> DeployFiles:
    def service(found: Json) -> Json:
        whole = story.service(found if story.breaker else without_breaker(found))
        return story.updates(whole) if story.updates else whole

    return example(story.tag, service, lambda found: story.definition(_with_secret(found)))


def _with_secret(definition: Json) -> Json:
    (web,) = definition["containerDefinitions"]
    return definition | {"containerDefinitions": [web | {"environment": [{"name": "KEY", "value": SECRET}]}]}


def tagged(service: Json) -> Json:
    """With tags."""
    return service | {"tags": [{"key": "team", "value": "shop"}, {"key": "tier", "value": "front"}]}


def moved(service: Json) -> Json:
    """In another network, behind another target group, with other tags and less patience."""
    network = {"awsvpcConfiguration": {"subnets": ["subnet-0a1b2c3d4e5f60009"]}}
    balancer = service["loadBalancers"][0] | {"targetGroupArn": SECOND}
    return service | {
        "networkConfiguration": network,
        "loadBalancers": [balancer],
        "healthCheckGracePeriodSeconds": 20,
        "propagateTags": "SERVICE",
        "serviceConnectConfiguration": {"enabled": True, "namespace": "shop"},
        "tags": [{"key": "team", "value": "other"}, {"key": "key", "value": SECRET}],
    }


UPDATING: dict[str, Any] = {"service": tagged, "updates": moved}
STORIES: dict[str, Story] = {
    "healthy": Story(SUCCEEDED),
    "two_groups": Story(SUCCEEDED, service=two_groups, definition=with_sidecars),
    "no_load_balancer": Story(SUCCEEDED, service=plain),
    "dynamic_port": Story(SUCCEEDED, service=on_hosts, definition=mode("bridge")),
    "approved": Story(SUCCEEDED, play=approved),
    "bad_container": Story(FAILED, "v2-crash"),
    "unhealthy_target": Story(FAILED, "v2-unhealthy-target"),
    "no_capacity": Story(FAILED, "v2-no-capacity"),
    "bad_in_service": Story(ROLLED_BACK, "v2-bad-in-service"),
    "undone_by_ecs": Story(ROLLED_BACK, "v2-bad-in-service", breaker=True),
    "left_failing": Story(LEFT_FAILING, "v2-bad-in-service", play=left_failing),
    "undone": Story(UNDONE, before=roll_out, play=undone),
    "service_updated": Story(SUCCEEDED, play=updated, **UPDATING),
    "service_update_failed": Story(ROLLED_BACK, "v2-bad-in-service", play=updated, **UPDATING),
    "service_update_undone": Story(UNDONE, before=updated, play=undone, **UPDATING),
    "interrupted": Story(INTERRUPTED, play=interrupted, unsaved=(SUCCEEDED,)),
    "hurried": Story(INTERRUPTED, play=hurried, unsaved=(SUCCEEDED, FAILED)),
    "suspended": Story(SUCCEEDED, play=suspended),
    "audited": Story(REFUSED, "v2-vulnerable", play=audited),
    "migrated": Story(SUCCEEDED, before=baked("echo begins; sleep 2; echo ends"), play=go_on),
    "migration_failed": Story(FAILED, before=baked("sleep 2; exit 7"), play=go_on),
    "migration_interrupted": Story(
        INTERRUPTED, before=baked("sleep 60"), play=interrupted_migration, unsaved=(SUCCEEDED,)
    ),
    "task_ends": Story(SUCCEEDED, play=run_a_task("sh", "-c", "echo begins; sleep 3; echo ends")),
    "task_exits_7": Story(_tasks_code(7), play=run_a_task("sleep 2; exit 7")),
    "task_without_room": Story(_tasks_code(125), "v2-no-capacity", play=run_a_task("exit 0")),
    "task_in_time": Story(_tasks_code(125), play=run_a_task("sleep 600; exit 0", durations={"task": 5.0})),
    "task_interrupted": Story(INTERRUPTED, play=interrupted_task, unsaved=(SUCCEEDED,)),
    "task_hurried": Story(INTERRUPTED, play=hurried_task, unsaved=(SUCCEEDED, _tasks_code(125))),
}

UP_STORIES: dict[str, Story] = {
    "up": Story(SUCCEEDED, new=True, play=created),
    "up_crashing": Story(LEFT_FAILING, "v2-crash", new=True, play=created),
    "up_deleted": Story(ROLLED_BACK, "v2-crash", new=True, play=deleted, breaker=True),
    "up_suspended": Story(SUCCEEDED, new=True, play=created_in_two),
}
UP_AGAIN = Story(SUCCEEDED, new=True, before=registered, play=created_with_an_older_revision)
