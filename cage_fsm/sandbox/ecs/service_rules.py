"""What a service may be, in AWS's words, and how its settings are sorted."""

import re

from cage_fsm.sandbox import words
from cage_fsm.sandbox.ecs import placement_rules, volume_rules
from cage_fsm.sandbox.ecs.network_rules import place
from cage_fsm.sandbox.errors import ApiError, invalid
from cage_fsm.sandbox.life.platform import mode
from cage_fsm.sandbox.records import Cluster, Json, TaskDefinition
from cage_fsm.sandbox.service_records import Service
from cage_fsm.sandbox.world import World

DEPLOYS = (
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
"""Besides the task definition, what starts a deployment (API reference, UpdateService)."""
REVISED = ("gatewayConnectors", "monitoring")
"""What a service revision shows besides; whether it starts a deployment is not said."""
OPTIONS = (
    "availabilityZoneRebalancing",
    "deploymentController",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
    "propagateTags",
    "schedulingStrategy",
)
"""What does not, apart from deploymentConfiguration and the capacity provider strategy."""
_HIGHEST_PERCENT = 200
_TOKEN = re.compile(r"[!-~]{1,36}")


def settings(world: World, cluster: Cluster, definition: TaskDefinition, params: Json) -> Json:
    """Return what a deployment of this service would run with; refuse what AWS refuses."""
    chosen = {key: params[key] for key in (*DEPLOYS, *REVISED) if key in params}
    chosen |= place(cluster, definition, params)
    placement_rules.check(params, chosen["launchType"])
    if params.get("enableExecuteCommand") and "taskRoleArn" not in definition.document:
        raise invalid(words.NO_TASK_ROLE)
    volume_rules.check(definition, params)
    _check_load_balancers(world, definition, params)
    return chosen


def check_strategy(service: Service, settings: Json, params: Json) -> None:
    """Refuse another capacity provider strategy without a new deployment."""
    before, after = (each.get("capacityProviderStrategy") or [] for each in (service.settings, settings))
    if before != after and not params.get("forceNewDeployment", False):
        raise invalid(words.STRATEGY_NEEDS_FORCE)


def options(params: Json) -> Json:
    """Pick what does not start a deployment."""
    return {key: params[key] for key in OPTIONS if key in params}


def deployment_configuration(given: Json, before: Json | None = None) -> Json:
    """Complete a deploymentConfiguration; the defaults are those of the API reference."""
    whole: Json = {
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "maximumPercent": _HIGHEST_PERCENT,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
        **(before or {}),
        **given,
    }
    if whole["strategy"] != "ROLLING":
        raise invalid(f"The deployment strategy {whole['strategy']} is not supported here.")
    if whole["maximumPercent"] == whole["minimumHealthyPercent"] == 100:  # noqa: PLR2004 - percent
        raise invalid(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."
        )
    return whole


def _check_load_balancers(world: World, definition: TaskDefinition, params: Json) -> None:
    ports = {
        container["name"]: {m.get("containerPort") for m in container["portMappings"]}
        for container in definition.document["containerDefinitions"]
    }
    for entry in params.get("loadBalancers", []):
        name, port = entry.get("containerName", ""), entry.get("containerPort")
        if name not in ports:
            raise invalid(f"The container {name} does not exist in the task definition.")
        if port not in ports[name]:
            raise invalid(f"The container {name} did not have a container port {port} defined.")
        _check_target_group(world, entry.get("targetGroupArn", ""), mode(definition.document))


def _check_target_group(world: World, arn: str, network_mode: str) -> None:
    group = world.target_groups.get(arn)
    if group is None:
        raise invalid(
            "Unable to assume role and validate the specified targetGroupArn. The target group was not found."
        )
    if group.target_type != ("ip" if network_mode == "awsvpc" else "instance"):
        raise invalid(words.wrong_mode(arn, group.target_type, network_mode))
    if not group.balancers:
        raise invalid(
            f"The target group with targetGroupArn {arn} does not have an associated load balancer."
        )


def check_request(definition: TaskDefinition, params: Json) -> None:
    """Refuse a token that is too long, and a role that the service may not have (API, CreateService)."""
    if not _TOKEN.fullmatch(params.get("clientToken", "-")):
        raise invalid("clientToken must be 1 to 36 characters of ASCII 33 to 126.")
    if "role" in params and mode(definition.document) == "awsvpc":
        raise invalid(words.ROLE_NOT_WANTED)


def check_name(world: World, arn: str) -> None:
    """Refuse the name of a service that is there or on its way out."""
    before = world.services.get(arn)
    if before is not None and before.status == "ACTIVE":
        raise invalid("Creation of service was not idempotent.")
    if before is not None and before.status == "DRAINING":
        raise invalid("Unable to Start a service that is still Draining.")


def check_controller(params: Json) -> None:
    """Only ECS's own deployment controller and replica services exist here."""
    kind = params.get("deploymentController", {}).get("type", "ECS")
    if kind != "ECS":
        raise ApiError(
            "UnsupportedFeatureException", f"The deployment controller {kind} is not supported here."
        )
    if params.get("schedulingStrategy", "REPLICA") != "REPLICA":
        raise invalid("The daemon scheduling strategy is not supported on Fargate.")
