"""What a rollout cannot be right for, found before anything is created."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cage_fsm.aws.elbv2 import TargetGroup

Json = Mapping[str, Any]


def of_service(service: Json) -> Iterator[str]:
    """Kinds and conditions of a service that a canary of ours does not fit. Sentences."""
    name = service["serviceName"]
    if service["status"] != "ACTIVE":
        yield f"Service {name} is {service['status']}; create it first."
    controller = service.get("deploymentController", {}).get("type", "ECS")
    if controller != "ECS":
        yield (
            f"Service {name} is deployed by {controller}; cage-fsm deploys services of the ECS controller. "
            "Use the tool that drives this service."
        )
    strategy = service.get("deploymentConfiguration", {}).get("strategy", "ROLLING")
    if strategy != "ROLLING":
        yield (
            f"Service {name} uses ECS's own {strategy} strategy, which does a canary's work itself; "
            "set its deployment strategy to ROLLING, or deploy it with UpdateService."
        )
    if service.get("deploymentConfiguration", {}).get("lifecycleHooks"):
        yield f"Service {name} has deployment lifecycle hooks; a rollout could stand still at one of them."
    if service.get("schedulingStrategy") == "DAEMON":
        yield f"Service {name} is a DAEMON service; a canary would be a second copy on an instance."
    if any(each.get("loadBalancerName") for each in service.get("loadBalancers", [])):
        yield f"Service {name} is behind a Classic Load Balancer; move it to a target group."


def of_deployments(service: Json) -> Iterator[str]:
    """A deployment of somebody else's that is not over."""
    deployments = service.get("deployments", [])
    going = [each for each in deployments if each.get("status") in ("PRIMARY", "ACTIVE")]
    primary: Json = next((each for each in going if each["status"] == "PRIMARY"), {})
    unsettled = primary.get("rolloutState") == "IN_PROGRESS" and primary.get("runningCount") != primary.get(
        "desiredCount"
    )
    if len(going) > 1 or unsettled:
        revision = primary.get("taskDefinition", "").rpartition("/")[2]
        yield (
            f"Another deployment of service {service['serviceName']} is in progress, of {revision}; "
            "wait until it is over, then try again."
        )


def of_baseline(baseline: Json) -> Iterator[str]:
    """A revision that the service could not be sent back to (API reference, DeregisterTaskDefinition)."""
    if baseline.get("status", "ACTIVE") != "ACTIVE":
        name = f"{baseline['family']}:{baseline['revision']}"
        yield (
            f"Revision {name} is {baseline['status']}: ECS would not take the service back to it. Send the "
            "service to an ACTIVE revision first (`aws ecs update-service --task-definition …`)."
        )


def of_definition(service: Json, definition: Json, groups: Sequence[TargetGroup]) -> Iterator[str]:
    """Where the new task definition, the service's load balancers and their target groups do not fit."""
    mode = definition.get("networkMode", "bridge")
    if mode != "awsvpc":
        yield f"The task definition has network mode {mode}; this version rolls out awsvpc only."
    containers = {each["name"]: each for each in definition["containerDefinitions"]}
    for balancer in service.get("loadBalancers", []):
        name, port = balancer.get("containerName"), balancer.get("containerPort")
        ports = [each.get("containerPort") for each in containers.get(name, {}).get("portMappings", [])]
        if name not in containers:
            yield f"The service's load balancer wants container {name}, which the new revision does not have."
        elif port not in ports:
            has = ", ".join(map(str, ports)) or "none"
            yield f"The service's load balancer wants port {port} of container {name}; its ports are: {has}."
    for group in groups:
        if mode == "awsvpc" and group.target_type != "ip":
            yield f"Target group {group.arn} is of type {group.target_type}; awsvpc tasks need type ip."
        if not group.load_balancers:
            yield f"Target group {group.arn} is used by no load balancer; its targets never become healthy."
        if not group.checked:
            yield f"Target group {group.arn} has its health checks disabled; no canary could be judged by it."
