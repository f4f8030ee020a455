"""Several target groups, Network Load Balancers, and groups that check nothing."""

import copy
from typing import Any

import pytest

from cage_fsm.sandbox import leftovers

from .conftest import Build
from .house import House, service_json, task_definition

ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/{}/0123456789abcdef"


def _two_groups() -> dict[str, Any]:
    entries = [
        {"targetGroupArn": ARN.format("web"), "containerName": "web", "containerPort": 8080},
        {"targetGroupArn": ARN.format("admin"), "containerName": "admin", "containerPort": 9090},
    ]
    return service_json(loadBalancers=entries)


def _two_containers() -> dict[str, Any]:
    document = task_definition()
    admin = copy.deepcopy(document["containerDefinitions"][0]) | {"name": "admin"}
    admin["portMappings"] = [{"containerPort": 9090}, {"containerPort": 9091, "protocol": "udp"}]
    document["containerDefinitions"].append(admin)
    return document


def _states(house: House, group: str) -> list[str]:
    found = house.elb.describe_target_health(TargetGroupArn=ARN.format(group))["TargetHealthDescriptions"]
    return [f"{each['Target']['Port']} {each['TargetHealth']['State']}" for each in found]


def _enrolled(house: House, tag: str) -> str:
    """A canary that is registered since 10 seconds."""
    arn = house.canary(tag)
    house.wait(20)
    address = house.address(arn)
    house.enroll(address)
    house.wait(10)
    return address


@pytest.fixture
def pair(build: Build) -> House:
    return build(service=_two_groups(), definition=_two_containers())


@pytest.fixture
def network(build: Build) -> House:
    return build(load_balancer="network")


def test_a_task_is_in_every_target_group_with_the_port_of_its_container(pair: House) -> None:
    assert _states(pair, "web") == ["8080 healthy"] * 2
    assert _states(pair, "admin") == ["9090 healthy"] * 2
    assert leftovers(pair.cloud).clean


def test_a_service_with_two_target_groups_rolls(pair: House) -> None:
    pair.ecs.register_task_definition(**_two_containers())
    pair.update(taskDefinition="web")
    pair.wait(100)

    assert pair.rollout()["status"] == "SUCCESSFUL"
    assert _states(pair, "admin") == ["9090 healthy"] * 2


def test_one_sick_target_of_two_costs_the_task_its_life(pair: House) -> None:
    task = pair.service_tasks()[0]
    pair.cloud.break_target(ARN.format("admin"), pair.address(task), 9090)
    pair.wait(15)

    assert pair.task(task)["stoppedReason"] == (
        f"Task failed ELB health checks in (target-group {ARN.format('admin')})"
    )
    assert any(
        f"(task {task.rsplit('/', 1)[1]}) (port 9090) is unhealthy in (target-group {ARN.format('admin')})"
        in event["message"]
        for event in pair.web()["events"]
    )


def test_a_network_load_balancer_looks_like_one(network: House) -> None:
    group = network.elb.describe_target_groups(TargetGroupArns=[network.group])["TargetGroups"][0]
    balancer = network.elb.describe_load_balancers(LoadBalancerArns=group["LoadBalancerArns"])
    listener = network.elb.describe_listeners(LoadBalancerArn=group["LoadBalancerArns"][0])

    assert balancer["LoadBalancers"][0]["Type"] == "network"
    assert "/net/" in group["LoadBalancerArns"][0]
    assert (group["Protocol"], group["HealthCheckProtocol"]) == ("TCP", "TCP")
    assert "Matcher" not in group
    assert listener["Listeners"][0]["Protocol"] == "TCP"


@pytest.mark.parametrize("tag", ["v2-unhealthy-target", "v2-redirect"])
def test_a_tcp_check_does_not_read_answers(network: House, tag: str) -> None:
    assert network.target(_enrolled(network, tag)) == {"State": "healthy"}


@pytest.mark.parametrize("tag", ["v2-target-timeout", "v2-port-not-listening"])
def test_a_tcp_check_knows_one_reason_only(network: House, tag: str) -> None:
    assert network.target(_enrolled(network, tag))["Reason"] == "Target.FailedHealthChecks"


def test_a_network_load_balancer_may_check_over_http(network: House) -> None:
    network.cloud.world.target_groups[network.group].check_protocol = "HTTP"

    assert network.target(_enrolled(network, "v2-redirect"))["Reason"] == "Target.ResponseCodeMismatch"


@pytest.mark.parametrize(
    ("tag", "reason", "description"),
    [
        ("v2-redirect", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [301]"),
        (
            "v2-unhealthy-target",
            "Target.ResponseCodeMismatch",
            "Health checks failed with these codes: [503]",
        ),
        ("v2-port-not-listening", "Target.FailedHealthChecks", "Health checks failed"),
        ("v2-target-timeout", "Target.Timeout", "Request timed out"),
    ],
)
def test_an_application_load_balancer_says_what_it_got(
    house: House, tag: str, reason: str, description: str
) -> None:
    found = house.target(_enrolled(house, tag))

    assert found == {"State": "unhealthy", "Reason": reason, "Description": description}


@pytest.mark.parametrize(
    ("matcher", "state"), [("200,301", "healthy"), ("200-399", "healthy"), ("200", "unhealthy")]
)
def test_the_matcher_says_which_codes_will_do(house: House, matcher: str, state: str) -> None:
    house.cloud.world.target_groups[house.group].matcher = matcher

    assert house.target(_enrolled(house, "v2-redirect"))["State"] == state


def test_targets_of_a_group_on_no_load_balancer_are_unused(house: House) -> None:
    house.cloud.unlink_target_group(house.group)
    group = house.elb.describe_target_groups(TargetGroupArns=[house.group])["TargetGroups"][0]

    assert group["LoadBalancerArns"] == []
    assert _states(house, "web") == ["8080 unused"] * 2
    assert house.target(_enrolled(house, "v2"))["Reason"] == "Target.NotInUse"


def test_targets_that_nobody_checks_are_unavailable(house: House) -> None:
    house.cloud.disable_health_checks(house.group)

    assert _states(house, "web") == ["8080 unavailable"] * 2
    assert house.target(_enrolled(house, "v2"))["Reason"] == "Target.HealthCheckDisabled"


def test_a_service_that_wants_no_tasks_has_rolled_at_once(build: Build) -> None:
    house = build(service=service_json(desiredCount=0))
    house.update(taskDefinition=house.register())
    house.wait(5)

    assert house.rollout()["status"] == "SUCCESSFUL"
    assert (house.web()["runningCount"], house.web()["desiredCount"]) == (0, 0)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_autoscaling_may_move_the_desired_count_during_a_deployment(house: House, count: int) -> None:
    house.update(taskDefinition=house.register())
    house.wait(12)
    house.cloud.scale("demo", "web", count)
    house.wait(120)

    assert house.rollout()["status"] == "SUCCESSFUL"
    assert house.web()["runningCount"] == count
    assert leftovers(house.cloud).services == (f"web runs web:2, {count} of {count} tasks",)
