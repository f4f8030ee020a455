"""Services that ECS does not roll by itself: how they look, though nothing here deploys them."""

from cage_fsm.sandbox import words
from cage_fsm.sandbox.errors import ApiError, invalid
from cage_fsm.sandbox.life import placement
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.service_records import Service
from cage_fsm.sandbox.world import World

_DEPLOYS = (
    "taskDefinition",
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "forceNewDeployment",
)


def plain(world: World, service_json: Json) -> Json:
    """Take away what cannot be simulated; `dress` puts it on again."""
    found = {k: v for k, v in service_json.items() if k not in {"deploymentController", "schedulingStrategy"}}
    if service_json.get("schedulingStrategy") == "DAEMON":
        cluster = service_json.get("cluster", "default").rsplit("/", 1)[-1]
        found["desiredCount"] = sum(1 for _ in placement.members(world, cluster))
    entries = service_json.get("loadBalancers", [])
    found["loadBalancers"] = [entry for entry in entries if "targetGroupArn" in entry]
    configuration = service_json.get("deploymentConfiguration", {})
    if configuration.get("strategy", "ROLLING") != "ROLLING":
        kept = ("maximumPercent", "minimumHealthyPercent", "deploymentCircuitBreaker", "alarms")
        found["deploymentConfiguration"] = {k: configuration[k] for k in kept if k in configuration}
    return found


def dress(service: Service, service_json: Json) -> None:
    """Let a service that runs look like what `service_json` says."""
    for key in ("deploymentController", "schedulingStrategy"):
        if key in service_json:
            service.options[key] = service_json[key]
    service.options["deploymentConfiguration"] |= service_json.get("deploymentConfiguration", {})
    if "loadBalancers" in service_json:
        service.settings["loadBalancers"] = service_json["loadBalancers"]


def controller(service: Service) -> str:
    """Return the type of a service's deployment controller."""
    return str(service.options.get("deploymentController", {}).get("type", "ECS"))


def classic(service: Service) -> bool:
    """Say whether a service is behind a Classic Load Balancer."""
    return any("targetGroupArn" not in entry for entry in service.load_balancers)


def check_update(service: Service, params: Json) -> None:
    """Refuse a deployment that ECS refuses, or that does not exist here."""
    if not any(params.get(key) for key in _DEPLOYS):
        return
    kind = controller(service)
    if kind != "ECS":
        raise invalid(words.not_ours_to_deploy(kind))
    strategy = service.configuration["strategy"]
    daemon = service.options.get("schedulingStrategy") == "DAEMON"
    if strategy != "ROLLING" or daemon or classic(service):
        raise ApiError("UnsupportedFeatureException", "The sandbox deploys rolling REPLICA services only.")
