"""The tags that ECS itself gives to tasks."""

from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World


def managed(request: Json, cluster: str, service: str | None = None) -> dict[str, str]:
    """Return the managed tags of a task (developer guide, "Tagging your resources")."""
    if not request.get("enableECSManagedTags", False):
        return {}
    names = {"aws:ecs:clusterName": cluster, "aws:ecs:serviceName": service}
    return {key: value for key, value in names.items() if value is not None}


def propagated(world: World, request: Json, definition: str, service: str | None = None) -> dict[str, str]:
    """Return the tags that a task gets from its task definition or its service, by propagateTags."""
    source = {"SERVICE": service, "TASK_DEFINITION": definition}.get(request.get("propagateTags", ""))
    return dict(world.tags.get(source or "", {}))
