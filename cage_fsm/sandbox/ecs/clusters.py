"""Clusters."""

from cage_fsm.sandbox.ecs import lookup, tags
from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.life.tasks import STARTING
from cage_fsm.sandbox.records import Cluster, Json
from cage_fsm.sandbox.world import World


def create_cluster(world: World, params: Json) -> Json:
    """Make a cluster; one that exists is answered as it is."""
    name = params.get("clusterName", "default")
    if name not in world.clusters or world.clusters[name].status == "INACTIVE":
        arn = world.arn("ecs", f"cluster/{name}")
        strategy = params.get("defaultCapacityProviderStrategy", [])
        world.clusters[name] = Cluster(name, arn, strategy)
        world.tags[arn] = tags.checked(params.get("tags", []))
    return {"cluster": _shown(world, world.clusters[name])}


def describe_clusters(world: World, params: Json) -> Json:
    """Describe clusters, `default` when none is named; unknown ones are MISSING."""
    found, failures = [], []
    for named in params.get("clusters") or ["default"]:
        cluster = world.clusters.get(lookup.last_part(named))
        if cluster is None:
            arn = world.arn("ecs", f"cluster/{lookup.last_part(named)}")
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            shown = _shown(world, cluster)
            if "TAGS" in params.get("include", []):
                shown["tags"] = tags.listed(world, cluster.arn)
            found.append(shown)
    return {"clusters": found, "failures": failures}


def list_clusters(world: World, _params: Json) -> Json:
    return {"clusterArns": [each.arn for each in world.clusters.values() if each.status == "ACTIVE"]}


def delete_cluster(world: World, params: Json) -> Json:
    """Delete an empty cluster; it is described as INACTIVE from then on (API reference, DeleteCluster)."""
    cluster = lookup.cluster(world, params)
    active = {
        "Services": {each.cluster for each in world.services.values() if each.status != "INACTIVE"},
        "Tasks": {task.cluster for task in world.tasks.values() if task.there},
        "ContainerInstances": {each.cluster for each in world.instances.values()},
    }
    for kind, clusters in active.items():
        if cluster.name in clusters:
            words = f"The Cluster cannot be deleted while {kind} are active."
            raise ApiError(f"ClusterContains{kind}Exception", words)
    cluster.status = "INACTIVE"
    return {"cluster": _shown(world, cluster)}


def _shown(world: World, cluster: Cluster) -> Json:
    mine = [task for task in world.tasks.values() if task.cluster == cluster.name]
    services = [s for s in world.services.values() if s.cluster == cluster.name and s.status == "ACTIVE"]
    return {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": cluster.status,
        "registeredContainerInstancesCount": sum(
            each.cluster == cluster.name for each in world.instances.values()
        ),
        "runningTasksCount": sum(task.last_status == "RUNNING" for task in mine),
        "pendingTasksCount": sum(task.last_status in STARTING for task in mine),
        "activeServicesCount": len(services),
        "statistics": [],
        "tags": [],
        "settings": [{"name": "containerInsights", "value": "disabled"}],
        "capacityProviders": cluster.providers,
        "defaultCapacityProviderStrategy": cluster.default_strategy,
    }
