"""Finding what a request names."""

import re

from cage_fsm.sandbox.errors import ApiError, client_error, invalid
from cage_fsm.sandbox.records import Cluster, Json, Task, TaskDefinition
from cage_fsm.sandbox.service_records import Service
from cage_fsm.sandbox.world import World

_TASK_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f-]{36}")


def last_part(arn_or_name: str) -> str:
    """Return what comes after the last slash."""
    return arn_or_name.rsplit("/", 1)[-1]


def cluster(world: World, params: Json) -> Cluster:
    """Find the cluster of a request; `default` when it names none. ClusterNotFoundException."""
    found = world.clusters.get(last_part(params.get("cluster", "default")))
    if found is None:
        raise ApiError("ClusterNotFoundException", "Cluster not found.")
    return found


def active_cluster(world: World, params: Json) -> Cluster:
    """The same for a request that changes something: a deleted cluster is described for a while longer."""
    found = cluster(world, params)
    if found.status != "ACTIVE":
        raise ApiError("ClusterNotFoundException", "The referenced cluster was inactive.")
    return found


def service_arn(world: World, cluster_name: str, named: str) -> str:
    """Make the ARN of a service out of its name or ARN."""
    if not named.startswith("arn:"):
        return world.arn("ecs", f"service/{cluster_name}/{named}")
    parts = named.split("/")
    if len(parts) == 3 and parts[1] != cluster_name:  # noqa: PLR2004 - arn:…:service/cluster/name
        raise invalid(f"Identifier is for cluster {parts[1]}. Your cluster is {cluster_name}")
    return named


def known_service(world: World, params: Json, key: str = "service") -> Service | None:
    """Find a service of any status."""
    return world.services.get(service_arn(world, active_cluster(world, params).name, params[key]))


def service(world: World, params: Json, key: str = "service") -> Service:
    """Find an ACTIVE service. ServiceNotFoundException, ServiceNotActiveException."""
    found = known_service(world, params, key)
    if found is None:
        raise ApiError("ServiceNotFoundException", "Service not found.")
    if found.status != "ACTIVE":
        raise ApiError("ServiceNotActiveException", "Service was not ACTIVE.")
    return found


def task_arn(world: World, cluster_name: str, named: str) -> str:
    """Make the ARN of a task out of its id or ARN."""
    if not named.startswith("arn:"):
        if not _TASK_ID.fullmatch(named):
            raise invalid("taskId length should be one of [32,36]")
        return world.arn("ecs", f"task/{cluster_name}/{named}")
    parts = named.split("/")
    if len(parts) == 3 and parts[1] != cluster_name:  # noqa: PLR2004 - arn:…:task/cluster/id
        raise invalid(f"Identifier is for cluster {parts[1]}. Your cluster is {cluster_name}")
    return named


def task(world: World, params: Json) -> Task:
    """Find a task that is still described, by `task`."""
    found = world.tasks.get(task_arn(world, cluster(world, params).name, params["task"]))
    if found is None:
        raise invalid("The referenced task was not found.")
    return found


def definition(world: World, named: str) -> TaskDefinition | None:
    """Find a task definition by `family` (its latest ACTIVE revision), `family:revision` or ARN."""
    if named.startswith("arn:"):
        return world.definitions.get(named)
    family, _, revision = named.partition(":")
    if revision:
        return world.definitions.get(world.arn("ecs", f"task-definition/{family}:{revision}"))
    mine = [d for d in world.definitions.values() if d.family == family and d.status == "ACTIVE"]
    return max(mine, key=lambda d: d.revision, default=None)


def runnable(world: World, named: str) -> TaskDefinition:
    """Find a task definition that new tasks may use."""
    found = definition(world, named)
    if found is None:
        raise client_error("TaskDefinition not found.")
    limit = world.timings.usable_after_deregistration
    if found.deregistered_at is not None and world.now - found.deregistered_at >= limit:
        raise client_error("TaskDefinition is inactive")
    return found
