"""Where a task goes among the container instances of a cluster."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from cage_fsm.sandbox import words
from cage_fsm.sandbox.instance_records import RESERVED_PORTS, Instance
from cage_fsm.sandbox.life import expressions
from cage_fsm.sandbox.records import Json, Task
from cage_fsm.sandbox.world import World

Port: TypeAlias = tuple[int, str]
ALWAYS_TAKEN: frozenset[Port] = frozenset((port, "tcp") for port in RESERVED_PORTS)


@dataclass(frozen=True, slots=True)
class Need:
    """What a task needs of an instance."""

    cpu: int
    memory: int
    ports: frozenset[Port]
    interface: bool
    group: str
    constraints: list[Json]
    architecture: str = "x86_64"
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of an instance, and what is on it."""

    cpu: int
    memory: int
    ports: frozenset[Port]
    """Those that are taken."""
    interfaces: int
    tasks: list[Task]


def choose(world: World, cluster: str, need: Need) -> Instance | list[Json]:
    """Choose an instance: by zone and then by instance the one with fewest tasks of the group.

    Where none will do, return the `failures` that RunTask answers with.
    """
    fitting, failures = [], []
    for instance in members(world, cluster, need.provider):
        left = rest(world, instance)
        reason = _lacks(instance, left, need)
        if reason is None:
            fitting.append((instance, left))
        else:
            failures.append({"arn": instance.arn, "reason": reason})
    if not fitting:
        return failures

    def crowd(each: tuple[Instance, Rest]) -> tuple[int, int, int]:
        instance, left = each
        zone = [r for i, r in fitting if i.zone == instance.zone]
        return sum(_of_group(r, need) for r in zone), _of_group(left, need), len(left.tasks)

    return min(fitting, key=crowd)[0]


def members(world: World, cluster: str, provider: str | None = None) -> Iterator[Instance]:
    """List the ACTIVE instances of a cluster, or of one capacity provider in it."""
    for instance in world.instances.values():
        mine = instance.cluster == cluster and provider in {None, instance.provider}
        if mine and instance.status == "ACTIVE":
            yield instance


def rest(world: World, instance: Instance) -> Rest:
    """Count what the tasks on an instance have left of it."""
    tasks = [t for t in world.tasks.values() if t.instance == instance.arn and t.there]
    bound = (b for t in tasks for c in t.containers for b in c.bindings)
    return Rest(
        cpu=instance.cpu - sum(int(t.cpu) for t in tasks),
        memory=instance.memory - sum(int(t.memory) for t in tasks),
        ports=ALWAYS_TAKEN | {(b["hostPort"], b["protocol"]) for b in bound},
        interfaces=instance.interfaces - sum(bool(t.interface) for t in tasks),
        tasks=tasks,
    )


def facts(instance: Instance, tasks: list[Task]) -> dict[str, frozenset[str]]:
    """Tell an instance in the subjects of the cluster query language."""
    plain = {
        "agentConnected": str(instance.connected).lower(),
        "ec2InstanceId": instance.ec2_id,
        "registeredAt": str(int(instance.registered_at)),
        "runningTasksCount": str(sum(t.last_status == "RUNNING" for t in tasks)),
        **{f"attribute:{name}": value for name, value in attributes(instance).items()},
    }
    return {name: frozenset({value}) for name, value in plain.items()} | {
        "task:group": frozenset(t.group for t in tasks)
    }


def attributes(instance: Instance) -> dict[str, str]:
    """List an instance's attributes."""
    return {
        "ecs.ami-id": "ami-0a1b2c3d4e5f60001",
        "ecs.availability-zone": instance.zone,
        "ecs.cpu-architecture": "x86_64",
        "ecs.instance-type": "m5.xlarge",
        "ecs.os-type": "linux",
        "ecs.capability.task-eni": "",
        "ecs.awsvpc-trunk-id": "true",
        **instance.attributes,
    }


def _lacks(instance: Instance, left: Rest, need: Need) -> str | None:
    """Say why an instance will not do (API failure reasons); None when it will."""
    if not instance.connected:
        return "AGENT"
    if attributes(instance)["ecs.cpu-architecture"] != need.architecture:
        return "ATTRIBUTE"
    for constraint in need.constraints:
        if constraint.get("type") == "distinctInstance" and _of_group(left, need):
            return words.DISTINCT
        expression = constraint.get("expression", "")
        if constraint.get("type") == "memberOf" and not expressions.holds(
            expression, facts(instance, left.tasks)
        ):
            return words.MEMBER_OF
    lacking = {
        "RESOURCE:CPU": left.cpu < need.cpu,
        "RESOURCE:MEMORY": left.memory < need.memory,
        "RESOURCE:PORTS": bool(left.ports & need.ports),
        "RESOURCE:ENI": need.interface and left.interfaces < 1,
    }
    return next((reason for reason, yes in lacking.items() if yes), None)


def _of_group(left: Rest, need: Need) -> int:
    return sum(task.group == need.group for task in left.tasks)
