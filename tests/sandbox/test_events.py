"""Service events, in AWS's words."""

from typing import Any

import pytest

from .conftest import Build
from .house import House, service_json
from .kinds import awsvpc_service, ec2_definition, ec2_service

GUIDE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
PLACELESS = (
    "(service web) was unable to place a task because no container instance met all of its requirements."
)


def _messages(house: House) -> list[str]:
    return [event["message"] for event in house.web()["events"]]


def _update(house: House, definition: dict[str, Any]) -> None:
    house.update(
        taskDefinition=house.ecs.register_task_definition(**definition)["taskDefinition"]["taskDefinitionArn"]
    )
    house.wait(5)


def _id(arn: str) -> str:
    return arn.rsplit("/", 1)[1]


def test_a_rollout_is_told_from_start_to_steady_state(build: Build) -> None:
    house = build(service=service_json(desiredCount=1))
    old = _id(house.service_tasks()[0])
    house.update(taskDefinition=house.register())
    house.wait(25)
    new = next(_id(arn) for arn in house.service_tasks() if _id(arn) != old)
    house.wait(75)
    deployment = house.web()["deployments"][0]["id"]

    assert _messages(house)[:7] == [
        "(service web) has reached a steady state.",
        f"(service web) (deployment {deployment}) deployment completed.",
        f"(service web) has stopped 1 running tasks: (task {old}).",
        "(service web) has begun draining connections on 1 tasks.",
        f"(service web) deregistered 1 targets in (target-group {house.group})",
        f"(service web) registered 1 targets in (target-group {house.group})",
        f"(service web) has started 1 tasks: (task {new}).",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cpu": 256}, "has insufficient CPU units available"),
        ({"memory": 512}, "has insufficient memory available"),
        ({"connected": False}, 'encountered error "AGENT"'),
    ],
)
def test_an_instance_that_is_too_small_is_named(build: Build, change: dict[str, Any], words: str) -> None:
    house = build(service=ec2_service(), definition=ec2_definition())
    instances = list(house.cloud.world.instances.values())
    for instance in instances:
        for name, value in change.items():
            setattr(instance, name, value)
    _update(house, ec2_definition())

    assert _messages(house)[0] == (
        f"{PLACELESS} The closest matching container-instance {instances[-1].id} {words}. {GUIDE}"
    )


def test_a_port_that_is_taken_holds_the_deployment_up(build: Build) -> None:
    house = build(service=ec2_service(), definition=ec2_definition("host"))
    _update(house, ec2_definition("host"))
    closest = list(house.cloud.world.instances.values())[-1].id

    assert _messages(house)[0] == (
        f"{PLACELESS} The closest matching container-instance {closest} "
        f"is already using a port required by your task. {GUIDE}"
    )
    assert house.rollout()["status"] == "IN_PROGRESS"


def test_a_constraint_that_nobody_meets_is_quoted(build: Build) -> None:
    house = build(service=ec2_service(), definition=ec2_definition())
    wish = [{"type": "memberOf", "expression": "attribute:ecs.instance-type == t2.nano"}]
    _update(house, ec2_definition() | {"placementConstraints": wish})

    assert 'encountered error "MemberOf placement constraint unsatisfied."' in _messages(house)[0]


@pytest.mark.parametrize(
    ("strategy", "where"),
    [(None, "cluster"), ([{"capacityProvider": "mine", "weight": 1}], "capacity provider")],
)
def test_a_cluster_that_lost_its_instances_says_so(build: Build, strategy: Any, where: str) -> None:
    changes = {"launchType": None, "capacityProviderStrategy": strategy} if strategy else {}
    house = build(service=awsvpc_service(**changes))
    for instance in house.cloud.world.instances.values():
        instance.status = "DRAINING"
    house.update(taskDefinition=house.register())
    house.wait(5)

    assert _messages(house)[0] == (
        f"{PLACELESS} Reason: No Container Instances were found in your {where}. {GUIDE}"
    )


def test_a_sick_target_is_named_by_task_or_by_instance(build: Build) -> None:
    house = build(service=ec2_service(), definition=ec2_definition())
    instance, port = next(
        (each["Target"]["Id"], each["Target"]["Port"])
        for each in house.elb.describe_target_health(TargetGroupArn=house.group)["TargetHealthDescriptions"]
    )
    house.cloud.break_target(house.group, instance, port, "refused")
    house.wait(15)

    assert any(
        message
        == f"(service web) (instance {instance}) (port {port}) is unhealthy in (target-group {house.group}) "
        "due to (reason Health checks failed)"
        for message in _messages(house)
    )
