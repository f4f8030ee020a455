"""What else ECS and ELB refuse, and the small print of their answers."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cage_fsm.sandbox import ScaledClock

from .conftest import Build
from .house import House, service_json, task_definition

OTHER = "arn:aws:ecs:us-east-1:123456789012:task/other/" + "0" * 32
CONTAINER = task_definition()["containerDefinitions"][0]


def _code(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"serviceName": "web"}, "Creation of service was not idempotent."),
        ({"deploymentController": {"type": "CODE_DEPLOY"}}, "CODE_DEPLOY is not supported"),
        ({"deploymentConfiguration": {"strategy": "BLUE_GREEN"}}, "BLUE_GREEN is not supported"),
        (
            {"deploymentConfiguration": {"maximumPercent": 100}},
            "cannot be 100 as this will block deployments",
        ),
        ({"schedulingStrategy": "DAEMON"}, "not supported on Fargate"),
        ({"desiredCount": -1}, "desiredCount"),
        ({"desiredCount": 5001}, "desiredCount"),
        ({"loadBalancers": [{"containerName": "x", "containerPort": 1}]}, "The container x does not exist"),
        (
            {"loadBalancers": [{"containerName": "web", "containerPort": 8080, "targetGroupArn": "arn:x"}]},
            "target group was not found",
        ),
        ({"capacityProviderStrategy": [{"capacityProvider": "mine"}], "launchType": None}, "was not found"),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["vpc-1"]}}},
            "InvalidSubnetID.NotFound",
        ),
        (
            {
                "networkConfiguration": {
                    "awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["1"]}
                }
            },
            "InvalidGroup.NotFound",
        ),
        ({"role": "ecsServiceRole"}, "You cannot specify an IAM role"),
        ({"clientToken": "t" * 37}, "1 to 36 characters"),
        ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": []}}}, "subnets can not be empty"),
    ],
)
def test_create_service_refuses_what_ecs_refuses(house: House, changes: dict[str, Any], words: str) -> None:
    request = service_json(**{"serviceName": "api", "taskDefinition": house.register()} | changes)

    assert words in _code(lambda: house.ecs.create_service(**request))[1]
    assert len(house.ecs.list_services(cluster="demo")["serviceArns"]) == 1


def test_a_target_group_must_fit_the_service(house: House) -> None:
    request = service_json(serviceName="api", taskDefinition=house.register())
    group = house.cloud.world.target_groups[house.group]
    group.target_type = "instance"
    assert (
        "incompatible with the awsvpc network mode" in _code(lambda: house.ecs.create_service(**request))[1]
    )
    group.target_type, group.balancers = "ip", []

    assert (
        "does not have an associated load balancer" in _code(lambda: house.ecs.create_service(**request))[1]
    )


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"portMappings": [{}]}, "containerPort"),
        ({"portMappings": [{"containerPort": 70000}]}, "containerPort"),
        ({"healthCheck": {"command": ["CMD", "x"], "interval": 0}}, "interval must be between 5 and 300"),
        ({"name": "no spaces"}, "invalid characters"),
    ],
)
def test_containers_are_refused_as_ecs_refuses_them(
    house: House, container: dict[str, Any], words: str
) -> None:
    code, message = _code(lambda: house.register(containerDefinitions=[CONTAINER | container]))

    assert (code, words in message) == ("ClientException", True)


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ([{"key": "a", "value": ""}, {"key": "a", "value": ""}], "Duplicate tag keys"),
        ([{"key": "k" * 129, "value": ""}], "between 1 and 128"),
        ([{"key": "a", "value": "v" * 257}], "at most 256"),
    ],
)
def test_tags_have_limits(house: House, tags: list[dict[str, str]], words: str) -> None:
    assert words in _code(lambda: house.register(tags=tags))[1]


def test_identifiers_of_another_cluster_are_refused(house: House) -> None:
    words = "Identifier is for cluster other. Your cluster is demo"
    service = OTHER.replace(":task/", ":service/").replace("0" * 32, "web")

    assert _code(lambda: house.ecs.describe_tasks(cluster="demo", tasks=[OTHER]))[1] == words
    assert _code(lambda: house.ecs.describe_services(cluster="demo", services=[service]))[1] == words


def test_lists_have_limits(house: House) -> None:
    assert "10" in _code(lambda: house.ecs.describe_services(cluster="demo", services=["x"] * 11))[1]
    assert "100" in _code(lambda: house.ecs.describe_tasks(cluster="demo", tasks=["0" * 32] * 101))[1]
    assert "20" in _code(lambda: house.ecs.describe_service_deployments(serviceDeploymentArns=["x"] * 21))[1]
    assert "100" in _code(lambda: house.ecs.list_tasks(cluster="demo", maxResults=101))[1]


def test_unknown_deployments_are_missing_or_not_found(house: House) -> None:
    arn = house.rollout()["serviceDeploymentArn"]
    described = house.ecs.describe_service_deployments(serviceDeploymentArns=[arn + "0"])
    revised = house.ecs.describe_service_revisions(serviceRevisionArns=["arn:x"])

    assert described["failures"][0]["reason"] == revised["failures"][0]["reason"] == "MISSING"
    stop = house.ecs.stop_service_deployment
    assert _code(lambda: stop(serviceDeploymentArn="x"))[0] == "ServiceDeploymentNotFoundException"
    assert "ROLLBACK" in _code(lambda: stop(serviceDeploymentArn=arn, stopType="ABORT"))[1]


def test_clusters_are_made_listed_and_tagged(house: House) -> None:
    made = house.ecs.create_cluster(clusterName="next", tags=[{"key": "team", "value": "a"}])["cluster"]
    again = house.ecs.create_cluster(clusterName="next")["cluster"]

    assert made["clusterArn"] == again["clusterArn"]
    assert len(house.ecs.list_clusters()["clusterArns"]) == 2
    described = house.ecs.describe_clusters(clusters=["next"], include=["TAGS"])["clusters"][0]
    assert described["tags"] == house.ecs.list_tags_for_resource(resourceArn=made["clusterArn"])["tags"]
    assert _code(lambda: house.ecs.list_tags_for_resource(resourceArn="arn:aws:ecs:x:1:moon/a"))[0] == (
        "InvalidParameterException"
    )


def test_load_balancers_that_do_not_exist_are_not_found(house: House) -> None:
    elb = house.elb

    assert _code(lambda: elb.describe_load_balancers(Names=["moon"]))[0] == "LoadBalancerNotFound"
    assert _code(lambda: elb.describe_target_groups(LoadBalancerArn="arn:x"))[0] == "LoadBalancerNotFound"
    assert _code(lambda: elb.describe_listeners(LoadBalancerArn="arn:x"))[0] == "LoadBalancerNotFound"
    assert _code(lambda: elb.describe_listeners(ListenerArns=["arn:x"]))[0] == "ListenerNotFound"
    assert _code(elb.describe_listeners)[0] == "ValidationError"
    assert _code(lambda: elb.describe_rules(ListenerArn="arn:x"))[0] == "ListenerNotFound"
    assert _code(lambda: elb.describe_rules(RuleArns=["arn:x"]))[0] == "RuleNotFound"
    assert _code(lambda: elb.describe_target_groups(Names=["moon"]))[0] == "TargetGroupNotFound"


def test_things_break_behind_the_api(house: House) -> None:
    first, second = house.service_tasks()
    house.cloud.exit_container(first, code=3)
    address = house.address(second)
    house.cloud.deregister(house.group, address, 8080)
    canary = house.canary()
    house.wait(20)
    house.cloud.stop_task(canary, "somebody else")

    assert house.task(first)["containers"][0]["exitCode"] == 3
    assert house.target(address)["State"] == "draining"
    assert house.task(canary)["stoppedReason"] == "somebody else"
    assert house.cloud.timings.crash_after == 3


def test_tasks_of_a_service_get_the_tags_that_it_propagates(build: Build) -> None:
    house = build(service=service_json(propagateTags="SERVICE", tags=[{"key": "team", "value": "a"}]))
    house.cloud.scale("demo", "web", 3)
    house.wait(2)
    newest = house.service_tasks()[-1]

    assert house.ecs.list_tags_for_resource(resourceArn=newest)["tags"] == [{"key": "team", "value": "a"}]


def test_many_tasks_never_share_an_address(house: House) -> None:
    house.cloud.scale("demo", "web", 300)
    house.wait(30)
    house.cloud.settle()
    addresses = [task.interface.address for task in house.cloud.world.tasks.values()]

    assert len(set(addresses)) == len(addresses) == 300


def test_a_clock_cannot_stand_still() -> None:
    with pytest.raises(ValueError, match="speed must be above 0"):
        ScaledClock(0)
