"""Waking the service scheduler when something changed."""

from cage_fsm.sandbox.service_records import Service, ServiceEvent
from cage_fsm.sandbox.world import World


def poke(world: World, arn: str | None, seconds: float | None = None) -> None:
    """Let the scheduler look at a service soon, or `seconds` from now."""
    service = world.services.get(arn or "")
    if service is None:
        return
    if seconds is not None:
        world.after(seconds, "service.look", service.arn)
    elif not service.poked:
        service.poked = True
        world.after(world.timings.scheduler, "service.step", service.arn)


def poke_by_group(world: World, target_group: str) -> None:
    """Let the scheduler look at the services that have, or had, tasks behind a target group."""
    for service in world.services.values():
        balancers = [each.revision.settings.get("loadBalancers", []) for each in service.deployments]
        if any(entry.get("targetGroupArn") == target_group for found in balancers for entry in found):
            poke(world, service.arn)


def look(world: World, subject: str, _data: str) -> None:
    """A look that was put on the agenda earlier."""
    poke(world, subject)


def tell(world: World, service: Service, message: str) -> None:
    """Add a service event; ECS keeps the last hundred."""
    event = ServiceEvent(world.uuid(), world.now, f"(service {service.name}) {message}")
    service.events = [event, *service.events[:99]]
