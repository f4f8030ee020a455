"""What the service scheduler does to targets: only tasks of a service are (de)registered by ECS."""

from collections.abc import Iterator

from cage_fsm.sandbox.elb.records import Target, TargetGroup
from cage_fsm.sandbox.life import targets
from cage_fsm.sandbox.life.poke import tell
from cage_fsm.sandbox.records import Task
from cage_fsm.sandbox.service_records import Service
from cage_fsm.sandbox.world import World


def enter(world: World, task: Task) -> None:
    """Register a service's task in the service's target groups."""
    service = world.services.get(task.service or "")
    if service is None:
        return
    for entry in service.load_balancers:
        arn = entry.get("targetGroupArn", "")
        if arn not in world.target_groups:
            tell(world, service, f"failed to register targets in (target-group {arn})")
            continue
        targets.register(world, world.target_groups[arn], task.interface.address, entry["containerPort"])
        tell(world, service, f"registered 1 targets in (target-group {arn})")


def leave(world: World, task: Task) -> float:
    """Deregister a service's task; return the seconds until its last target has drained."""
    service = world.services.get(task.service or "")
    if service is None:
        return world.timings.deactivating
    seconds = world.timings.deactivating
    for group, port in places(world, service):
        if targets.deregister(world, group, task.interface.address, port):
            tell(world, service, f"deregistered 1 targets in (target-group {group.arn})")
            tell(world, service, "has begun draining connections on 1 tasks.")
            seconds = max(seconds, group.drain)
    return seconds


def places(world: World, service: Service) -> Iterator[tuple[TargetGroup, int]]:
    """List the existing target groups of a service with its container's port in them."""
    for entry in service.load_balancers:
        group = world.target_groups.get(entry.get("targetGroupArn", ""))
        if group is not None:
            yield group, entry["containerPort"]


def targets_of(world: World, service: Service, task: Task) -> list[tuple[TargetGroup, Target | None]]:
    """List a task's target in each target group of its service; None where it is not registered."""
    address = task.interface.address
    return [(group, group.targets.get(f"{address}:{port}")) for group, port in places(world, service)]
