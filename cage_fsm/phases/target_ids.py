"""As what the canary is registered: its own address and port, or its host and the port there."""

from cage_fsm.aws.clients import Aws
from cage_fsm.engine.ports import Outcome, Refused, Retryable
from cage_fsm.judge.seen import TaskSeen
from cage_fsm.phases.facts import Facts, Group, Target

UDP = frozenset({"UDP", "QUIC"})
"""Protocols of target groups whose traffic arrives at a UDP port; all others need the TCP port."""


def targets_of(aws: Aws, facts: Facts, task: TaskSeen) -> tuple[Target, ...]:
    """The canary's target in each group. Raises Refused where it cannot be one, Retryable where none shows.

    The type is the group's: `ip` is the task's address, `instance` the EC2 instance that it runs on.
    """
    types = {group.target_type for group in facts.groups}
    host = _host(aws, facts, task) if "instance" in types else ""
    address = _address(facts, task) if "ip" in types else ""
    return tuple(
        Target(group_arn=group.arn, id=address, port=group.port)
        if group.target_type == "ip"
        else Target(group_arn=group.arn, id=host, port=_host_port(facts, group, task))
        for group in facts.groups
    )


def is_at(task: TaskSeen, target: Target, facts: Facts) -> bool:
    """Whether a task is where this target leads.

    In host mode ECS shows no ports (amazon-ecs-agent#3479): there a task of the service is taken to be at it.
    """
    if not target.id.startswith("i-"):
        return task.address == target.id
    ports = {binding.host_port for each in task.containers for binding in each.bindings}
    of_the_service = task.group == f"service:{facts.service_name}"
    in_host_mode = facts.network_mode == "host" and not ports and of_the_service
    return task.container_instance == facts.container_instance and (in_host_mode or target.port in ports)


def _address(facts: Facts, task: TaskSeen) -> str:
    address = task.address or facts.address
    if not address:
        raise Refused(Outcome("failed", "The canary runs without a private address that could be a target."))
    return address


def _host(aws: Aws, facts: Facts, task: TaskSeen) -> str:
    found = aws.ecs.instances(facts.cluster_arn, [task.container_instance]) if task.container_instance else []
    if not found:
        message = "ECS does not show which container instance the canary runs on"
        raise Retryable(message)
    if not found[0].ec2_id.startswith("i-"):
        reason = f"The canary runs on {found[0].ec2_id}, which is no EC2 instance and cannot be a target."
        raise Refused(Outcome("failed", reason))
    return found[0].ec2_id


def _host_port(facts: Facts, group: Group, task: TaskSeen) -> int:
    if facts.network_mode == "host":
        return group.port
    wanted = "udp" if group.protocol in UDP else "tcp"
    bound = [
        (binding.protocol != wanted, binding.host_port)
        for container in task.containers
        for binding in container.bindings
        if (container.name, binding.container_port) == (group.container, group.port)
    ]
    if not bound:
        message = f"ECS does not show the host port of port {group.port} of container {group.container}"
        raise Retryable(message)
    return min(bound)[1]
