"""Container instances: what they are, and which tasks get a place on them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from cage_fsm.sandbox import leftovers

from .conftest import Build
from .house import House
from .kinds import awsvpc_service, ec2_definition, ec2_service


@pytest.fixture
def bridge(build: Build) -> House:
    """Two instances, and a service in the network mode bridge with dynamic ports."""
    return build(service=ec2_service(), definition=ec2_definition())


def _run(house: House, **changes: Any) -> dict[str, Any]:
    definition = changes.pop("definition", None) or ec2_definition()
    arn = house.ecs.register_task_definition(**definition)["taskDefinition"]["taskDefinitionArn"]
    request = {"cluster": "demo", "taskDefinition": arn, "launchType": "EC2"}
    answer: dict[str, Any] = house.ecs.run_task(**request | changes)
    return answer


def _instances(house: House) -> list[dict[str, Any]]:
    arns = house.ecs.list_container_instances(cluster="demo")["containerInstanceArns"]
    answer = house.ecs.describe_container_instances(cluster="demo", containerInstances=arns)
    found: list[dict[str, Any]] = answer["containerInstances"]
    return found


def _only(*expressions: str) -> list[dict[str, str]]:
    return [{"type": "memberOf", "expression": each} for each in expressions]


def _host(answer: dict[str, Any]) -> str:
    return str(answer["tasks"][0]["containerInstanceArn"])


def test_a_service_for_ec2_comes_with_two_instances_and_spreads_over_them(bridge: House) -> None:
    instances = _instances(bridge)

    assert [each["runningTasksCount"] for each in instances] == [1, 1]
    assert len({each["ec2InstanceId"] for each in instances}) == 2
    assert all(each["agentConnected"] and each["status"] == "ACTIVE" for each in instances)
    cluster = bridge.ecs.describe_clusters(clusters=["demo"])["clusters"][0]
    assert cluster["registeredContainerInstancesCount"] == 2


def test_an_instance_tells_what_is_left_of_it(bridge: House) -> None:
    def resources(which: str) -> dict[str, Any]:
        return {each["name"]: each for each in _instances(bridge)[0][which]}

    registered, remaining = resources("registeredResources"), resources("remainingResources")
    assert registered["CPU"]["integerValue"] - remaining["CPU"]["integerValue"] == 256
    assert registered["MEMORY"]["integerValue"] - remaining["MEMORY"]["integerValue"] == 512
    assert set(remaining["PORTS"]["stringSetValue"]) - set(registered["PORTS"]["stringSetValue"]) == {"32768"}
    names = {each["name"]: each.get("value") for each in _instances(bridge)[0]["attributes"]}
    assert names["ecs.availability-zone"] == "us-east-1a"


def test_instances_are_found_by_their_ec2_id(bridge: House) -> None:
    first, second = _instances(bridge)

    def found(expression: str) -> list[str]:
        answer = bridge.ecs.list_container_instances(cluster="demo", filter=expression)
        arns: list[str] = answer["containerInstanceArns"]
        return arns

    assert found(f"ec2InstanceId == {first['ec2InstanceId']}") == [first["containerInstanceArn"]]
    assert found(f"ec2InstanceId != '{first['ec2InstanceId']}'") == [second["containerInstanceArn"]]
    assert found(f"ec2InstanceId in ['i-0', '{second['ec2InstanceId']}']") == [second["containerInstanceArn"]]
    assert found("ec2InstanceId == i-0") == []
    assert len(found("attribute:ecs.instance-type =~ m5.* and not (agentConnected == false)")) == 2
    assert len(found("runningTasksCount > 0 && attribute:ecs.os-type exists")) == 2
    with pytest.raises(ClientError, match="Invalid expression"):
        found("ec2InstanceId is i-0")


def test_an_ec2_id_is_no_name_of_a_container_instance(bridge: House) -> None:
    ec2_id = _instances(bridge)[0]["ec2InstanceId"]
    answer = bridge.ecs.describe_container_instances(cluster="demo", containerInstances=[ec2_id])

    assert answer["failures"][0]["reason"] == "MISSING"


@pytest.mark.parametrize(
    ("expression", "lands"),
    [
        ("ec2InstanceId == {1}", 1),
        ("ec2InstanceId != {0}", 1),
        ("ec2InstanceId in ['{0}']", 0),
        ("ec2InstanceId not_in [{0}]", 1),
        ("attribute:ecs.availability-zone == us-east-1b", 1),
        ("not(ec2InstanceId == {1}) or ec2InstanceId == i-0", 0),
    ],
)
def test_a_constraint_leads_a_task_to_its_instance(bridge: House, expression: str, lands: int) -> None:
    instances = _instances(bridge)
    wish = expression.format(*(each["ec2InstanceId"] for each in instances))
    answer = _run(bridge, placementConstraints=_only(wish))

    assert _host(answer) == instances[lands]["containerInstanceArn"]
    assert answer["tasks"][0]["launchType"] == "EC2"
    on_it = bridge.ecs.list_tasks(cluster="demo", containerInstance=instances[lands]["containerInstanceArn"])
    assert answer["tasks"][0]["taskArn"] in on_it["taskArns"]


def test_a_constraint_that_no_instance_meets_is_a_failure_of_each(bridge: House) -> None:
    answer = _run(bridge, placementConstraints=_only("ec2InstanceId == i-0"))

    assert answer["tasks"] == []
    assert answer["failures"] == [
        {"arn": each["containerInstanceArn"], "reason": "MemberOf placement constraint unsatisfied."}
        for each in _instances(bridge)
    ]


def test_distinct_instances_run_out(bridge: House) -> None:
    answer = _run(bridge, count=3, group="g", placementConstraints=[{"type": "distinctInstance"}])

    assert len({task["containerInstanceArn"] for task in answer["tasks"]}) == len(answer["tasks"]) == 2
    assert {each["reason"] for each in answer["failures"]} == {
        "DistinctInstance placement constraint unsatisfied."
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cpu": 300}, "RESOURCE:CPU"),
        ({"memory": 600}, "RESOURCE:MEMORY"),
        ({"connected": False}, "AGENT"),
    ],
)
def test_an_instance_that_lacks_something_says_what(
    bridge: House, change: dict[str, Any], reason: str
) -> None:
    for instance in bridge.cloud.world.instances.values():
        for name, value in change.items():
            setattr(instance, name, value)
    answer = _run(bridge)

    assert {each["reason"] for each in answer["failures"]} == {reason}


def test_a_draining_instance_gets_no_tasks(bridge: House) -> None:
    first, second = _instances(bridge)
    bridge.cloud.instance(first["ec2InstanceId"]).status = "DRAINING"

    assert {_host(_run(bridge)) for _ in range(3)} == {second["containerInstanceArn"]}


def test_interfaces_run_out_in_the_network_mode_awsvpc(build: Build) -> None:
    house = build(service=awsvpc_service())
    for instance in house.cloud.world.instances.values():
        instance.interfaces = 1
    answer = house.run(house.register(), launchType="EC2")

    assert {each["reason"] for each in answer["failures"]} == {"RESOURCE:ENI"}


def test_a_host_port_is_taken_once_on_each_instance(build: Build) -> None:
    house = build(service=ec2_service(desiredCount=1), definition=ec2_definition(port=80))
    fixed = ec2_definition(port=80)
    assert _run(house, definition=fixed)["failures"] == []
    assert {each["reason"] for each in _run(house, definition=fixed)["failures"]} == {"RESOURCE:PORTS"}
    house.cloud.add_instance("demo")

    assert _run(house, definition=fixed)["failures"] == []


def test_no_capacity_on_ec2_is_a_failure_of_each_instance(build: Build) -> None:
    house = build("no-capacity", service=ec2_service(), definition=ec2_definition())

    assert [each["reason"] for each in _run(house)["failures"]] == ["RESOURCE:MEMORY"] * 2


def test_a_cluster_without_instances_refuses_to_run_for_ec2(house: House) -> None:
    for kind in ("EC2", "EXTERNAL"):
        with pytest.raises(ClientError, match="No Container Instances were found in your cluster"):
            _run(house, launchType=kind)


def test_a_service_that_finds_no_place_says_which_instance_was_closest(bridge: House) -> None:
    for instance in bridge.cloud.world.instances.values():
        instance.memory = 600
    bridge.update(taskDefinition=ec2_definition()["family"], forceNewDeployment=True)
    bridge.wait(5)
    closest = _instances(bridge)[1]["containerInstanceArn"].rsplit("/", 1)[1]

    assert bridge.web()["events"][0]["message"] == (
        "(service web) was unable to place a task because no container instance met all of its requirements. "
        f"The closest matching container-instance {closest} has insufficient memory available. "
        "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
    )


def test_the_platform_version_belongs_to_fargate(bridge: House) -> None:
    with pytest.raises(ClientError, match="platform version must be null when specifying an EC2 launch type"):
        _run(bridge, platformVersion="1.4.0")


def test_an_instance_with_another_processor_lacks_an_attribute(bridge: House) -> None:
    arm = ec2_definition(runtimePlatform={"cpuArchitecture": "ARM64"})
    assert {each["reason"] for each in _run(bridge, definition=arm)["failures"]} == {"ATTRIBUTE"}
    ec2_id = bridge.cloud.add_instance("demo")
    bridge.cloud.instance(ec2_id).attributes["ecs.cpu-architecture"] = "arm64"
    task = _run(bridge, definition=arm)["tasks"][0]

    assert bridge.cloud.world.tasks[task["taskArn"]].host == ec2_id
    assert task["attributes"] == [{"name": "ecs.cpu-architecture", "value": "arm64"}]


def test_tasks_and_targets_go_with_their_instance(bridge: House) -> None:
    lost = _instances(bridge)[0]
    arn = bridge.ecs.list_tasks(cluster="demo", containerInstance=lost["containerInstanceArn"])["taskArns"][0]
    bridge.cloud.lose_instance(lost["ec2InstanceId"])
    health = bridge.elb.describe_target_health(TargetGroupArn=bridge.group)["TargetHealthDescriptions"]
    assert bridge.task(arn)["lastStatus"] == "STOPPED"
    assert bridge.task(arn)["stoppedReason"] == f"Host EC2 (instance {lost['ec2InstanceId']}) terminated."
    assert {each["TargetHealth"].get("Reason") for each in health} == {None, "Target.InvalidState"}
    bridge.wait(60)

    assert bridge.web()["runningCount"] == 2
    assert leftovers(bridge.cloud).clean
    assert {task.host for task in bridge.cloud.world.tasks.values() if task.live} == {
        _instances(bridge)[0]["ec2InstanceId"]
    }
