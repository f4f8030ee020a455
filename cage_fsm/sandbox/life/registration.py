"""What the service scheduler does to targets: only tasks of a service are (de)registered by ECS."""

from collections.abc import Iterator
from typing import TypeAlias

from cage_fsm.sandbox.elb.records import Target, TargetGroup
from cage_fsm.sandbox.life import targets
from cage_fsm.sandbox.life.poke import tell
from cage_fsm.sandbox.records import Json, Task
from cage_fsm.sandbox.world import World

Place: TypeAlias = tuple[str, int]
"""A target's id and port."""


def enter(world: World, task: Task) -> None:
    """Register a service's task in the target groups of its deployment."""
    service = world.services.get(task.service or "")
    if service is None:
        return
    for entry in task.load_balancers:
        if "targetGroupArn" not in entry:
            continue
        arn = entry["targetGroupArn"]
        if arn not in world.target_groups:
            tell(world, service, f"failed to register targets in (target-group {arn})")
            continue
        place = _place(world.target_groups[arn], task, entry)
        if place is not None:
            targets.register(world, world.target_groups[arn], *place)
            tell(world, service, f"registered 1 targets in (target-group {arn})")


def leave(world: World, task: Task) -> float:
    """Deregister a service's task; return the seconds until its last target has drained."""
    service = world.services.get(task.service or "")
    if service is None:
        return world.timings.deactivating
    seconds = world.timings.deactivating
    for group, place in places(world, task):
        if targets.deregister(world, group, *place):
            tell(world, service, f"deregistered 1 targets in (target-group {group.arn})")
            tell(world, service, "has begun draining connections on 1 tasks.")
            seconds = max(seconds, group.drain)
    return seconds


def places(world: World, task: Task) -> Iterator[tuple[TargetGroup, Place]]:
    """List the existing target groups of a service's task with its place in them."""
    for entry in task.load_balancers:
        group = world.target_groups.get(entry.get("targetGroupArn", ""))
        place = _place(group, task, entry) if group is not None else None
        if group is not None and place is not None:
            yield group, place


def targets_of(world: World, task: Task) -> list[tuple[TargetGroup, Target | None]]:
    """List a service's task in each of its target groups; None where it is not registered."""
    return [
        (group, group.targets.get(f"{target_id}:{port}")) for group, (target_id, port) in places(world, task)
    ]


def _place(group: TargetGroup, task: Task, entry: Json) -> Place | None:
    """Say as what a task is registered: its address and port, or its host and the port there."""
    if group.target_type == "ip":
        return (task.interface.address, entry["containerPort"]) if task.interface else None
    container = next((c for c in task.containers if c.name == entry.get("containerName")), None)
    for binding in container.bindings if container else []:
        if binding["containerPort"] == entry["containerPort"] and task.host:
            return task.host, binding["hostPort"]
    return None
