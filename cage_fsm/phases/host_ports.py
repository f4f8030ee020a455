"""Host ports that one task at a time can have on an instance: the canary's, and then the service's."""

from collections.abc import Mapping
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.phases.kinds import fixed_ports, on_fargate

Json = Mapping[str, Any]


def crowded(aws: Aws, service: Json, definition: Json) -> str | None:
    """A warning where the canary would take the last instance that the service's new tasks need.

    None where there is room, where ECS may stop a task first, and where instances may not be looked at.
    """
    ports = fixed_ports(definition)
    if not ports or on_fargate(service) or service.get("capacityProviderStrategy") or _may_stop_one(service):
        return None
    try:
        instances = aws.ecs.some_instances(service["clusterArn"])
    except AwsSaidNo:
        return None
    free = [each for each in instances if each.status == "ACTIVE" and not ports & each.taken]
    if len(free) != 1:  # none: RunTask will say so before anything changes
        return None
    return (
        f"Warning: host port {', '.join(sorted(ports))} is free on one instance only, and the canary takes "
        "it; the service's new tasks find no place until it has drained. Add an instance, or use dynamic "
        "ports."
    )


def _may_stop_one(service: Json) -> bool:
    """Whether ECS may stop a task before it starts its successor (API reference, minimumHealthyPercent)."""
    desired = service.get("desiredCount", 0)
    least = service.get("deploymentConfiguration", {}).get("minimumHealthyPercent", 100)
    return bool(desired * least <= (desired - 1) * 100)
