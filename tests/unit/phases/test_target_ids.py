"""As what the canary is registered."""

from types import SimpleNamespace
from typing import Any

import pytest

from cage_fsm.engine.ports import Refused, Retryable
from cage_fsm.judge.seen import BindingSeen, ContainerSeen, InstanceSeen, TaskSeen
from cage_fsm.phases.facts import Facts, Group, Target
from cage_fsm.phases.target_ids import is_at, targets_of

HOST = "arn:aws:ecs:us-east-1:123456789012:container-instance/demo/1"
DNS = (BindingSeen(53, 40001, "tcp"), BindingSeen(53, 40002, "udp"))


def task(
    *bindings: BindingSeen, host: str = HOST, address: str | None = None, group: str = "service:web"
) -> TaskSeen:
    web = ContainerSeen("web", "RUNNING", "HEALTHY", None, "", "web:2", "", bindings=bindings)
    return TaskSeen("t", "web:2", group, "s", "RUNNING", "RUNNING", "", "", address, (web,), host)


def facts(target_type: str, protocol: str = "HTTP", **more: Any) -> Facts:
    group = Group(
        arn="arn:targetgroup/web/1",
        container="web",
        port=53,
        target_type=target_type,
        protocol=protocol,
        interval=5,
        healthy_threshold=2,
        unhealthy_threshold=2,
        drain=30,
    )
    return Facts(
        groups=(group,), service_name="web", container_instance=HOST, **({"network_mode": "bridge"} | more)
    )


def hosts(ec2_id: str = "i-1") -> Any:
    found = InstanceSeen(HOST, ec2_id, "ACTIVE", connected=True, taken=frozenset())
    return SimpleNamespace(ecs=SimpleNamespace(instances=lambda *_: [found]))


@pytest.mark.parametrize(("protocol", "port"), [("TCP", 40001), ("HTTP", 40001), ("UDP", 40002)])
def test_of_two_bindings_of_a_port_the_one_of_the_groups_protocol_counts(protocol: str, port: int) -> None:
    (target,) = targets_of(hosts(), facts("instance", protocol), task(*DNS))

    assert (target.id, target.port) == ("i-1", port)


def test_a_binding_of_a_protocol_that_does_not_show_is_as_good() -> None:
    (target,) = targets_of(hosts(), facts("instance"), task(BindingSeen(53, 40003, "")))

    assert target.port == 40003


def test_in_host_mode_the_port_is_the_containers() -> None:
    (target,) = targets_of(hosts(), facts("instance", network_mode="host"), task())

    assert (target.id, target.port) == ("i-1", 53)


def test_a_port_or_a_host_that_does_not_show_is_looked_for_again() -> None:
    with pytest.raises(Retryable, match="host port of port 53"):
        targets_of(hosts(), facts("instance"), task())
    with pytest.raises(Retryable, match="which container instance"):
        targets_of(hosts(), facts("instance"), task(*DNS, host=""))


def test_an_external_host_cannot_be_a_target() -> None:
    with pytest.raises(Refused, match="no EC2 instance"):
        targets_of(hosts("mi-1"), facts("instance"), task(*DNS))


@pytest.mark.parametrize(
    ("other", "mode", "expected"),
    [
        (task(BindingSeen(53, 80, "tcp")), "bridge", True),
        (task(BindingSeen(53, 81, "tcp")), "bridge", False),
        (task(BindingSeen(53, 80, "tcp"), host="another"), "bridge", False),
        (task(), "host", True),
        (task(host="another"), "host", False),
        (task(group="family:a daemon without ports"), "host", False),
        (task(), "bridge", False),
    ],
)
def test_a_task_is_at_a_target_of_its_host_and_port(other: TaskSeen, mode: str, expected: bool) -> None:
    target = Target(group_arn="g", id="i-1", port=80)

    assert is_at(other, target, facts("instance", network_mode=mode)) is expected


def test_a_task_with_an_address_of_its_own_is_at_the_target_of_that_address() -> None:
    target = Target(group_arn="g", id="10.0.0.9", port=80)

    assert is_at(task(address="10.0.0.9"), target, facts("ip"))
    assert not is_at(task(address="10.0.0.8"), target, facts("ip"))
