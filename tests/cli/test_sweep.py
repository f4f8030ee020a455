"""cage-fsm sweep as it is typed, on a cloud in which somebody left things behind."""

import json

from cage_fsm.aws.clients import connect, sign_in
from cage_fsm.checkpoints import open_store
from cage_fsm.phases.names import EXPIRES
from cage_fsm.sandbox.records import Task

from .desk import Desk

LOST = "20250101-000000-000000"


def plant(desk: Desk) -> Task:
    """Start a canary that nobody drives, and let it hold the service."""
    ecs = connect(sign_in("us-east-1")).ecs
    service = ecs.service("demo", "web")
    assert service
    started = ecs.run_task(
        cluster="demo",
        taskDefinition=service["taskDefinition"],
        networkConfiguration=service["networkConfiguration"],
        launchType="FARGATE",
        startedBy=f"cage-fsm/{LOST}",
        group="cage:canary-task:web",
        tags=[{"key": EXPIRES, "value": "2025-01-01T00:00:00Z"}],
    )
    store = open_store(str(desk.store))
    (key,) = store.list("claims/")
    store.save(key, json.dumps({"run": LOST, "revision": 9, "nonce": "n"}), store.load(key)[1])
    return desk.cloud.world.tasks[started.task_arn or ""]


def test_planted_orphans_are_listed_and_then_cleared_away(desk: Desk) -> None:
    assert desk.rollout().code == 0
    canary = plant(desk)
    words = ("sweep", "--older-than", "0s", "--include-unknown")

    dry = desk.type(*words)
    assert dry.code == 0
    assert f"task {canary.arn} of run {LOST}" in dry.out
    assert "would deregister its targets" in dry.out
    assert "would release it" in dry.out
    assert canary.desired_status == "RUNNING"

    done = desk.type(*words, "--apply", "--json")
    assert done.code == 0
    came_to = [(each["kind"], each["came_to"]) for each in done.json()["findings"]]
    assert came_to == [("task", "done"), ("claim", "done")]
    assert desk.cloud.world.tasks[canary.arn].stop_code == "UserInitiated"
    assert desk.type(*words).out.splitlines()[1:] == ["Nothing was left behind."]


def test_what_may_not_be_looked_at_is_said_with_exit_1(desk: Desk) -> None:
    desk.cloud.fail_next("ListTasks", "AccessDeniedException", 9, "not authorized to perform: ecs:ListTasks")

    swept = desk.type("sweep", "--cluster", "demo")
    assert swept.code == 1
    assert "not authorized to perform: ecs:ListTasks" in swept.out


def test_an_age_says_its_unit(desk: Desk) -> None:
    assert desk.type("sweep", "--older-than", "5").code == 2


def test_a_sweep_that_knows_no_cluster_does_not_say_that_nothing_was_left(desk: Desk) -> None:
    swept = desk.type("sweep")

    assert swept.code == 0
    assert "Nothing was left" not in swept.out
    assert "name a cluster with --cluster" in swept.out
