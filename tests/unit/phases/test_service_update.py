"""How a service will be, and what of service.json cannot be."""

from typing import Any

import pytest

from cage_fsm.phases.kinds import on_fargate
from cage_fsm.phases.launch_request import launch_request, tagged
from cage_fsm.phases.service_update import fixed, to_be

FARGATE = {"launchType": "FARGATE", "platformVersion": "1.4.0"}
OWN = {"capacityProviderStrategy": [{"capacityProvider": "hosts", "weight": 1}]}
SPOT = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
DEFINITION: dict[str, Any] = {"containerDefinitions": []}


def launched(service: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """How the canary of such an update is launched."""
    request = launch_request(to_be(service, wanted, None), DEFINITION)
    named = ("launchType", "capacityProviderStrategy", "platformVersion")
    return {name: request[name] for name in named if name in request}


@pytest.mark.parametrize(
    ("service", "wanted", "expected"),
    [
        (FARGATE, {}, FARGATE),
        (FARGATE, SPOT, SPOT | {"platformVersion": "1.4.0"}),
        (FARGATE, OWN, OWN),
        (FARGATE, OWN | {"launchType": "FARGATE"}, OWN),
        (OWN, SPOT, SPOT),
        (OWN, {"capacityProviderStrategy": [], "launchType": "EC2"}, {"launchType": "EC2"}),
        (FARGATE, {"platformVersion": "LATEST"}, FARGATE | {"platformVersion": "LATEST"}),
    ],
)
def test_the_canary_is_launched_as_the_service_will_be(service: Any, wanted: Any, expected: Any) -> None:
    assert launched(service, wanted) == expected


def test_fargate_is_left_and_entered() -> None:
    assert not on_fargate(to_be(FARGATE, OWN, None))
    assert on_fargate(to_be(OWN, SPOT, None))


def test_the_tags_and_volumes_of_the_file_are_those_of_the_canary() -> None:
    service = {
        "propagateTags": "NONE",
        "tags": [{"key": "aws:stack", "value": "s"}, {"key": "old", "value": "o"}],
        "deployments": [{"status": "PRIMARY", "volumeConfigurations": [{"name": "old"}]}],
    }
    wanted = {
        "propagateTags": "SERVICE",
        "tags": [{"key": "new", "value": "n"}],
        "volumeConfigurations": [{"name": "new"}],
    }
    will_be = to_be(service, wanted, 5)

    assert will_be["desiredCount"] == 5
    assert will_be["tags"] == [{"key": "aws:stack", "value": "s"}, {"key": "new", "value": "n"}]
    assert tagged(will_be) == {
        "tags": [{"key": "new", "value": "n"}],
        "volumeConfigurations": [{"name": "new"}],
    }


@pytest.mark.parametrize(
    ("service", "wanted"),
    [
        (FARGATE, FARGATE),
        (OWN, OWN | {"launchType": "EC2"}),
        (FARGATE, OWN | {"launchType": "EC2"}),
        ({"roleArn": "arn:aws:iam::123456789012:role/a/mine"}, {"role": "mine"}),
        ({}, {"role": "mine", "launchType": "EC2", "deploymentController": {"type": "ECS"}}),
        ({"schedulingStrategy": "REPLICA"}, {"schedulingStrategy": "REPLICA"}),
    ],
)
def test_what_is_the_same_or_cannot_be_told_is_no_reason(service: Any, wanted: Any) -> None:
    assert list(fixed(service, wanted)) == []
