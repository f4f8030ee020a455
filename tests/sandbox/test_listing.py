"""Lists, pages, task definitions, tags."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .house import House, task_definition

Calls = list[tuple[Callable[[], Any], str]]


def test_started_by_must_be_the_only_filter(house: House) -> None:
    with pytest.raises(ClientError, match="cannot specify startedBy with other arguments") as caught:
        house.ecs.list_tasks(cluster="demo", startedBy="x", desiredStatus="RUNNING")

    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"


def test_list_tasks_shows_what_shall_run_unless_asked_for_the_stopped(house: House) -> None:
    arn = house.canary()
    house.wait(25)
    house.ecs.stop_task(cluster="demo", task=arn)

    assert arn not in house.ecs.list_tasks(cluster="demo")["taskArns"]
    assert house.ecs.list_tasks(cluster="demo", desiredStatus="STOPPED")["taskArns"] == [arn]
    assert len(house.service_tasks()) == 2
    assert len(house.ecs.list_tasks(cluster="demo", family="web")["taskArns"]) == 2


def test_pages_lead_through_every_task(house: House) -> None:
    definition = house.register()
    for _ in range(3):
        house.run(definition, count=10)
    pages = house.ecs.get_paginator("list_tasks").paginate(
        cluster="demo", startedBy="cage-fsm/1", PaginationConfig={"PageSize": 7}
    )
    found = [page["taskArns"] for page in pages]

    assert [len(page) for page in found] == [7, 7, 7, 7, 2]
    assert len({arn for page in found for arn in page}) == 30
    with pytest.raises(ClientError, match="Invalid token"):
        house.ecs.list_tasks(cluster="demo", nextToken="nonsense")


def test_every_registration_makes_a_revision_even_after_deregistration(house: House) -> None:
    second, third = house.register(), house.register()
    house.ecs.deregister_task_definition(taskDefinition=third)
    fourth = house.register()

    newest_first = house.ecs.list_task_definitions(familyPrefix="web", sort="DESC")["taskDefinitionArns"]

    assert [arn.rsplit(":", 1)[1] for arn in newest_first] == ["4", "2", "1"]
    assert second.endswith(":2")
    latest = house.ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
    assert latest["taskDefinitionArn"] == fourth
    inactive = house.ecs.list_task_definitions(familyPrefix="web", status="INACTIVE")["taskDefinitionArns"]
    assert inactive == [third]


def test_a_family_prefix_is_the_whole_name(house: House) -> None:
    house.register(family="web-other")

    found = house.ecs.list_task_definitions(familyPrefix="web")["taskDefinitionArns"]

    assert [arn.rsplit("/", 1)[1] for arn in found] == ["web:1"]
    assert house.ecs.list_task_definition_families()["families"] == ["web", "web-other"]


def test_a_revision_carries_its_tags(house: House) -> None:
    definition = house.register(tags=[{"key": "cage-fsm:run", "value": "r1"}])
    house.ecs.tag_resource(resourceArn=definition, tags=[{"key": "more", "value": "x"}])
    house.ecs.untag_resource(resourceArn=definition, tagKeys=["more"])

    with_tags = house.ecs.describe_task_definition(taskDefinition=definition, include=["TAGS"])
    without = house.ecs.describe_task_definition(taskDefinition=definition)

    assert with_tags["tags"] == [{"key": "cage-fsm:run", "value": "r1"}]
    assert not without.get("tags")
    assert with_tags["taskDefinition"]["registeredBy"].startswith("arn:aws:iam::123456789012:")


def test_registration_fills_in_what_ecs_fills_in(house: House) -> None:
    definition = house.register(cpu=".25 vCPU", memory="0.5 GB")

    found = house.ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]

    container = found["containerDefinitions"][0]
    assert (found["cpu"], found["memory"]) == ("256", "512")
    assert container["portMappings"] == [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}]
    assert (container["mountPoints"], container["volumesFrom"], container["cpu"]) == ([], [], 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"memory": "4096"}, "No Fargate configuration exists for given values"),
        ({"cpu": "quick"}, "Invalid 'cpu' setting for task."),
        ({"networkMode": "bridge"}, "Fargate only supports network mode"),
        ({"executionRoleArn": None}, "execution role ARN to support ECR images"),
        ({"family": "no spaces"}, "Family contains invalid characters"),
        ({"containerDefinitions": []}, "Container list cannot be empty"),
        ({"containerDefinitions": [{"image": "x"}]}, "Container.name should not be null or empty"),
        ({"containerDefinitions": [{"name": "x"}]}, "Container.image should not be null or empty"),
        ({"containerDefinitions": [{"name": "x", "image": "x"}] * 2}, "unique"),
        ({"containerDefinitions": [{"name": "x", "image": "x", "essential": False}]}, "essential"),
        ({"cpu": None}, "'cpu' and 'memory' be defined at the task level"),
    ],
)
def test_task_definitions_are_refused_as_ecs_refuses_them(
    house: House, changes: dict[str, Any], words: str
) -> None:
    document = {key: value for key, value in (task_definition() | changes).items() if value is not None}

    with pytest.raises(ClientError, match=words) as caught:
        house.ecs.register_task_definition(**document)

    assert caught.value.response["Error"]["Code"] == "ClientException"


def test_an_inactive_revision_may_be_used_for_ten_minutes(house: House) -> None:
    definition = house.register()
    house.ecs.deregister_task_definition(taskDefinition=definition)
    house.wait(599)
    assert house.run(definition)["tasks"]
    house.wait(1)

    with pytest.raises(ClientError, match="TaskDefinition is inactive"):
        house.run(definition)


def test_what_does_not_exist_is_missing_or_not_found(house: House) -> None:
    services = house.ecs.describe_services(cluster="demo", services=["nobody"])
    clusters = house.ecs.describe_clusters(clusters=["demo", "nowhere"])

    assert (services["services"], services["failures"][0]["reason"]) == ([], "MISSING")
    assert clusters["clusters"][0]["runningTasksCount"] == 2
    assert clusters["failures"][0]["reason"] == "MISSING"
    calls: Calls = [
        (lambda: house.ecs.describe_services(cluster="nowhere", services=["web"]), "Cluster not found."),
        (lambda: house.ecs.list_tasks(cluster="demo", serviceName="nobody"), "Service not found."),
        (lambda: house.ecs.describe_task_definition(taskDefinition="x:1"), "Unable to describe task def"),
        (lambda: house.ecs.describe_tasks(cluster="demo", tasks=[]), "Tasks cannot be empty."),
        (lambda: house.ecs.describe_tasks(cluster="demo", tasks=["short"]), "taskId length should be one"),
        (lambda: house.ecs.list_tags_for_resource(resourceArn="arn:aws:ecs:a:b:service/x/y"), "not found"),
    ]
    for call, words in calls:
        with pytest.raises(ClientError, match=words):
            call()
