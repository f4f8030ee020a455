"""bridge, host and awsvpc on EC2: addresses, ports, and targets of both types."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from cage_fsm.sandbox import leftovers

from .conftest import Build
from .house import House
from .kinds import awsvpc_service, ec2_definition, ec2_service


def _canary(house: House, definition: dict[str, Any], **changes: Any) -> str:
    arn = house.ecs.register_task_definition(**definition)["taskDefinition"]["taskDefinitionArn"]
    request = {"cluster": "demo", "taskDefinition": arn, "launchType": "EC2", "group": "cage:canary-task:web"}
    return str(house.ecs.run_task(**request | changes)["tasks"][0]["taskArn"])


def _place(house: House, arn: str) -> tuple[str, int]:
    """The EC2 id and host port of a running task."""
    task = house.task(arn)
    answer = house.ecs.describe_container_instances(
        cluster="demo", containerInstances=[task["containerInstanceArn"]]
    )
    port = task["containers"][0]["networkBindings"][0]["hostPort"]
    return answer["containerInstances"][0]["ec2InstanceId"], port


def _health(house: House, target_id: str, port: int) -> dict[str, str]:
    answer = house.elb.describe_target_health(
        TargetGroupArn=house.group, Targets=[{"Id": target_id, "Port": port}]
    )
    found: dict[str, str] = answer["TargetHealthDescriptions"][0]["TargetHealth"]
    return found


def _targets(house: House) -> set[tuple[str, int]]:
    found = house.elb.describe_target_health(TargetGroupArn=house.group)["TargetHealthDescriptions"]
    return {(each["Target"]["Id"], each["Target"]["Port"]) for each in found}


@pytest.mark.parametrize(("mode", "port", "ports"), [("bridge", 0, {32768, 32769}), ("bridge", 80, {80})])
def test_a_service_of_mode_bridge_rolls_with_instance_targets(
    build: Build, mode: str, port: int, ports: set[int]
) -> None:
    breathing = {"maximumPercent": 100, "minimumHealthyPercent": 50}
    definition = ec2_definition(mode, port=port)
    house = build(service=ec2_service(deploymentConfiguration=breathing), definition=definition)
    group = house.elb.describe_target_groups(TargetGroupArns=[house.group])["TargetGroups"][0]
    assert group["TargetType"] == "instance"
    assert {target_id[:2] for target_id, _ in _targets(house)} == {"i-"}
    house.ecs.register_task_definition(**definition)
    house.update(taskDefinition="web")
    house.wait(150)

    assert house.rollout()["status"] == "SUCCESSFUL"
    assert {port for _, port in _targets(house)} <= ports | {32770}
    assert leftovers(house.cloud).sentences == ["nothing is left behind", "web runs web:2, 2 of 2 tasks"]


def test_a_dynamic_port_shows_once_the_task_runs(build: Build) -> None:
    house = build(service=ec2_service(), definition=ec2_definition())
    arn = _canary(house, ec2_definition())
    house.wait(5)
    starting = house.task(arn)
    assert (starting["lastStatus"], starting["containers"][0]["networkBindings"]) == ("ACTIVATING", [])
    assert starting["attachments"] == []
    house.wait(10)

    assert house.task(arn)["containers"][0]["networkBindings"] == [
        {"bindIP": "0.0.0.0", "containerPort": 8080, "hostPort": 32769, "protocol": "tcp"}
    ]
    assert house.task(arn)["containers"][0]["networkInterfaces"] == []
    house.ecs.stop_task(cluster="demo", task=arn)
    house.wait(5)
    assert house.task(arn)["lastStatus"] == "STOPPED"
    assert house.task(arn)["containers"][0]["networkBindings"] == []


def test_the_host_mode_gives_the_container_port_and_shows_no_binding(build: Build) -> None:
    house = build(service=ec2_service(desiredCount=1), definition=ec2_definition("host"))
    arn = _canary(house, ec2_definition("host"))
    house.wait(20)

    assert house.task(arn)["containers"][0]["networkBindings"] == []
    assert {port for _, port in _targets(house)} == {8080}
    assert len(_targets(house)) == 1
    assert house.web()["runningCount"] == 1


def test_an_instance_target_is_judged_by_what_listens_on_its_port(build: Build) -> None:
    house = build(service=ec2_service(), definition=ec2_definition())
    arn = _canary(house, ec2_definition())
    house.wait(20)
    ec2_id, port = _place(house, arn)
    targets = [{"Id": ec2_id, "Port": port}]
    house.elb.register_targets(TargetGroupArn=house.group, Targets=targets)
    house.wait(10)
    assert _health(house, ec2_id, port) == {"State": "healthy"}
    assert leftovers(house.cloud).left[1] == f"target {ec2_id}:{port} is registered in web (healthy)"
    house.ecs.stop_task(cluster="demo", task=arn)
    house.wait(15)
    assert _health(house, ec2_id, port)["Reason"] == "Target.FailedHealthChecks"
    house.elb.deregister_targets(TargetGroupArn=house.group, Targets=targets)
    assert _health(house, ec2_id, port)["State"] == "draining"
    house.wait(30)

    assert _health(house, ec2_id, port)["Reason"] == "Target.NotRegistered"


def test_the_port_of_the_group_is_the_default(build: Build) -> None:
    house = build(service=ec2_service(), definition=ec2_definition("host"))
    ec2_id = next(iter(house.cloud.world.instances.values())).ec2_id
    house.cloud.world.target_groups[house.group].port = 9999
    house.elb.register_targets(TargetGroupArn=house.group, Targets=[{"Id": ec2_id}])

    assert (ec2_id, 9999) in _targets(house)


@pytest.mark.parametrize("target", ["10.0.0.10", "i-0123456789abcdef0"])
def test_only_a_running_instance_can_be_an_instance_target(build: Build, target: str) -> None:
    house = build(service=ec2_service(), definition=ec2_definition())

    with pytest.raises(ClientError, match=r"not valid|not in a running state") as caught:
        house.elb.register_targets(TargetGroupArn=house.group, Targets=[{"Id": target}])

    assert caught.value.response["Error"]["Code"] == "InvalidTarget"


def test_awsvpc_on_ec2_has_an_address_and_an_instance(build: Build) -> None:
    house = build(service=awsvpc_service())
    arn = house.run(house.register(), launchType="EC2")["tasks"][0]["taskArn"]
    house.wait(20)
    task = house.task(arn)
    address = house.address(arn)
    house.enroll(address)
    house.wait(10)

    assert house.target(address) == {"State": "healthy"}
    assert (task["launchType"], task.get("platformVersion")) == ("EC2", None)
    assert task["containers"][0]["networkBindings"] == []
    instance = house.cloud.world.instances[task["containerInstanceArn"]]
    assert task["availabilityZone"] == instance.zone


def test_awsvpc_on_ec2_rolls(build: Build) -> None:
    house = build(service=awsvpc_service())
    house.update(taskDefinition=house.register())
    house.wait(90)

    assert house.rollout()["status"] == "SUCCESSFUL"
    assert (house.web()["launchType"], "platformVersion" in house.web()) == ("EC2", False)


def test_the_type_of_a_target_group_must_fit_the_network_mode(build: Build) -> None:
    house = build(service=ec2_service(), definition=ec2_definition())
    house.cloud.world.target_groups[house.group].target_type = "ip"

    with pytest.raises(
        ClientError, match="has target type ip, which is incompatible with the bridge network"
    ):
        house.update(taskDefinition="web", forceNewDeployment=True)


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (ec2_definition("host") | {"memory": None, "cpu": None}, "At least one of 'memory'"),
        (ec2_definition("none"), "Port mappings are not allowed"),
    ],
)
def test_what_a_definition_for_ec2_must_not_be(house: House, definition: dict[str, Any], words: str) -> None:
    request = {key: value for key, value in definition.items() if value is not None}

    with pytest.raises(ClientError, match=words):
        house.ecs.register_task_definition(**request)
