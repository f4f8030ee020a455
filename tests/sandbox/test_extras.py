"""Volumes, tags, ECS Exec, Service Connect: what comes with a task or a service."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Build
from .house import House, service_json, task_definition

ROLE = "arn:aws:iam::123456789012:role/ecsInfrastructureRole"
DISK = {"name": "data", "managedEBSVolume": {"roleArn": ROLE, "sizeInGiB": 20}}
TASK_ROLE = "arn:aws:iam::123456789012:role/web"


def _with_disk() -> dict[str, Any]:
    return {"volumes": [{"name": "data", "configuredAtLaunch": True}]}


def _tags(house: House, arn: str) -> dict[str, str]:
    task = house.ecs.describe_tasks(cluster="demo", tasks=[arn], include=["TAGS"])["tasks"][0]
    return {tag["key"]: tag["value"] for tag in task["tags"]}


def test_a_managed_volume_is_attached_and_goes_with_its_task(house: House) -> None:
    arn = house.run(house.register(**_with_disk()), volumeConfigurations=[DISK])["tasks"][0]["taskArn"]

    def volume() -> tuple[str, dict[str, str]]:
        found = next(a for a in house.task(arn)["attachments"] if a["type"] == "AmazonElasticBlockStorage")
        return found["status"], {each["name"]: each["value"] for each in found["details"]}

    house.wait(5)
    assert volume()[0] == "PRECREATED"
    house.wait(20)
    status, details = volume()
    assert (status, details["volumeName"], details["roleArn"]) == ("ATTACHED", "data", ROLE)
    assert details["volumeId"].startswith("vol-")
    house.ecs.stop_task(cluster="demo", task=arn)
    house.wait(10)

    assert volume()[0] == "DELETED"


def test_a_service_gives_each_task_a_volume_of_its_own(build: Build) -> None:
    house = build(
        service=service_json(volumeConfigurations=[DISK]), definition=task_definition() | _with_disk()
    )
    volumes = {
        detail["value"]
        for arn in house.service_tasks()
        for attachment in house.task(arn)["attachments"]
        for detail in attachment["details"]
        if detail["name"] == "volumeId"
    }

    assert len(volumes) == 2
    assert house.web()["deployments"][0]["volumeConfigurations"] == [DISK]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "a volume configuration must be provided"),
        ([DISK | {"name": "other"}, DISK], "Only one managed EBS volume"),
        ([{"name": "data"}], "a volume configuration must be provided"),
        ([DISK | {"managedEBSVolume": {"roleArn": ROLE}}], "either a volume size or a snapshot ID"),
        ([DISK | {"managedEBSVolume": {"roleArn": ROLE, "sizeInGiB": 0}}], "between 1 and 16384 GiB"),
        ([DISK | {"managedEBSVolume": {"roleArn": ROLE, "sizeInGiB": 9, "volumeType": "gp9"}}], "gp9 is not"),
    ],
)
def test_a_volume_must_fit_the_task_definition(house: House, given: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(ClientError, match=words):
        house.run(house.register(**_with_disk()), volumeConfigurations=given)


def test_an_unknown_volume_is_refused(house: House) -> None:
    with pytest.raises(ClientError, match="The volume 'data' is not configured at launch"):
        house.run(house.register(), volumeConfigurations=[DISK])


@pytest.mark.parametrize(
    ("source", "tag"), [("SERVICE", "of the service"), ("TASK_DEFINITION", "of the definition")]
)
def test_tasks_of_a_service_get_its_tags(build: Build, source: str, tag: str) -> None:
    service = service_json(propagateTags=source, enableECSManagedTags=True)
    house = build(service=service | {"tags": [{"key": "from", "value": "of the service"}]})
    definition = house.register(tags=[{"key": "from", "value": "of the definition"}])
    house.update(taskDefinition=definition)
    house.wait(90)

    assert _tags(house, house.service_tasks()[0]) == {
        "from": tag,
        "aws:ecs:clusterName": "demo",
        "aws:ecs:serviceName": "web",
    }


def test_a_task_of_ones_own_gets_the_tags_it_asks_for(house: House) -> None:
    definition = house.register(tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "1"}])
    more = {"propagateTags": "TASK_DEFINITION", "enableECSManagedTags": True}
    answer = house.run(definition, tags=[{"key": "b", "value": "2"}], **more)
    arn = answer["tasks"][0]["taskArn"]
    house.wait(2)

    assert _tags(house, arn) == {"a": "1", "b": "2", "aws:ecs:clusterName": "demo"}


def test_exec_needs_a_task_role(house: House) -> None:
    with pytest.raises(ClientError, match="a valid taskRoleArn is not being used"):
        house.run(house.register(), enableExecuteCommand=True)
    with pytest.raises(ClientError, match="a valid taskRoleArn is not being used"):
        house.update(enableExecuteCommand=True)
    arn = house.run(house.register(taskRoleArn=TASK_ROLE), enableExecuteCommand=True)["tasks"][0]["taskArn"]
    house.wait(20)

    agent = house.task(arn)["containers"][0]["managedAgents"][0]
    assert (agent["name"], agent["lastStatus"]) == ("ExecuteCommandAgent", "RUNNING")


def test_service_connect_and_cloud_map_are_shown(build: Build) -> None:
    connect = {
        "enabled": True,
        "namespace": "demo",
        "services": [{"portName": "http", "clientAliases": [{"port": 80, "dnsName": "web"}]}],
    }
    registry = [{"registryArn": "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-1"}]
    house = build(service=service_json(serviceConnectConfiguration=connect, serviceRegistries=registry))
    web = house.web()

    assert web["serviceRegistries"] == registry
    assert web["deployments"][0]["serviceConnectConfiguration"] == connect
    assert web["deployments"][0]["serviceConnectResources"][0]["discoveryName"] == "http"


def test_an_unknown_platform_version_is_refused(house: House) -> None:
    with pytest.raises(ClientError) as caught:
        house.run(house.register(), platformVersion="9.9.9")

    assert caught.value.response["Error"]["Code"] == "PlatformUnknownException"
