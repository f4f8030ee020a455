"""What UpdateService changes of a service besides its revision."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from cage_fsm.sandbox import seed_surroundings

from .conftest import Build
from .house import House, service_json
from .kinds import strategy

OTHER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/other/0123456789abcdef"


def targets(house: House, group: str) -> list[str]:
    found = house.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [each["TargetHealth"]["State"] for each in found]


def test_new_tasks_join_the_new_target_group_and_old_ones_leave_theirs(house: House) -> None:
    balancer = [{"targetGroupArn": OTHER, "containerName": "web", "containerPort": 8080}]
    seed_surroundings(house.cloud, service_json(loadBalancers=balancer))
    house.update(loadBalancers=balancer)
    house.wait(31)
    assert targets(house, house.group) == ["healthy", "healthy"]
    house.wait(90)

    assert targets(house, OTHER) == ["healthy", "healthy"]
    assert targets(house, house.group) == []
    assert house.rollout()["status"] == "SUCCESSFUL"


def test_an_empty_list_of_load_balancers_empties(house: House) -> None:
    house.update(loadBalancers=[])
    house.wait(120)

    assert house.web()["loadBalancers"] == []
    assert targets(house, house.group) == []


def test_another_capacity_provider_strategy_needs_a_forced_deployment(house: House) -> None:
    spot: dict[str, Any] = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
    with pytest.raises(ClientError, match="you must force a new deployment"):
        house.update(**spot)
    house.update(**spot, forceNewDeployment=True)

    assert "launchType" not in house.web()
    with pytest.raises(ClientError, match="you must force a new deployment"):
        house.update(capacityProviderStrategy=[])
    house.update(capacityProviderStrategy=[], forceNewDeployment=True)
    assert house.web()["launchType"] == "FARGATE"


def test_a_service_revision_shows_what_the_service_does_not(build: Build) -> None:
    house = build(service=service_json(**strategy("FARGATE")))
    connect = {"enabled": True, "namespace": "shop"}
    resolution = {"metricConfigurations": [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 20}]}
    house.update(serviceConnectConfiguration=connect, monitoring=resolution)
    arn = house.rollout()["targetServiceRevision"]["arn"]
    (revision,) = house.ecs.describe_service_revisions(serviceRevisionArns=[arn])["serviceRevisions"]

    assert revision["serviceConnectConfiguration"] == connect
    assert revision["monitoring"] == resolution
    assert "monitoring" not in house.web()
