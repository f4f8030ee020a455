"""RunTask: its token, and what it refuses."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Build
from .house import House


def test_a_token_answers_the_same_task_again(house: House) -> None:
    definition = house.register()
    first = house.run(definition, clientToken="t-1")["tasks"]
    house.wait(25)

    again = house.run(definition, clientToken="t-1")["tasks"]

    assert [task["taskArn"] for task in again] == [task["taskArn"] for task in first]
    assert again[0]["lastStatus"] == "RUNNING"
    assert house.ecs.list_tasks(cluster="demo", startedBy="cage-fsm/1")["taskArns"] == [first[0]["taskArn"]]


def test_a_token_with_other_parameters_is_a_conflict_that_names_the_task(house: House) -> None:
    definition = house.register()
    arn = house.run(definition, clientToken="t-1")["tasks"][0]["taskArn"]

    with pytest.raises(ClientError) as caught:
        house.run(definition, clientToken="t-1", group="cage:canary-task:other")

    assert caught.value.response["Error"]["Code"] == "ConflictException"
    assert caught.value.response["resourceIds"] == [arn]


def test_a_stopped_task_comes_back_by_its_token_with_three_facts_only(house: House) -> None:
    definition = house.register()
    arn = house.run(definition, clientToken="t-1")["tasks"][0]["taskArn"]
    house.wait(25)
    house.ecs.stop_task(cluster="demo", task=arn)
    house.wait(60)

    again = house.run(definition, clientToken="t-1")["tasks"]

    assert again == [{"taskArn": arn, "lastStatus": "STOPPED", "desiredStatus": "STOPPED"}]


def test_a_token_is_forgotten_an_hour_after_its_task_stopped(house: House) -> None:
    definition = house.register()
    arn = house.run(definition, clientToken="t-1")["tasks"][0]["taskArn"]
    house.wait(25)
    house.ecs.stop_task(cluster="demo", task=arn)
    house.wait(3700)

    again = house.run(definition, clientToken="t-1")["tasks"]

    assert again[0]["taskArn"] != arn


def test_a_token_is_forgotten_after_a_day_though_its_task_still_runs(house: House) -> None:
    definition = house.register()
    arn = house.run(definition, clientToken="t-1")["tasks"][0]["taskArn"]
    house.wait(24 * 3600 - 1)
    assert house.run(definition, clientToken="t-1")["tasks"][0]["taskArn"] == arn
    house.wait(1)

    assert house.run(definition, clientToken="t-1")["tasks"][0]["taskArn"] != arn


def test_a_token_keeps_a_capacity_failure(build: Build) -> None:
    house = build("no-capacity")
    definition = house.register()
    first = house.run(definition, clientToken="t-1")
    house.cloud.world.scenarios = frozenset()

    again = house.run(definition, clientToken="t-1")

    assert first["tasks"] == []
    assert "Capacity is unavailable" in first["failures"][0]["reason"]
    assert (again["tasks"], again["failures"]) == ([], first["failures"])
    assert house.run(definition, clientToken="t-2")["tasks"]


def test_the_same_token_in_another_cluster_is_another_request(house: House) -> None:
    house.cloud.add_cluster("other")
    definition = house.register()
    here = house.run(definition, clientToken="t-1")["tasks"][0]["taskArn"]
    there = house.run(definition, clientToken="t-1", cluster="other")["tasks"][0]["taskArn"]

    assert here != there


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"networkConfiguration": None}, "Network Configuration must be provided when networkMode 'awsvpc'"),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE"}]},
            "Specifying both a launch type and",
        ),
        ({"launchType": "EC2"}, "No Container Instances were found in your cluster."),
        ({"launchType": "MOON"}, "Member must satisfy enum value set"),
        ({"group": "service:web"}, "Invalid namespace for group"),
        ({"group": "g" * 256}, "255"),
        ({"startedBy": "x" * 129}, "startedBy longer than 128."),
        ({"startedBy": "no spaces"}, "startedBy"),
        ({"clientToken": "x" * 65}, "clientToken"),
        ({"count": 11}, "Count"),
        ({"tags": [{"key": "aws:x", "value": ""}]}, "aws: prefixed tag key names are not allowed"),
        ({"tags": [{"key": str(n), "value": ""} for n in range(51)]}, "50"),
        ({"overrides": {"containerOverrides": [{"name": "nobody"}]}}, "is not a container in the TaskDef"),
        ({"placementConstraints": [{"type": "distinctInstance"}]}, "not supported with FARGATE"),
        ({"propagateTags": "SERVICE"}, "SERVICE"),
        ({"cluster": "nowhere"}, "Cluster not found."),
        ({"taskDefinition": "web:99"}, "TaskDefinition not found."),
        ({"platformVersion": "9.9"}, "platform does not exist"),
        ({"enableExecuteCommand": True}, "valid taskRoleArn"),
    ],
)
def test_run_task_refuses_what_ecs_refuses(house: House, changes: dict[str, Any], words: str) -> None:
    definition = house.register()
    request = {
        "cluster": "demo",
        "taskDefinition": definition,
        "launchType": "FARGATE",
        "networkConfiguration": house.service["networkConfiguration"],
    }
    request = {key: value for key, value in (request | changes).items() if value is not None}

    with pytest.raises(ClientError, match=words):
        house.ecs.run_task(**request)

    assert len(house.ecs.list_tasks(cluster="demo")["taskArns"]) == 2


def test_a_capacity_provider_shows_on_the_task(house: House) -> None:
    answer = house.ecs.run_task(
        cluster="demo",
        taskDefinition=house.register(),
        capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        networkConfiguration=house.service["networkConfiguration"],
    )

    task = answer["tasks"][0]
    assert (task["capacityProviderName"], task["launchType"]) == ("FARGATE_SPOT", "FARGATE")
    assert task["group"] == "family:web"


def test_tags_that_are_propagated_count_among_those_that_a_task_may_have(house: House) -> None:
    definition = house.register(tags=[{"key": str(n), "value": ""} for n in range(50)])
    house.run(definition, propagateTags="TASK_DEFINITION", tags=[{"key": "49", "value": "1"}])

    with pytest.raises(ClientError, match="50"):
        house.run(definition, propagateTags="TASK_DEFINITION", tags=[{"key": "50", "value": ""}])


def test_tags_of_the_task_definition_are_propagated_on_request(house: House) -> None:
    definition = house.register(tags=[{"key": "team", "value": "a"}])
    house.run(definition, propagateTags="TASK_DEFINITION", tags=[{"key": "run", "value": "1"}])
    arn = house.ecs.list_tasks(cluster="demo", startedBy="cage-fsm/1")["taskArns"][0]

    tags = house.ecs.list_tags_for_resource(resourceArn=arn)["tags"]

    assert {tag["key"]: tag["value"] for tag in tags} == {"team": "a", "run": "1"}
