"""What a rollout cannot be right for, found before anything is created."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cage_fsm.aws.elbv2 import TargetGroup
from cage_fsm.judge.seen import short
from cage_fsm.phases.kinds import TARGET_TYPES, network_mode, on_fargate, opens, primary_of

Json = Mapping[str, Any]

IDENTITY = ("serviceArn", "serviceName", "clusterArn")


def anonymous(service: Json, name: str) -> Iterator[str]:
    """A service that DescribeServices does not name. A sentence."""
    yield from _unshown(name, [each for each in IDENTITY if not service.get(each)])


def incomplete(service: Json) -> Iterator[str]:
    """What DescribeServices left out that no rollout can do without. A sentence."""
    balancers = service.get("loadBalancers", [])
    missing = [
        f"loadBalancers[].{each}"
        for each in ("targetGroupArn", "containerName", "containerPort")
        if not all(balancer.get(each) for balancer in balancers)
    ]
    yield from _unshown(
        service["serviceName"], ["taskDefinition"] * (not service.get("taskDefinition")) + missing
    )


def _unshown(name: str, fields: Sequence[str]) -> Iterator[str]:
    if fields:
        yield (
            f"DescribeServices does not show {', '.join(fields)} of service {name}, without which nothing "
            f"can be rolled out. Look with `aws ecs describe-services --services {name}`."
        )


def of_service(service: Json) -> Iterator[str]:
    """Kinds and conditions of a service that a canary of ours does not fit. Sentences."""
    name = service["serviceName"]
    status = service.get("status", "ACTIVE")
    if status != "ACTIVE":
        yield f"Service {name} is {status}; create it first."
    controller = _controller(service)
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
    if _pauses(service):
        yield (
            f"Service {name} has a deployment lifecycle hook of type PAUSE, at which a rollout would stand "
            "still; remove the hook and use --bake, or deploy the service with UpdateService."
        )
    if service.get("schedulingStrategy") == "DAEMON":
        yield (
            f"Service {name} is a DAEMON service; a canary would be a second copy on an instance. Deploy it "
            "with UpdateService, or make it a REPLICA service."
        )
    if any(each.get("loadBalancerName") for each in service.get("loadBalancers", [])):
        yield f"Service {name} is behind a Classic Load Balancer; move it to a target group."


def of_creation(service: Json) -> Iterator[str]:
    """What a service is not to be created with, because nobody here could judge its deployment. Sentences."""
    name = service["serviceName"]
    controller = _controller(service)
    if controller != "ECS":
        yield (
            f"Service {name} is to be deployed by {controller}, which alone knows what becomes of its tasks; "
            "create it with `aws ecs create-service`."
        )
    if _pauses(service):
        yield (
            f"Service {name} is to have a deployment lifecycle hook of type PAUSE, at which its first "
            "deployment would stand still; add the hook once the service is there."
        )


def _controller(service: Json) -> str:
    return str(service.get("deploymentController", {}).get("type", "ECS"))


def _pauses(service: Json) -> bool:
    hooks = service.get("deploymentConfiguration", {}).get("lifecycleHooks", [])
    return any(each.get("targetType") == "PAUSE" for each in hooks)


def of_failed_deployment(service: Json) -> Iterator[str]:
    """A deployment that failed and was not rolled back: it stays beside the earlier one, and never ends."""
    going, primary = _deployments(service)
    if len(going) > 1 and primary.get("rolloutState") == "FAILED":
        yield (
            f"The last deployment of service {service['serviceName']}, of {_revision(primary)}, failed and "
            "was left so. Send the service to a revision that runs first (`aws ecs update-service "
            "--task-definition …`)."
        )


def other_deployment(service: Json) -> str | None:
    """A deployment of somebody else's that is not over, as a sentence."""
    going, primary = _deployments(service)
    unsettled = primary.get("rolloutState") == "IN_PROGRESS" and primary.get("runningCount") != primary.get(
        "desiredCount"
    )
    if len(going) > 1 or unsettled:
        name = service["serviceName"]
        return f"Another deployment of service {name} is in progress, of {_revision(primary)}."
    return None


def _deployments(service: Json) -> tuple[list[Json], Json]:
    """Those that still have tasks, and the one that the service goes to."""
    found = [each for each in service.get("deployments", []) if each.get("status") in ("PRIMARY", "ACTIVE")]
    return found, primary_of(service)


def _revision(deployment: Json) -> str:
    return short(str(deployment.get("taskDefinition", "")))


def of_baseline(baseline: Json) -> Iterator[str]:
    """A revision that the service could not be sent back to (API reference, DeregisterTaskDefinition)."""
    if baseline.get("status", "ACTIVE") != "ACTIVE":
        name = f"{baseline.get('family')}:{baseline.get('revision')}"
        yield (
            f"Revision {name} is {baseline['status']}: ECS would not take the service back to it. Send the "
            "service to an ACTIVE revision first (`aws ecs update-service --task-definition …`)."
        )


def of_definition(service: Json, definition: Json, groups: Sequence[TargetGroup]) -> Iterator[str]:
    """Where the new task definition, the service's load balancers and their target groups do not fit."""
    mode = network_mode(definition)
    if mode != "awsvpc" and on_fargate(service):
        yield (
            f"The task definition has network mode {mode}, and service {service['serviceName']} runs on "
            "Fargate, which takes awsvpc only; set networkMode to awsvpc."
        )
    containers = {each["name"]: each for each in definition["containerDefinitions"]}
    for balancer in service.get("loadBalancers", []):
        name, port = balancer.get("containerName"), balancer.get("containerPort")
        if name not in containers:
            yield f"The service's load balancer wants container {name}, which the new revision does not have."
        elif not opens(containers[name], port):
            ports = [each.get("containerPort") for each in containers[name].get("portMappings", [])]
            has = ", ".join(map(str, ports)) or "none"
            yield f"The service's load balancer wants port {port} of container {name}; its ports are: {has}."
    for group in groups:
        yield from _of_group(group, mode)


def of_command(definition: Json, container: str) -> Iterator[str]:
    """A one-off task that is to run its command in a container that is not there."""
    names = [each["name"] for each in definition["containerDefinitions"]]
    if container and container not in names:
        what = short(definition.get("taskDefinitionArn", definition["family"]))
        yield f"{what} has no container {container}; it has {', '.join(names)}."


def _of_group(group: TargetGroup, mode: str) -> Iterator[str]:
    wanted = TARGET_TYPES.get(mode)
    if wanted is None:
        yield f"Tasks of network mode {mode} have no port for target group {group.arn}; use awsvpc or bridge."
    elif group.target_type not in (wanted, ""):
        fitting = " or ".join(each for each, kind in TARGET_TYPES.items() if kind == group.target_type)
        instead = f", or network mode {fitting}" if fitting else ""
        yield (
            f"Target group {group.arn} is of type {group.target_type}; {mode} tasks need type {wanted}. "
            f"Use a target group of type {wanted}{instead}."
        )
    if group.unused:
        yield (
            f"Target group {group.arn} is used by no load balancer, so its targets never become healthy; "
            "give it a listener, or take it off the service."
        )
    if not group.checked:
        yield f"Target group {group.arn} has its health checks disabled; no canary could be judged by it."
