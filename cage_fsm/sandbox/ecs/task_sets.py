"""Task sets: how a service with another deployment controller shows what it runs."""

from cage_fsm.sandbox.ecs.service_counts import counts, launch
from cage_fsm.sandbox.records import Json, Task
from cage_fsm.sandbox.seen import controller
from cage_fsm.sandbox.service_records import Service
from cage_fsm.sandbox.world import World


def in_place_of_deployments(world: World, service: Service, tasks: list[Task]) -> Json:
    """Show one PRIMARY task set and no deployments, as CODE_DEPLOY and EXTERNAL services do."""
    primary = service.primary
    number = primary.id.rpartition("/")[2]
    arn = world.arn("ecs", f"task-set/{service.cluster}/{service.name}/ecs-svc/{number}")
    shown: Json = {
        "id": primary.id,
        "taskSetArn": arn,
        "serviceArn": service.arn,
        "clusterArn": world.clusters[service.cluster].arn,
        "status": "PRIMARY",
        "taskDefinition": primary.revision.definition,
        "computedDesiredCount": service.desired,
        **counts(tasks),
        "createdAt": primary.created_at,
        "updatedAt": primary.updated_at,
        **launch(primary.revision.settings),
        "loadBalancers": service.load_balancers,
        "serviceRegistries": service.settings.get("serviceRegistries", []),
        "scale": {"value": 100.0, "unit": "PERCENT"},
        "stabilityStatus": "STEADY_STATE",
        "stabilityStatusAt": primary.updated_at,
    }
    hidden: Json = {"deployments": [], "currentServiceDeployment": None, "currentServiceRevisions": None}
    if controller(service) == "EXTERNAL":
        hidden |= {"taskDefinition": None, "launchType": None, "loadBalancers": []}
    return hidden | {"taskSets": [shown]}
