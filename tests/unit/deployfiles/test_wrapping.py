"""Files that are the output of the AWS CLI."""

from typing import Any

import pytest

from .conftest import CONTAINER, DeployDirectory

SERVICE = {"cluster": "demo", "serviceName": "web"}
TASK_DEFINITION = {"family": "web", "containerDefinitions": [CONTAINER]}


@pytest.mark.parametrize("wrapped", [{"service": SERVICE}, {"services": [SERVICE], "failures": []}])
def test_a_described_service_loses_its_wrapper(deploy: DeployDirectory, wrapped: Any) -> None:
    deploy.service(wrapped)

    assert deploy.read().service == SERVICE


def test_a_described_task_definition_loses_its_wrapper(deploy: DeployDirectory) -> None:
    deploy.task_definition({"taskDefinition": TASK_DEFINITION, "tags": []})

    assert deploy.read().task_definition == TASK_DEFINITION


def test_the_name_of_an_update_is_no_wrapper(deploy: DeployDirectory) -> None:
    deploy.service({"service": "web"})

    assert deploy.read().service_name == "web"


def test_paths_in_a_wrapper_are_those_of_the_file(deploy: DeployDirectory) -> None:
    deploy.service({"services": [{"desiredCount": "x"}]})

    assert (
        deploy.complaint()
        == "service.json:4: `services[0].desiredCount` must be a whole number, but is a string."
    )


def test_several_services_are_refused(deploy: DeployDirectory) -> None:
    deploy.service({"services": [SERVICE, SERVICE]})

    assert deploy.complaint() == (
        "service.json:2: `services` must hold exactly one object; keep the one that this directory is about."
    )


def test_what_stands_beside_the_wrapper_is_not_dropped_silently(deploy: DeployDirectory) -> None:
    deploy.task_definition({"taskDefinition": TASK_DEFINITION, "tags": [{"key": "team"}]})

    assert "`tags` stands beside `taskDefinition`; move it inside or delete it." in deploy.complaint()


def test_fields_that_only_aws_writes_are_listed_in_one_sentence(deploy: DeployDirectory) -> None:
    described = {"revision": 7, "status": "ACTIVE", "registeredAt": "2024-01-01", "compatibilities": ["EC2"]}
    deploy.task_definition({"taskDefinition": {**described, **TASK_DEFINITION}})

    assert deploy.complaint() == (
        "task-definition.json:3: the file has fields that AWS fills in and no call accepts; delete "
        "`revision` (line 3), `status` (line 4), `registeredAt` (line 5), `compatibilities` (line 6)."
    )


@pytest.mark.parametrize(
    "field", ["serviceArn", "clusterArn", "runningCount", "deployments", "events", "roleArn"]
)
def test_read_only_fields_of_a_service_are_refused(deploy: DeployDirectory, field: str) -> None:
    deploy.service({field: []})

    assert f"delete `{field}` (line 2)." in deploy.complaint()


def test_null_members_count_as_absent_at_any_depth(deploy: DeployDirectory) -> None:
    deploy.service({**SERVICE, "networkConfiguration": {"awsvpcConfiguration": None}, "launchType": None})

    assert deploy.read().service == {**SERVICE, "networkConfiguration": {}}


def test_a_required_member_that_is_null_is_missing(deploy: DeployDirectory) -> None:
    deploy.task_definition({"family": None, "containerDefinitions": [CONTAINER]})

    assert deploy.complaint() == "task-definition.json:1: the file has no `family`, which ECS requires."


def test_null_in_a_list_is_a_value_of_the_wrong_type(deploy: DeployDirectory) -> None:
    deploy.containers({**CONTAINER, "command": ["a", None]})

    assert deploy.complaint().endswith("`containerDefinitions[0].command[1]` must be a string, but is null.")


@pytest.mark.parametrize("text", ["[]", '"web"', "1", "null"])
def test_a_file_that_holds_no_object_is_refused(deploy: DeployDirectory, text: str) -> None:
    deploy.service(text)

    assert deploy.complaint() == "service.json:1: the file must hold one JSON object, from { to }."
