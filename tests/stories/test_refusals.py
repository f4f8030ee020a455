"""What a rollout is refused for: said at once and in one go, before anything is created."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cage_fsm.sandbox import Around, Call, Proceed, Response
from tests.stories.kinds import mode, on_hosts
from tests.stories.stage import CANARIES, GROUP, MUTATING, Json, Stage, example, plain, without_breaker

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
        "has a deployment lifecycle hook of type PAUSE",
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
    "bridge on Fargate": (with_definition(mode("bridge")), "Fargate, which takes awsvpc only"),
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
    assert stage.reason == "There is no active cluster nowhere (us-east-1): Cluster not found."


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


@pytest.mark.parametrize("name", ["bridge", "host"])
def test_a_target_group_of_addresses_does_not_fit_tasks_in_the_network_of_their_host(name: str) -> None:
    stage = Stage(service=on_hosts, definition=mode(name), instances=3)
    stage.cloud.world.target_groups[GROUP].target_type = "ip"
    stage.rollout()

    assert stage.outcome == ("refused", 1)
    assert f"{name} tasks need type instance" in stage.reason
    assert "or network mode awsvpc" in stage.reason
    assert changes(stage) == []


def test_another_deployment_is_waited_for_when_asked_to_and_what_it_leaves_is_the_baseline() -> None:
    stage = Stage(service=plain)
    stage.cloud.update_service("demo", "web", taskDefinition=other_revision(stage))
    stage.rollout(durations={"wait": 900.0})

    waited = [event.words for event in stage.events if "Waiting until it is over" in event.words]
    assert stage.outcome == ("succeeded", 0)
    assert waited[0].startswith("Another deployment of service web is in progress, of web:2.")
    assert stage.facts.baseline.endswith("/web:2")
    assert stage.revision == "web:3"


def test_another_deployment_is_waited_for_no_longer_than_a_deployment_may_take() -> None:
    stage = Stage(service=lambda service: without_breaker(plain(service)))
    stage.cloud.update_service("demo", "web", taskDefinition=other_revision(stage, "v2-crash"))
    stage.rollout(durations={"wait": 60.0})

    assert stage.outcome == ("failed", 1)
    assert stage.reason.startswith("No verdict within 3m. Last seen: Another deployment of service web")
    assert stage.path == ["aborted"]


@pytest.mark.parametrize("why", ["somebody drives the service", "no listener uses the target group"])
def test_waiting_is_no_use_for_a_service_that_is_refused_all_the_same(why: str) -> None:
    stage = Stage()
    deploying(stage)
    arrange, words = REFUSALS[why]
    arrange(stage)
    began = stage.clock.now()
    stage.rollout(durations={"wait": 900.0})

    assert stage.outcome == ("refused", 1)
    assert words in stage.reason
    assert (stage.clock.now() - began).total_seconds() < 10


def other_revision(stage: Stage, tag: str = "v1") -> str:
    definition = example(tag, plain).task_definition
    return stage.aws.ecs.register_task_definition(definition)


def test_clean_up_that_seems_not_permitted_is_warned_of() -> None:
    stage = Stage(service=plain, scenario="denied-cleanup")
    _, run = stage.at("registering")

    assert "Warning: ecs:StopTask seems not to be permitted" in run.record.history[0].reason
    assert run.record.facts["cleanup_denied"] is True


@pytest.mark.parametrize("code", ["ThrottlingException", "ServerException", "ExpiredTokenException"])
def test_clean_up_that_cannot_be_asked_about_holds_nothing_up(code: str) -> None:
    stage = Stage(service=plain)
    stage.cloud.fail_next("StopTask", code)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert "Warning" not in stage.runs[0].history[0].reason
    asked, stopped = [call for call in stage.cloud.calls if call.operation == "StopTask"]
    assert (asked.outcome, stopped.outcome) == (code, "ok")


SHOWN_ONLY: dict[str, Json] = {
    "CODE_DEPLOY": {"deploymentController": {"type": "CODE_DEPLOY"}},
    "EXTERNAL": {"deploymentController": {"type": "EXTERNAL"}},
    "LINEAR": {"deploymentConfiguration": {"strategy": "LINEAR"}},
    "Classic Load Balancer": {
        "loadBalancers": [{"loadBalancerName": "old", "containerName": "web", "containerPort": 8080}]
    },
}


@pytest.mark.parametrize("kind", SHOWN_ONLY)
def test_a_kind_that_is_not_ours_is_refused_after_a_single_call(kind: str) -> None:
    stage = Stage(service=lambda service: service | SHOWN_ONLY[kind])
    stage.rollout()

    assert stage.outcome == ("refused", 1)
    assert kind in stage.reason
    assert [call.operation for call in stage.cloud.calls] == ["DescribeServices"]


def test_a_deployment_that_failed_and_was_left_so_is_refused_and_never_waited_for() -> None:
    breaker = {"maximumPercent": 200, "deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    stage = Stage(service=lambda service: plain(service) | {"deploymentConfiguration": breaker})
    stage.cloud.update_service("demo", "web", taskDefinition=other_revision(stage, "v2-crash"))
    stage.pass_time(minutes=10)
    stage.rollout(durations={"wait": 900.0})

    assert stage.outcome == ("refused", 1)
    assert stage.reason.startswith("The last deployment of service web, of web:2, failed and was left so.")
