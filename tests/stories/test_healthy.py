"""A healthy rollout: one canary beside the service, judged, released, and only then is the service new."""

import pytest

from tests.stories.stage import Change, Stage, assert_nothing_is_left, plain, unchecked

ROAD = [
    "registering",
    "launching_canary",
    "checking_containers",
    "checking_targets",
    "observing_canary",
    "updating_service",
    "detaching_canary",
    "stopping_canary",
    "stabilizing_service",
    "succeeded",
]


def empty(service: dict[str, object]) -> dict[str, object]:
    return service | {"desiredCount": 0}


@pytest.fixture(scope="module")
def done() -> Stage:
    stage = Stage()
    stage.rollout(durations={"bake": 10.0})
    return stage


def test_the_service_runs_the_new_revision_and_nothing_is_left() -> None:
    stage = Stage()
    end = stage.rollout()

    assert getattr(end, "code", None) == 0
    assert stage.outcome == ("succeeded", 0)
    assert stage.path == ROAD
    assert stage.revision == "web:2"
    assert stage.left.sentences == ["nothing is left behind", "web runs web:2, 2 of 2 tasks"]
    assert stage.claims == [None]
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("service", [plain, empty], ids=["no load balancer", "desired count 0"])
@pytest.mark.parametrize("definition", [dict, unchecked], ids=["health check", "no health check"])
def test_every_shape_of_service_gets_its_revision(service: Change, definition: Change) -> None:
    stage = Stage(service=service, definition=definition)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert stage.path == ROAD
    assert stage.revision == "web:2"
    assert len(stage.tasks()) == 1
    assert_nothing_is_left(stage)


def test_a_service_without_load_balancer_has_no_target_touched() -> None:
    stage = Stage(service=plain)
    stage.rollout()

    assert {call.service for call in stage.cloud.calls} == {"ecs"}
    assert stage.facts.targets == ()


def test_each_change_is_made_once(done: Stage) -> None:
    changes = ("RegisterTaskDefinition", "RunTask", "RegisterTargets", "UpdateService", "DeregisterTargets")

    assert {name: len(done.calls(name)) for name in changes} == dict.fromkeys(changes, 1)
    assert len(done.calls("StopTask")) == 1


def test_the_canary_is_one_task_that_resembles_those_of_the_service(done: Stage) -> None:
    (call,) = done.calls("RunTask")
    (sibling, *_) = done.tasks("service:web")

    assert call.params["count"] == 1
    assert call.params["startedBy"] == f"cage-fsm/{done.runs[0].id}"
    assert call.params["taskDefinition"].endswith("/web:2")
    assert call.params["networkConfiguration"] == done.files.service["networkConfiguration"]
    assert done.canary.request["launchType"] == sibling.request["launchType"]


def test_the_canary_is_deregistered_before_it_is_stopped_and_stopped_only_once_drained(done: Stage) -> None:
    (deregistered,), (stopped,) = done.calls("DeregisterTargets"), done.calls("StopTask")

    assert (stopped.at - deregistered.at).total_seconds() >= 30  # the deregistration delay
    assert done.canary.desired_status == "STOPPED"


def test_the_service_is_updated_only_after_the_canary_was_healthy_for_the_bake_time(done: Stage) -> None:
    (updated,) = done.calls("UpdateService")
    watched = next(step.at for step in done.runs[0].history if step.to == "observing_canary")

    assert (updated.at - watched).total_seconds() >= 10
    assert updated.params["taskDefinition"].endswith("/web:2")
    assert set(updated.params) == {"cluster", "service", "taskDefinition"}


def test_a_longer_bake_time_is_watched_to_its_end() -> None:
    stage = Stage()
    stage.rollout(durations={"bake": 90.0})

    moves = {step.to: step.at for step in stage.runs[0].history}
    baked = (moves["updating_service"] - moves["observing_canary"]).total_seconds()
    assert stage.outcome == ("succeeded", 0)
    assert 90 <= baked < 100


def test_a_health_check_that_flaps_begins_the_bake_time_anew() -> None:
    stage = Stage(health_check_interval=5, unhealthy_threshold=2)
    runner, run = stage.at("observing_canary", durations={"bake": 30.0})
    stage.pass_time(seconds=20)
    runner.advance(run)
    stage.cloud.fail_next("DescribeTasks", "ServerException", times=30)
    stage.drive(runner, run)

    moves = {step.to: step.at for step in run.record.history}
    assert stage.outcome == ("succeeded", 0)
    assert (moves["updating_service"] - moves["observing_canary"]).total_seconds() > 60


def test_the_canary_drains_while_the_service_is_deploying(done: Stage) -> None:
    (updated,), (deregistered,) = done.calls("UpdateService"), done.calls("DeregisterTargets")

    assert 0 <= (deregistered.at - updated.at).total_seconds() < 5


def test_a_revision_equal_to_the_running_one_is_rolled_out_all_the_same() -> None:
    stage = Stage("previous")
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert "rolled out all the same" in stage.runs[0].history[0].reason
    assert stage.revision == "web:2"


def test_every_move_is_saved_and_told_with_its_reason() -> None:
    stage = Stage()
    stage.rollout()

    moved = [event for event in stage.events if event.kind == "moved"]
    assert [event.state for event in moved] == stage.path
    assert all(step.reason for step in stage.runs[0].history)
    assert [(event.state, event.words) for event in stage.events if event.kind == "finished"] == [
        ("succeeded", "succeeded")
    ]
