"""From DescribeServices to a RunTask request."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from cage_fsm.phases.expiry import expiring, longest
from cage_fsm.phases.launch_request import MOST_CONSTRAINTS, launch_request, tagged, whole
from cage_fsm.phases.names import EXPIRES

ECS = ServiceModel(Loader().load_service_model("ecs", "service-2"), "ecs")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROLE = "arn:aws:iam::123456789012:role/ecsInfrastructureRole"
THERE = {"type": "memberOf", "expression": "ec2InstanceId == i-0123456789abcdef0"}
STRATEGY = [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ({"launchType": "EC2"}, {"launchType": "EC2"}),
        ({"launchType": "EC2", "capacityProviderStrategy": []}, {"launchType": "EC2"}),
        ({"capacityProviderStrategy": STRATEGY}, {"capacityProviderStrategy": STRATEGY}),
        ({}, {}),
    ],
    ids=["launch type", "an empty strategy", "strategy", "the cluster's default"],
)
def test_where_it_runs_is_said_as_the_service_says_it(service: object, expected: object) -> None:
    assert isinstance(service, dict)
    request = launch_request(service, {})

    named = {"launchType", "capacityProviderStrategy"}
    assert {name: value for name, value in request.items() if name in named} == expected


def test_tags_of_the_service_become_the_tasks_own() -> None:
    tags = [{"key": "team", "value": "shop"}, {"key": "aws:cloudformation:stack-name", "value": "s"}]
    service = {"propagateTags": "SERVICE", "tags": tags}

    assert tagged(service) == {"tags": tags[:1]}
    assert not {"tags", "propagateTags"} & launch_request(service, {}).keys()


def test_a_tag_of_our_own_stands_beside_the_services_and_gives_way_where_there_are_too_many() -> None:
    ours, theirs = {"key": "ours", "value": "1"}, [{"key": f"k{n}", "value": ""} for n in range(50)]

    assert whole({"tags": [ours]}, {"tags": theirs[:2]})["tags"] == [ours, *theirs[:2]]
    assert whole({"tags": [ours]}, {"tags": [{"key": "ours", "value": "2"}]})["tags"] == [ours]
    assert whole({"tags": [ours]}, {"tags": theirs})["tags"] == theirs
    assert whole({"launchType": "EC2"}, {}) == {"launchType": "EC2"}


def test_a_services_volume_becomes_a_tasks_that_goes_with_it() -> None:
    specification = {
        "resourceType": "volume",
        "tags": [{"key": "team", "value": "disk"}],
        "propagateTags": "SERVICE",
    }
    volume = {"roleArn": ROLE, "sizeInGiB": 20, "tagSpecifications": [specification]}
    service = {
        "tags": [{"key": "team", "value": "shop"}, {"key": "cost", "value": "7"}],
        "deployments": [
            {
                "status": "PRIMARY",
                "volumeConfigurations": [{"name": "data", "managedEBSVolume": volume}, {"name": "other"}],
            }
        ],
    }
    request = tagged(service)

    data, other = request["volumeConfigurations"]
    assert other == {"name": "other"}
    assert data["managedEBSVolume"]["terminationPolicy"] == {"deleteOnTermination": True}
    assert data["managedEBSVolume"]["tagSpecifications"] == [
        {
            "resourceType": "volume",
            "tags": [{"key": "team", "value": "disk"}, {"key": "cost", "value": "7"}],
        }
    ]
    shape = ECS.operation_model("RunTask").input_shape
    assert not ParamValidator().validate(request | {"taskDefinition": "web:2"}, shape).has_errors()


def test_constraints_stay_within_what_a_task_may_have_and_the_chosen_instance_is_among_them() -> None:
    own = [{"type": "memberOf", "expression": f"attribute:n == {n}"} for n in range(8)]
    definition = {"placementConstraints": [{"type": "memberOf", "expression": "attribute:a == b"}] * 3}
    request = launch_request({"placementConstraints": own}, definition, THERE)

    assert request["placementConstraints"] == [THERE, *own[:6]]
    assert len(request["placementConstraints"]) + 3 == MOST_CONSTRAINTS


def test_a_canary_says_until_when_it_is_needed() -> None:
    tags = [{"key": "team", "value": "shop"}]

    assert expiring({"tags": tags}, {}, NOON)["tags"] == [
        *tags,
        {"key": EXPIRES, "value": "2026-11-23T12:00:00Z"},
    ]


def test_a_service_that_carries_our_tag_itself_does_not_have_it_twice() -> None:
    request = expiring({"tags": [{"key": EXPIRES, "value": "never"}]}, {}, NOON)

    assert request["tags"] == [{"key": EXPIRES, "value": "2026-11-23T12:00:00Z"}]


@pytest.mark.parametrize("propagated", [False, True], ids=["own tags", "tags of the revision"])
def test_a_canary_that_has_every_tag_it_may_have_goes_without_ours(*, propagated: bool) -> None:
    tags = [{"key": f"k{n}", "value": "v"} for n in range(49 if propagated else 50)]
    request = {"propagateTags": "TASK_DEFINITION"} if propagated else {"tags": tags}

    assert expiring(request, {"tags": tags}, NOON) == request


def test_the_time_of_an_approval_counts_only_where_one_is_asked_for() -> None:
    assert longest({"launch": 900, "approval": 14400}, approval=False) == timedelta(hours=1.5)
    assert longest({"launch": 900, "approval": 14400}, approval=True) == timedelta(hours=9.5)
