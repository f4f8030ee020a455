"""A service as DescribeServices shows it."""

from collections.abc import Iterable

from cage_fsm.sandbox.ecs import tags, task_sets
from cage_fsm.sandbox.ecs.service_counts import counts, launch
from cage_fsm.sandbox.life.deployments import running_revisions
from cage_fsm.sandbox.records import Json, Task
from cage_fsm.sandbox.seen import classic, controller
from cage_fsm.sandbox.service_records import Deployment, Revision, Service
from cage_fsm.sandbox.world import World

SHOWN = ("volumeConfigurations", "serviceConnectConfiguration", "vpcLatticeConfigurations")
_ROLE = "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
_OPTIONS = (
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "enableExecuteCommand",
    "availabilityZoneRebalancing",
)


def shown(world: World, service: Service, *, with_tags: bool = False, answering: bool = False) -> Json:
    """Describe a service. `answering` a change leaves out what AWS is not known to put there."""
    mine = [task for task in world.tasks.values() if task.service == service.arn]
    answer: Json = {
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": world.clusters[service.cluster].arn,
        "status": service.status,
        "desiredCount": service.desired,
        **counts(mine),
        "taskDefinition": service.definition,
        "loadBalancers": service.load_balancers,
        "serviceRegistries": service.settings.get("serviceRegistries", []),
        **launch(service.settings),
        **{key: service.options[key] for key in _OPTIONS if key in service.options},
        "deploymentConfiguration": service.configuration,
        "deploymentController": service.options.get("deploymentController", {"type": "ECS"}),
        "schedulingStrategy": service.options.get("schedulingStrategy", "REPLICA"),
        "enableECSManagedTags": service.options.get("enableECSManagedTags", False),
        "propagateTags": service.options.get("propagateTags", "NONE"),
        "deployments": [_deployment(world, service, d, mine) for d in service.deployments],
        "events": [{"id": e.id, "createdAt": e.at, "message": e.message} for e in service.events],
        "createdAt": service.created_at,
        "createdBy": service.created_by,
        "roleArn": f"arn:aws:iam::{world.account}:role/{_ROLE}",
        "tags": tags.listed(world, service.arn) if with_tags else [],
    }
    if not answering:
        answer |= _current(world, service, mine)
    if controller(service) != "ECS" and service.deployments:
        answer |= task_sets.in_place_of_deployments(world, service, mine)
    return answer


def summary(revision: Revision, wanted: int, tasks: Iterable[Task]) -> Json:
    """Sum a revision and its tasks up, as service deployments and services do."""
    found = counts(tasks)
    return {
        "arn": revision.arn,
        "requestedTaskCount": wanted,
        "runningTaskCount": found["runningCount"],
        "pendingTaskCount": found["pendingCount"],
    }


def _deployment(world: World, service: Service, deployment: Deployment, tasks: list[Task]) -> Json:
    """Show a deployment; behind a Classic Load Balancer it has no rollout state (API, Deployment)."""
    revision = deployment.revision
    behind_classic = classic(service)
    return {
        "id": deployment.id,
        "status": deployment.status,
        "taskDefinition": revision.definition,
        "desiredCount": service.desired if deployment.status == "PRIMARY" else 0,
        **counts(task for task in tasks if task.deployment == deployment.id),
        "failedTasks": deployment.failed_tasks,
        "createdAt": deployment.created_at,
        "updatedAt": deployment.updated_at,
        **launch(revision.settings),
        **{key: revision.settings[key] for key in SHOWN if key in revision.settings},
        "serviceConnectResources": _connected(world, revision),
        "rolloutState": None if behind_classic else deployment.state,
        "rolloutStateReason": None if behind_classic else deployment.reason,
    }


def _connected(world: World, revision: Revision) -> list[Json]:
    """List the Cloud Map services of Service Connect."""
    configuration = revision.settings.get("serviceConnectConfiguration", {})
    if not configuration.get("enabled", False):
        return []
    names = [each.get("discoveryName", each["portName"]) for each in configuration.get("services", [])]
    return [
        {"discoveryName": name, "discoveryArn": world.arn("servicediscovery", f"service/srv-{name}")}
        for name in names
    ]


def _current(world: World, service: Service, tasks: list[Task]) -> Json:
    newest = service.rollouts[0].target
    current = [
        summary(revision, service.desired if revision.arn == newest.arn else 0, _of(service, revision, tasks))
        for revision in running_revisions(world, service)
    ]
    under_way = next((r.arn for r in service.rollouts if not r.over), None)
    return {"currentServiceDeployment": under_way, "currentServiceRevisions": current}


def _of(service: Service, revision: Revision, tasks: list[Task]) -> list[Task]:
    ids = {d.id for d in service.deployments if d.revision.arn == revision.arn}
    return [task for task in tasks if task.deployment in ids]
