"""How a task may be launched: where it runs and in which network."""

from cage_fsm.sandbox import words
from cage_fsm.sandbox.errors import ApiError, invalid
from cage_fsm.sandbox.life import placement
from cage_fsm.sandbox.life.capacity import FARGATE
from cage_fsm.sandbox.life.platform import mode
from cage_fsm.sandbox.records import Cluster, Json, TaskDefinition
from cage_fsm.sandbox.world import World

_PLATFORMS = frozenset({"LATEST", "1.4.0", "1.3.0"})


def place(cluster: Cluster, definition: TaskDefinition, params: Json) -> Json:
    """Return the settings of a launch, complete; refuse what AWS refuses."""
    settings: Json = {k: params[k] for k in ("networkConfiguration", "platformVersion") if k in params}
    strategy = params.get("capacityProviderStrategy", [])
    if strategy and "launchType" in params:
        raise invalid("Specifying both a launch type and capacity provider strategy is not supported.")
    if not strategy and "launchType" not in params:
        strategy = cluster.default_strategy
    if strategy:
        settings |= {"capacityProviderStrategy": strategy, "launchType": _kind(cluster, strategy)}
    else:
        settings["launchType"] = params.get("launchType", "EC2")
    if settings["launchType"] == "FARGATE":
        _check_fargate(definition, settings)
    else:
        _check_ec2(settings)
    _check_network(definition, settings)
    return settings


def check_instances(world: World, cluster: Cluster, settings: Json) -> None:
    """Refuse RunTask in a cluster that has no container instances for it."""
    if settings["launchType"] == "FARGATE":
        return
    strategy = settings.get("capacityProviderStrategy", [])
    if settings["launchType"] == "EXTERNAL" or not any(placement.members(world, cluster.name)):
        raise invalid(words.NO_INSTANCES)
    for item in strategy:
        if not any(placement.members(world, cluster.name, item["capacityProvider"])):
            raise invalid(words.NO_INSTANCES_OF_PROVIDER)


def _kind(cluster: Cluster, strategy: list[Json]) -> str:
    """Say what a strategy's providers launch on: FARGATE, or EC2 for those of one's own."""
    kinds = set()
    for item in strategy:
        if item["capacityProvider"] not in cluster.providers:
            raise invalid(f"The specified capacity provider '{item['capacityProvider']}' was not found.")
        kinds.add("FARGATE" if item["capacityProvider"] in FARGATE else "EC2")
    if len(kinds) > 1:
        raise invalid(words.MIXED_STRATEGY)
    return kinds.pop()


def _check_fargate(definition: TaskDefinition, settings: Json) -> None:
    if "FARGATE" not in definition.document.get("requiresCompatibilities", []):
        raise invalid("Task definition does not support launch_type FARGATE.")
    if settings.setdefault("platformVersion", "LATEST") not in _PLATFORMS:
        raise ApiError("PlatformUnknownException", "The specified platform does not exist.")


def _check_ec2(settings: Json) -> None:
    if "platformVersion" in settings:
        raise invalid(words.PLATFORM_ON_EC2)


def _check_network(definition: TaskDefinition, settings: Json) -> None:
    if mode(definition.document) != "awsvpc":
        if "networkConfiguration" in settings:
            raise invalid(words.NOT_FOR_THIS_MODE)
        return
    network = settings.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if network is None:
        raise invalid(words.NETWORK_MISSING)
    if not network["subnets"]:
        raise invalid("subnets can not be empty.")
    for subnet in network["subnets"]:
        if not subnet.startswith("subnet-"):
            raise invalid(words.no_subnet(subnet))
    for group in network.get("securityGroups", []):
        if not group.startswith("sg-"):
            raise invalid(words.no_security_group(group))
    if settings["launchType"] != "FARGATE" and network.get("assignPublicIp") == "ENABLED":
        raise invalid("Assign public IP is not supported for this launch type.")
