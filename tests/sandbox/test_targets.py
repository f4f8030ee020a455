"""Targets: registration, health, draining."""

import pytest
from botocore.exceptions import ClientError

from .conftest import Build
from .house import House, service_json


def _running(house: House) -> str:
    arn = house.canary()
    house.wait(20)
    return house.address(arn)


def test_a_target_is_healthy_after_interval_times_threshold(house: House) -> None:
    address = _running(house)
    house.enroll(address)
    registering = house.target(address)
    house.wait(9)
    checking = house.target(address)
    house.wait(1)

    assert registering["Reason"] == "Elb.RegistrationInProgress"
    assert checking == {
        "State": "initial",
        "Reason": "Elb.InitialHealthChecking",
        "Description": "Initial health checks in progress",
    }
    assert house.target(address) == {"State": "healthy"}


def test_registering_a_healthy_target_again_changes_nothing(house: House) -> None:
    address = _running(house)
    house.enroll(address)
    house.wait(10)
    house.enroll(address)

    assert house.target(address) == {"State": "healthy"}


def test_a_target_drains_for_the_delay_and_is_gone_then(house: House) -> None:
    address = _running(house)
    house.enroll(address)
    house.wait(10)
    house.dismiss(address)
    assert house.target(address) == {
        "State": "draining",
        "Reason": "Target.DeregistrationInProgress",
        "Description": "Target deregistration is in progress",
    }
    house.wait(29.9)
    assert house.target(address)["State"] == "draining"
    house.wait(0.1)

    assert (house.target(address)["State"], house.target(address)["Reason"]) == (
        "unused",
        "Target.NotRegistered",
    )
    assert len(house.elb.describe_target_health(TargetGroupArn=house.group)["TargetHealthDescriptions"]) == 2


def test_a_draining_address_cannot_come_back_before_its_delay_is_over(house: House) -> None:
    address = _running(house)
    house.enroll(address)
    house.dismiss(address)
    with pytest.raises(ClientError) as caught:
        house.enroll(address)
    assert caught.value.response["Error"]["Code"] == "InvalidTarget"
    house.wait(30)
    house.enroll(address)
    house.wait(10)

    assert house.target(address)["State"] == "healthy"


def test_deregistering_is_idempotent_and_goes_by_address_and_port(house: House) -> None:
    address = _running(house)
    house.enroll(address)
    house.elb.deregister_targets(TargetGroupArn=house.group, Targets=[{"Id": address, "Port": 9}])
    assert house.target(address)["State"] == "initial"
    house.dismiss(address)
    house.wait(10)
    house.dismiss(address)
    house.wait(20)
    house.dismiss("10.9.9.9")

    assert house.target(address)["Reason"] == "Target.NotRegistered"


@pytest.mark.parametrize(
    ("tag", "reason", "description"),
    [
        ("unhealthy-target", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]"),
        ("target-timeout", "Target.Timeout", "Request timed out"),
        ("slow-start", "Target.FailedHealthChecks", "Health checks failed"),
    ],
)
def test_a_failing_target_says_why(house: House, tag: str, reason: str, description: str) -> None:
    arn = house.canary(f"v2-{tag}")
    house.wait(20)
    address = house.address(arn)
    house.enroll(address)
    house.wait(10)

    assert house.target(address) == {"State": "unhealthy", "Reason": reason, "Description": description}


def test_a_slow_starter_becomes_healthy_in_the_end(house: House) -> None:
    arn = house.canary("slow-start")
    house.wait(20)
    address = house.address(arn)
    house.enroll(address)
    house.wait(45 + 15)

    assert house.target(address) == {"State": "healthy"}
    assert house.task(arn)["healthStatus"] == "HEALTHY"


def test_a_test_can_break_a_target_slowly_or_at_once(house: House) -> None:
    address = _running(house)
    house.enroll(address)
    house.wait(10)
    house.cloud.break_target(house.group, address, 8080, "timeout")
    house.wait(9)
    assert house.target(address) == {"State": "healthy"}
    house.wait(1)
    assert house.target(address)["Reason"] == "Target.Timeout"
    house.cloud.break_target(house.group, address, 8080, "ok")
    house.wait(10)
    assert house.target(address) == {"State": "healthy"}

    house.cloud.fail_target(house.group, address, 8080)

    assert house.target(address)["State"] == "unhealthy"


def test_a_deleted_target_group_is_not_found(house: House) -> None:
    house.cloud.delete_target_group(house.group)

    for call in (
        lambda: house.elb.describe_target_health(TargetGroupArn=house.group),
        lambda: house.elb.describe_target_groups(TargetGroupArns=[house.group]),
        lambda: house.enroll("10.0.0.77"),
        lambda: house.dismiss("10.0.0.77"),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "TargetGroupNotFound"


def test_a_group_without_a_load_balancer_has_unused_targets(house: House) -> None:
    house.cloud.world.target_groups[house.group].balancers = []
    house.enroll("10.0.0.77")
    assert house.target("10.0.0.77")["Reason"] == "Target.NotInUse"
    house.dismiss("10.0.0.77")

    assert house.target("10.0.0.77")["Reason"] == "Target.NotRegistered"


def test_an_address_must_be_one(house: House) -> None:
    with pytest.raises(ClientError, match="is not a valid IPv4 address") as caught:
        house.enroll("i-0123456789abcdef0")

    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_the_load_balancer_around_the_group_can_be_found(house: House) -> None:
    group = house.elb.describe_target_groups(TargetGroupArns=[house.group])["TargetGroups"][0]
    balancer = house.elb.describe_load_balancers(LoadBalancerArns=group["LoadBalancerArns"])["LoadBalancers"][
        0
    ]
    listener = house.elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"][0]
    rule = house.elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"][0]
    attributes = house.elb.describe_target_group_attributes(TargetGroupArn=house.group)["Attributes"]

    assert (group["HealthCheckIntervalSeconds"], group["HealthyThresholdCount"], group["TargetType"]) == (
        5,
        2,
        "ip",
    )
    assert balancer["Type"] == "application"
    assert rule["Actions"][0]["TargetGroupArn"] == house.group
    delay = {item["Key"]: item["Value"] for item in attributes}["deregistration_delay.timeout_seconds"]
    assert delay == "30"
    by_balancer = house.elb.describe_target_groups(LoadBalancerArn=balancer["LoadBalancerArn"])
    assert [found["TargetGroupArn"] for found in by_balancer["TargetGroups"]] == [house.group]
    assert house.elb.describe_tags(ResourceArns=[house.group])["TagDescriptions"][0]["Tags"] == []


def test_a_service_without_load_balancers_may_be_seeded(build: Build) -> None:
    house = build(service=service_json(loadBalancers=[]))

    assert house.web()["loadBalancers"] == []
    assert house.elb.describe_target_groups()["TargetGroups"] == []
