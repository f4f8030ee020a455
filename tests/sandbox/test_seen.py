"""Services that ECS does not roll by itself: shown as in AWS, deployed by nobody here."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from cage_fsm.sandbox import leftovers

from .conftest import Build
from .house import House, service_json
from .kinds import ec2_definition, ec2_service

OTHER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/green/0123456789abcdef"
GREEN: dict[str, Any] = {
    "alternateTargetGroupArn": OTHER,
    "productionListenerRule": "arn:x",
    "roleArn": "arn:y",
}


def _refusal(house: House, **changes: Any) -> str:
    with pytest.raises(ClientError) as caught:
        house.update(**changes)
    return str(caught.value.response["Error"]["Message"])


def test_a_service_of_code_deploy_shows_a_task_set_and_no_deployments(build: Build) -> None:
    house = build(service=service_json(deploymentController={"type": "CODE_DEPLOY"}))
    web = house.web()

    assert web["deploymentController"] == {"type": "CODE_DEPLOY"}
    assert web["deployments"] == []
    assert (web["taskSets"][0]["status"], web["taskSets"][0]["runningCount"]) == ("PRIMARY", 2)
    assert web["taskDefinition"].endswith("web:1")
    assert house.ecs.list_service_deployments(cluster="demo", service="web")["serviceDeployments"] == []
    assert _refusal(house, taskDefinition=house.register()) == (
        "Unable to update task definition on services with a CODE_DEPLOY deployment controller. "
        "Use AWS CodeDeploy to trigger a new deployment."
    )


def test_a_service_of_an_external_controller_shows_its_task_sets_only(build: Build) -> None:
    house = build(service=service_json(deploymentController={"type": "EXTERNAL"}))
    web = house.web()

    assert "taskDefinition" not in web
    assert web["taskSets"][0]["taskDefinition"].endswith("web:1")
    assert "EXTERNAL deployment controller" in _refusal(house, taskDefinition=house.register())


@pytest.mark.parametrize(
    "configuration",
    [
        {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5},
        {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 10.0}},
        {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 5.0}},
        {
            "strategy": "BLUE_GREEN",
            "bakeTimeInMinutes": 5,
            "lifecycleHooks": [{"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}],
        },
    ],
    ids=["blue/green", "linear", "canary", "pause"],
)
def test_the_strategies_of_ecs_itself_are_shown(build: Build, configuration: dict[str, Any]) -> None:
    entry = service_json()["loadBalancers"][0] | {"advancedConfiguration": GREEN}
    house = build(service=service_json(deploymentConfiguration=configuration, loadBalancers=[entry]))
    web = house.web()

    assert web["deploymentConfiguration"].items() >= configuration.items()
    assert web["loadBalancers"][0]["advancedConfiguration"] == GREEN
    assert web["runningCount"] == 2
    assert house.elb.describe_target_groups(TargetGroupArns=[OTHER])["TargetGroups"]
    assert "rolling REPLICA services only" in _refusal(house, taskDefinition=house.register())


def test_a_rolling_service_may_have_a_hook_that_pauses(build: Build) -> None:
    hook = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}
    house = build(service=service_json(deploymentConfiguration={"lifecycleHooks": [hook]}))

    assert house.web()["deploymentConfiguration"]["lifecycleHooks"] == [hook]


def test_a_daemon_runs_once_on_each_instance(build: Build) -> None:
    service = ec2_service(schedulingStrategy="DAEMON", desiredCount=None)
    house = build(service=service, definition=ec2_definition(), instances=3)
    web = house.web()

    assert (web["schedulingStrategy"], web["desiredCount"], web["runningCount"]) == ("DAEMON", 3, 3)
    assert "rolling REPLICA services only" in _refusal(house, taskDefinition="web", forceNewDeployment=True)


def test_a_service_behind_a_classic_load_balancer_has_no_rollout_state(build: Build) -> None:
    entry = {"loadBalancerName": "old", "containerName": "web", "containerPort": 8080}
    house = build(service=ec2_service(loadBalancers=[entry]), definition=ec2_definition(port=8080))
    web = house.web()

    assert web["loadBalancers"] == [entry]
    assert "rolloutState" not in web["deployments"][0]
    assert web["runningCount"] == 2
    assert "rolling REPLICA services only" in _refusal(house, taskDefinition="web", forceNewDeployment=True)


@pytest.mark.parametrize("kind", ["CODE_DEPLOY", "EXTERNAL"])
def test_others_may_still_scale_it_and_time_changes_nothing(build: Build, kind: str) -> None:
    house = build(service=service_json(deploymentController={"type": kind}))
    house.wait(3600)
    house.update(desiredCount=3)
    house.wait(60)

    assert (house.web()["desiredCount"], house.web()["runningCount"]) == (3, 3)
    assert leftovers(house.cloud).clean


def test_external_instances_do_not_exist_here(build: Build) -> None:
    with pytest.raises(ValueError, match="no EXTERNAL instances: FARGATE and EC2 only"):
        build(service=ec2_service(launchType="EXTERNAL"), definition=ec2_definition())


def test_a_service_without_room_cannot_be_seeded(build: Build) -> None:
    with pytest.raises(ValueError, match="no container instance met all of its requirements"):
        build(service=ec2_service(), definition=ec2_definition(port=80), instances=1)
