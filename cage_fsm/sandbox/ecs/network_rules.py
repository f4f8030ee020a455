"""How a task may be launched: where it runs and in which network."""

from cage_fsm.sandbox.errors import ApiError, client_error, invalid
from cage_fsm.sandbox.records import Cluster, Json, TaskDefinition

_PLATFORMS = frozenset({"LATEST", "1.4.0", "1.3.0"})
_FARGATE = ("FARGATE", "FARGATE_SPOT")


def place(cluster: Cluster, definition: TaskDefinition, params: Json) -> Json:
    """Return the settings of a launch, complete; refuse what AWS refuses.

    Only Fargate exists here: for EC2 the answer is the one of a cluster without instances.
    """
    settings: Json = {k: params[k] for k in ("networkConfiguration", "platformVersion") if k in params}
    strategy = params.get("capacityProviderStrategy", [])
    if strategy and "launchType" in params:
        raise invalid("Specifying both a launch type and capacity provider strategy is not supported.")
    if not strategy and "launchType" not in params:
        strategy = cluster.default_strategy
    if strategy:
        settings |= {"capacityProviderStrategy": strategy, "provider": _provider(strategy)}
    elif params.get("launchType", "EC2") != "FARGATE":
        raise invalid("No Container Instances were found in your cluster.")
    settings["launchType"] = "FARGATE"
    _check_definition(definition)
    _check_network(definition, settings)
    if settings.setdefault("platformVersion", "LATEST") not in _PLATFORMS:
        raise ApiError("PlatformUnknownException", "The specified platform does not exist.")
    return settings


def _provider(strategy: list[Json]) -> str:
    for item in strategy:
        if item["capacityProvider"] not in _FARGATE:
            raise invalid(f"The specified capacity provider '{item['capacityProvider']}' was not found.")
    heaviest = max(strategy, key=lambda item: (item.get("base", 0), item.get("weight", 0)))
    return str(heaviest["capacityProvider"])


def _check_definition(definition: TaskDefinition) -> None:
    if "FARGATE" not in definition.document.get("requiresCompatibilities", []):
        raise invalid("Task definition does not support launch_type FARGATE.")


def _check_network(definition: TaskDefinition, settings: Json) -> None:
    if definition.document.get("networkMode") != "awsvpc":
        if "networkConfiguration" in settings:
            raise invalid(
                "Network Configuration is not valid for the given networkMode of this task definition."
            )
        return
    network = settings.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if network is None:
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    if not network["subnets"]:
        raise invalid("subnets can not be empty.")
    for subnet in network["subnets"]:
        if not subnet.startswith("subnet-"):
            raise client_error(f"The subnet ID '{subnet}' does not exist")
