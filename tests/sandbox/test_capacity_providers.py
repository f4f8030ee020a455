"""Capacity provider strategies: Fargate's, one's own, the cluster's default."""

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Build
from .house import House, service_json
from .kinds import awsvpc_service, ec2_definition, ec2_service, strategy


def _providers(house: House) -> Counter[str]:
    tasks = house.ecs.describe_tasks(cluster="demo", tasks=house.service_tasks())["tasks"]
    return Counter(task["capacityProviderName"] for task in tasks)


def _run(house: House, **changes: Any) -> dict[str, Any]:
    request = {
        "cluster": "demo",
        "taskDefinition": house.register(),
        "networkConfiguration": house.service["networkConfiguration"],
    }
    answer: dict[str, Any] = house.ecs.run_task(**request | changes)
    return answer


def test_tasks_follow_base_and_weight(build: Build) -> None:
    wish = [
        {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3},
    ]
    house = build(service=service_json(launchType=None, capacityProviderStrategy=wish, desiredCount=10))
    web = house.web()

    assert _providers(house) == {"FARGATE": 4, "FARGATE_SPOT": 6}
    assert "launchType" not in web
    assert [item["weight"] for item in web["capacityProviderStrategy"]] == [1, 3]


def test_a_service_with_a_strategy_rolls(build: Build) -> None:
    house = build(service=service_json(**strategy("FARGATE", "FARGATE_SPOT")))
    house.update(taskDefinition=house.register())
    house.wait(90)

    assert house.rollout()["status"] == "SUCCESSFUL"
    assert _providers(house) == {"FARGATE": 1, "FARGATE_SPOT": 1}


def test_the_default_strategy_of_the_cluster_serves_who_names_nothing(build: Build) -> None:
    house = build(service=service_json(launchType=None))
    cluster = house.ecs.describe_clusters(clusters=["demo"])["clusters"][0]
    task = _run(house)["tasks"][0]

    assert cluster["defaultCapacityProviderStrategy"][0]["capacityProvider"] == "FARGATE"
    assert (task["capacityProviderName"], task["launchType"]) == ("FARGATE", "FARGATE")
    assert house.web()["capacityProviderStrategy"][0]["capacityProvider"] == "FARGATE"


def test_a_provider_of_ones_own_brings_its_instances(build: Build) -> None:
    house = build(service=ec2_service(**strategy("mine")), definition=ec2_definition(), instances=3)
    answer = house.ecs.describe_capacity_providers(capacityProviders=["mine", "FARGATE", "nobody"])
    arns = house.ecs.list_container_instances(cluster="demo")["containerInstanceArns"]
    instances = house.ecs.describe_container_instances(cluster="demo", containerInstances=arns)

    assert _providers(house) == {"mine": 2}
    assert [each["name"] for each in answer["capacityProviders"]] == ["mine", "FARGATE"]
    assert answer["failures"][0]["reason"] == "MISSING"
    assert [each["capacityProviderName"] for each in instances["containerInstances"]] == ["mine"] * 3
    assert house.ecs.describe_clusters(clusters=["demo"])["clusters"][0]["capacityProviders"] == [
        "FARGATE",
        "FARGATE_SPOT",
        "mine",
    ]


def test_tasks_of_a_provider_stay_on_its_instances(build: Build) -> None:
    house = build(service=awsvpc_service(**strategy("mine")))
    other = house.cloud.add_instance("demo", provider="other")
    arn = house.cloud.instance(other).arn
    tasks = [_run(house, **_only("mine"))["tasks"][0] for _ in range(3)]

    assert {task["capacityProviderName"] for task in tasks} == {"mine"}
    assert arn not in {task["containerInstanceArn"] for task in tasks}
    assert _run(house, **_only("other"))["tasks"][0]["containerInstanceArn"] == arn


def _only(provider: str) -> dict[str, Any]:
    return {"capacityProviderStrategy": [{"capacityProvider": provider, "weight": 1}]}


def test_a_provider_without_instances_has_no_room(build: Build) -> None:
    house = build(service=awsvpc_service(**strategy("mine")))
    house.cloud.add_instance("demo", provider="other")
    for instance in house.cloud.world.instances.values():
        instance.status = "ACTIVE" if instance.provider == "other" else "DRAINING"

    with pytest.raises(ClientError, match="No Container Instances were found in your capacity provider"):
        _run(house, **_only("mine"))


def test_fargate_and_ones_own_do_not_mix(build: Build) -> None:
    house = build(service=awsvpc_service(**strategy("mine")))

    with pytest.raises(ClientError, match="cannot contain a mix of capacity providers"):
        _run(house, capacityProviderStrategy=strategy("mine", "FARGATE")["capacityProviderStrategy"])


def test_an_interrupted_spot_task_says_so_and_is_replaced(build: Build) -> None:
    house = build("spot-interruption", service=service_json(**strategy("FARGATE_SPOT")))
    old = house.service_tasks()[0]
    house.cloud.interrupt(old)
    house.wait(60)
    task = house.task(old)
    assert (task["stopCode"], task["stoppedReason"]) == (
        "SpotInterruption",
        "Your Spot Task was interrupted.",
    )
    assert house.web()["runningCount"] == 2
    canary = _run(house, **_only("FARGATE_SPOT"))["tasks"][0]["taskArn"]
    house.wait(85)

    assert house.task(canary)["stopCode"] == "SpotInterruption"


def test_only_spot_tasks_are_interrupted(build: Build) -> None:
    house = build("spot-interruption")
    canary = house.canary()
    house.wait(120)

    assert house.task(canary)["lastStatus"] == "RUNNING"
