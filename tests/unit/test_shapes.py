"""From AWS's JSON to our shapes, where AWS leaves something out."""

from typing import Any

import pytest

from cage_fsm.aws import shapes

ENI = {"details": [{"name": "subnetId", "value": "subnet-1"}]}
V4, V6 = {"privateIpv4Address": "10.0.0.1"}, {"ipv6Address": "2001:db8::1"}


@pytest.mark.parametrize(
    ("interfaces", "address"),
    [([V4 | V6], "10.0.0.1"), ([V6, V4], "10.0.0.1"), ([V6], "2001:db8::1"), ([], None)],
)
def test_the_address_of_a_task_is_its_ipv6_one_only_where_it_has_no_other(
    interfaces: list[dict[str, Any]], address: str | None
) -> None:
    found = {"attachments": [ENI], "containers": [{"name": "web", "networkInterfaces": interfaces}]}

    assert shapes.task(found).address == address


def test_a_container_that_shows_no_health_has_that_of_its_task() -> None:
    containers = [{"name": "web"}, {"name": "envoy", "healthStatus": "UNKNOWN"}]
    task = shapes.task({"healthStatus": "HEALTHY", "containers": containers})

    assert [each.health for each in task.containers] == ["HEALTHY", "UNKNOWN"]


def test_the_processor_of_a_task_is_among_its_attributes() -> None:
    attributes = [{"name": "ecs.availability-zone"}, {"name": "ecs.cpu-architecture", "value": "arm64"}, {}]

    assert shapes.task({"attributes": attributes}).cpu == "arm64"
    assert shapes.task({}).cpu == ""


def test_a_service_that_shows_no_status_is_active() -> None:
    assert shapes.service({"serviceName": "web"}).status == "ACTIVE"
