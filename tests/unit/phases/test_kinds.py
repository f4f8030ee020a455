"""What kind a service and a task definition are of."""

from typing import Any

import pytest

from cage_fsm.phases.kinds import fixed_ports, network_mode, on_fargate, opens

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ({"launchType": "FARGATE"}, True),
        ({"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}]}, True),
        ({"platformVersion": "LATEST"}, True),
        ({"launchType": "EC2"}, False),
        ({"launchType": "EXTERNAL"}, False),
        ({"capacityProviderStrategy": [{"capacityProvider": "hosts"}]}, False),
        ({}, False),
    ],
)
def test_fargate_is_told_by_launch_type_strategy_or_platform(service: Json, expected: bool) -> None:
    assert on_fargate(service) is expected


def definition(mode: str | None, *mappings: Json) -> Json:
    return {"containerDefinitions": [{"name": "web", "portMappings": list(mappings)}]} | (
        {"networkMode": mode} if mode else {}
    )


@pytest.mark.parametrize(
    ("mode", "mapping", "expected"),
    [
        ("bridge", {"containerPort": 8080, "hostPort": 80}, {"80/tcp"}),
        (None, {"containerPort": 53, "hostPort": 53, "protocol": "udp"}, {"53/udp"}),
        ("bridge", {"containerPort": 8080, "hostPort": 0}, set()),
        ("bridge", {"containerPort": 8080}, set()),
        ("host", {"containerPort": 8080}, {"8080/tcp"}),
        ("awsvpc", {"containerPort": 8080, "hostPort": 8080}, set()),
        ("bridge", {"containerPortRange": "8000-8010"}, set()),
    ],
)
def test_the_ports_that_every_task_needs_of_its_host(mode: str, mapping: Json, expected: set[str]) -> None:
    assert fixed_ports(definition(mode, mapping)) == expected


def test_bridge_is_the_network_mode_unless_one_is_set() -> None:
    assert network_mode({}) == "bridge"


def test_a_container_opens_single_ports_and_ranges() -> None:
    container = {"portMappings": [{"containerPort": 80}, {"containerPortRange": "8000-8010"}]}

    assert [port for port in (80, 81, 7999, 8000, 8010, 8011) if opens(container, port)] == [80, 8000, 8010]
    assert not opens({}, 80)
