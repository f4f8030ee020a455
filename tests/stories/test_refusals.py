"""What a rollout is refused for: said at once and in one go, before anything is created."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cage_fsm.sandbox import Around, Call, Proceed, Response
from tests.stories.stage import CANARIES, GROUP, MUTATING, Json, Stage, example, plain

Arrange = Callable[[Stage], None]


def doctored(**changes: Any) -> Around:
    """DescribeServices answers with these fields of the service changed: kinds the sandbox has not."""

    def around(call: Call, proceed: Proceed) -> Response:
        response = proceed()
        if call.operation != "DescribeServices":
            return response
        body = json.loads(response.body)
        body["services"][0] |= changes
        return replace(response, body=json.dumps(body).encode())

    return around


def described(**changes: Any) -> Arrange:
    def arrange(stage: Stage) -> None:
        stage.around = doctored(**changes)

    return arrange


def with_definition(change: Callable[[Json], Json]) -> Arrange:
    def arrange(stage: Stage) -> None:
        stage.files = example("v2", plain, change)

    return arrange


def other_container(definition: Json) -> Json:
    definition["containerDefinitions"][0]["name"] = "app"
    return definition


def other_port(definition: Json) -> Json:
    definition["containerDefinitions"][0]["portMappings"] = [{"containerPort": 9090}]
    return definition


def deleted(stage: Stage) -> None:
    stage.cloud.delete_service("demo", "web")
    stage.pass_time(minutes=10)


def being_deleted(stage: Stage) -> None:
    stage.cloud.delete_service("demo", "web")


def deploying(stage: Stage) -> None:
    stage.cloud.update_service("demo", "web", forceNewDeployment=True)


def target_group_unused(stage: Stage) -> None:
    stage.cloud.world.target_groups[GROUP].balancers.clear()


def target_group_of_instances(stage: Stage) -> None:
    stage.cloud.world.target_groups[GROUP].target_type = "instance"


def target_group_gone(stage: Stage) -> None:
    stage.cloud.delete_target_group(GROUP)


def canary_of_somebody_else(stage: Stage) -> None:
    stage.aws.ecs.run_task(
        cluster="demo",
        taskDefinition="web:1",
        launchType="FARGATE",
        networkConfiguration=stage.files.service["networkConfiguration"],
        group=CANARIES,
        startedBy="canarycage",
    )
    stage.pass_time(seconds=30)


REFUSALS: dict[str, tuple[Arrange, str]] = {
    "the service is INACTIVE": (deleted, "Service web is INACTIVE; create it first."),
    "the service is DRAINING": (being_deleted, "Service web is DRAINING"),
    "CodeDeploy drives the service": (
        described(deploymentController={"type": "CODE_DEPLOY"}),
        "deployed by CODE_DEPLOY",
    ),
    "somebody drives the service": (described(deploymentController={"type": "EXTERNAL"}), "by EXTERNAL"),
    "a DAEMON service": (described(schedulingStrategy="DAEMON"), "Service web is a DAEMON service"),
    "ECS's own blue/green": (
        described(deploymentConfiguration={"strategy": "BLUE_GREEN"}),
        "uses ECS's own BLUE_GREEN strategy",
    ),
    "ECS's own canaries": (described(deploymentConfiguration={"strategy": "CANARY"}), "CANARY strategy"),
    "a lifecycle hook": (
        described(deploymentConfiguration={"lifecycleHooks": [{"targetType": "PAUSE"}]}),
        "has deployment lifecycle hooks",
    ),
    "a Classic Load Balancer": (
        described(loadBalancers=[{"loadBalancerName": "old", "containerName": "web", "containerPort": 8080}]),
        "behind a Classic Load Balancer",
    ),
    "another deployment goes on": (deploying, "Another deployment of service web is in progress, of web:1"),
    "the container is missing": (with_definition(other_container), "wants container web"),
    "the port is missing": (with_definition(other_port), "wants port 8080 of container web"),
    "no listener uses the target group": (target_group_unused, "is used by no load balancer"),
    "the target group is of instances": (target_group_of_instances, "awsvpc tasks need type ip"),
    "the target group is gone": (target_group_gone, "TargetGroupNotFound"),
    "a live canary of somebody else": (canary_of_somebody_else, "not ours (started by canarycage)"),
}


def changes(stage: Stage) -> list[str]:
    return [call.operation for call in stage.cloud.calls if call.operation in MUTATING]


@pytest.mark.parametrize("why", REFUSALS)
def test_it_is_refused_before_anything_is_created(why: str) -> None:
    arrange, words = REFUSALS[why]
    stage = Stage()
    arrange(stage)
    before, revision = changes(stage), stage.service.definition
    stage.rollout()

    assert stage.outcome[1] == 1
    assert words in stage.reason
    assert stage.path == ["aborted"]
    assert changes(stage) == before
    assert stage.service.definition == revision
    assert set(stage.claims) <= {None}


@pytest.mark.parametrize("service", ["nowhere", "web-2"])
def test_a_service_that_does_not_exist_is_refused_with_cluster_and_region(service: str) -> None:
    stage = Stage()
    stage.rollout(service=service)

    assert stage.outcome == ("refused", 1)
    assert stage.reason == f"There is no service {service} in cluster demo (us-east-1)."
    assert changes(stage) == []


def test_a_cluster_that_does_not_exist_is_refused() -> None:
    stage = Stage()
    stage.rollout(cluster="nowhere")

    assert stage.outcome == ("refused", 1)
    assert "in cluster nowhere" in stage.reason


def test_all_reasons_are_told_at_once() -> None:
    stage = Stage()
    for arrange in (deploying, target_group_unused, target_group_of_instances):
        arrange(stage)
    stage.rollout()

    (evidence,) = stage.runs[0].evidence
    reasons = evidence.seen["reasons"]
    assert isinstance(reasons, list)
    assert len(reasons) == 3
    assert all(str(each) in stage.reason for each in reasons)


def test_a_service_that_another_run_holds_is_5_and_names_the_run_and_what_to_type() -> None:
    stage = Stage()
    _, first = stage.at("observing_canary")
    before = changes(stage)
    stage.rollout()

    assert stage.outcome == ("refused", 5)
    assert f"Run {first.record.id} holds this service: running, state observing_canary" in stage.reason
    assert f"cage-fsm resume {first.record.id}" in stage.reason
    assert f"cage-fsm rollback {first.record.id}" in stage.reason
    assert changes(stage) == before
    assert stage.claims == [first.record.id]


def test_the_refused_second_run_does_not_disturb_the_first() -> None:
    stage = Stage()
    runner, first = stage.at("observing_canary")
    stage.rollout()
    stage.drive(runner, first)

    assert stage.outcome == ("succeeded", 0)
    assert stage.claims == [None]


def test_a_canary_that_somebody_has_stopped_is_no_reason_to_refuse() -> None:
    stage = Stage(service=plain)
    canary_of_somebody_else(stage)
    stage.cloud.stop_task(stage.tasks()[0].arn)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)


def test_a_service_that_autoscaling_is_just_scaling_is_not_refused_once_it_settles() -> None:
    stage = Stage(service=plain)
    stage.cloud.scale("demo", "web", 3)
    stage.pass_time(minutes=2)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert stage.left.services == ("web runs web:2, 3 of 3 tasks",)
