"""Tasks that never run, and what AWS says about each."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Build
from .house import House
from .kinds import awsvpc_service, ec2_definition, ec2_service

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web"


def _run_on_ec2(house: House, tag: str) -> dict[str, Any]:
    definition = house.ecs.register_task_definition(**ec2_definition(tag=tag))
    arn = definition["taskDefinition"]["taskDefinitionArn"]
    answer: dict[str, Any] = house.ecs.run_task(cluster="demo", taskDefinition=arn, launchType="EC2")
    return answer


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("v2-bad-image", f"failed to resolve ref {IMAGE}:v2-bad-image: {IMAGE}:v2-bad-image: not found"),
        ("v2-no-manifest", "image Manifest does not contain descriptor matching platform 'linux/amd64'"),
        ("v2-no-route", 'web/manifests/v2-no-route": dial tcp 10.255.255.1:443: i/o timeout'),
        ("v2-pull-denied", "failed with status code [manifests v2-pull-denied]: 403 Forbidden"),
    ],
)
def test_an_image_that_cannot_be_pulled_says_why(house: House, tag: str, words: str) -> None:
    arn = house.canary(tag)
    house.wait(30)
    task = house.task(arn)

    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "TaskFailedToStart")
    assert task["stoppedReason"].startswith("CannotPullContainerError: pull image manifest")
    assert words in task["stoppedReason"]
    assert task["containers"][0]["reason"] == task["stoppedReason"]
    assert "exitCode" not in task["containers"][0]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf", "secretsmanager:GetSecretValue"),
        ("arn:aws:ssm:us-east-1:123456789012:parameter/db", "ssm:GetParameters"),
    ],
)
def test_an_unreadable_secret_is_named(house: House, source: str, words: str) -> None:
    container = ec2_definition()["containerDefinitions"][0] | {
        "image": f"{IMAGE}:v2-secrets-unreadable",
        "portMappings": [{"containerPort": 8080}],
        "secrets": [{"name": "DB", "valueFrom": source}],
    }
    arn = house.run(house.register(containerDefinitions=[container]))["tasks"][0]["taskArn"]
    house.wait(30)
    reason = house.task(arn)["stoppedReason"]

    assert f"not authorized to perform: {words} on resource: {source}" in reason


def test_without_an_interface_a_task_ends_before_it_is_placed(house: House) -> None:
    arn = house.canary("v2-eni-shortage")
    house.wait(10)
    task = house.task(arn)

    assert task["stoppedReason"] == "Timeout waiting for network interface provisioning to complete."
    assert (task["stopCode"], "pullStartedAt" in task) == ("TaskFailedToStart", False)


def test_a_shortage_of_interfaces_on_ec2_is_one_of_its_instances(build: Build) -> None:
    house = build(service=awsvpc_service())
    answer = house.run(house.register("v2-eni-shortage"), launchType="EC2")

    assert [failure["reason"] for failure in answer["failures"]] == ["RESOURCE:ENI"] * 2


def test_the_quota_of_fargate_refuses_run_task_and_shows_in_events(house: House) -> None:
    words = "You've reached the limit on the number of tasks you can run concurrently"
    definition = house.register("v2-quota")
    with pytest.raises(ClientError, match=words) as caught:
        house.run(definition)
    assert caught.value.response["Error"]["Code"] == "ClientException"
    house.update(taskDefinition=definition)
    house.wait(5)

    assert f"was unable to place a task. Reason: {words}." in house.web()["events"][0]["message"]


def test_there_is_no_such_quota_on_ec2(build: Build) -> None:
    house = build(service=ec2_service(), definition=ec2_definition())

    assert len(_run_on_ec2(house, "v2-quota")["tasks"]) == 1


def test_a_role_that_cannot_be_assumed_is_named(house: House) -> None:
    words = "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole'"
    definition = house.register("v2-role-not-assumable")
    with pytest.raises(ClientError, match=words):
        house.run(definition)
    house.update(taskDefinition=definition)
    house.wait(5)

    assert f"failed to launch a task with (error {words}" in house.web()["events"][0]["message"]


def test_a_program_for_another_processor_exits_at_once(house: House) -> None:
    arn = house.canary("v2-wrong-architecture")
    house.wait(40)

    assert (house.task(arn)["stopCode"], house.task(arn)["containers"][0]["exitCode"]) == (
        "EssentialContainerExited",
        1,
    )


@pytest.mark.parametrize("tag", ["v2-no-route", "v2-role-not-assumable", "v2-quota", "v2-eni-shortage"])
def test_the_breaker_opens_for_tasks_that_never_start(house: House, tag: str) -> None:
    house.update(taskDefinition=house.register(tag))
    house.wait(200)

    assert house.rollout()["status"] == "ROLLBACK_SUCCESSFUL"


def test_nothing_gets_through_when_everything_is_throttled(build: Build) -> None:
    house = build("throttled-everything")
    for _ in range(5):
        with pytest.raises(ClientError, match="Rate exceeded"):
            house.web()

    assert {call.outcome for call in house.cloud.calls} == {"ThrottlingException"}
