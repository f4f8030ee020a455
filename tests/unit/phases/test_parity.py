"""In which points a canary is not like a task of the service."""

import pytest

from cage_fsm.phases.parity import points, refusals
from tests.stories.kinds import DISK, KINDS
from tests.stories.stage import Json, Stage

CONNECT = {"serviceConnectConfiguration": {"enabled": True}}
CONSTRAINT = {"type": "memberOf", "expression": "a"}
TWO = [{"capacityProvider": "FARGATE", "base": 1}, {"capacityProvider": "FARGATE_SPOT", "weight": 4}]


def of_deployment(**shown: object) -> Json:
    return {"deployments": [{"status": "PRIMARY", **shown}]}


@pytest.mark.parametrize(
    ("service", "definition", "name"),
    [
        (of_deployment(**CONNECT), {}, "Service Connect"),
        ({"serviceRegistries": [{"registryArn": "arn:r"}]}, {}, "Cloud Map"),
        (of_deployment(vpcLatticeConfigurations=[{"portName": "http"}]), {}, "VPC Lattice"),
        ({"capacityProviderStrategy": TWO}, {}, "capacityProviderStrategy"),
        ({"desiredCount": 0}, {}, "desiredCount"),
        ({"placementConstraints": [CONSTRAINT] * 11}, {}, "placementConstraints"),
        (
            {"placementConstraints": [CONSTRAINT] * 6},
            {"placementConstraints": [CONSTRAINT] * 5},
            "placementConstraints",
        ),
        (
            {"propagateTags": "SERVICE", "tags": [{"key": f"k{n}", "value": ""} for n in range(51)]},
            {},
            "propagateTags",
        ),
        (of_deployment(volumeConfigurations=[DISK]), {}, "volumeConfigurations"),
    ],
)
def test_what_run_task_cannot_give_is_a_point(service: Json, definition: Json, name: str) -> None:
    (found,) = points(service, definition, None)
    (refusal,) = refusals([found])

    assert found.name == name
    assert refusal.startswith(f"The canary would not be like a task of the service ({name}): ")


@pytest.mark.parametrize(
    "service",
    [
        {},
        of_deployment(serviceConnectConfiguration={"enabled": False}, volumeConfigurations=[]),
        {"capacityProviderStrategy": TWO[:1], "desiredCount": 1},
        {"placementConstraints": [CONSTRAINT] * 10, "availabilityZoneRebalancing": "ENABLED"},
        {"propagateTags": "SERVICE", "tags": [{"key": f"k{n}"} for n in range(50)] + [{"key": "aws:x"}]},
        {"propagateTags": "NONE", "tags": [{"key": f"k{n}"} for n in range(60)]},
    ],
)
def test_what_a_canary_gets_as_every_task_does_is_none(service: Json) -> None:
    assert points(service, {}, None) == []


def test_a_chosen_instance_is_a_point_and_takes_the_place_of_a_constraint() -> None:
    found = points({"placementConstraints": [CONSTRAINT] * 10}, {}, "i-0123")

    assert [each.name for each in found] == ["placement", "placementConstraints"]
    assert "i-0123" in found[0].words


@pytest.mark.parametrize("name", KINDS)
def test_no_kind_of_plain_service_has_points(name: str) -> None:
    stage = Stage(**KINDS[name])

    assert points(stage.aws.ecs.service("demo", "web") or {}, stage.files.task_definition, None) == []
