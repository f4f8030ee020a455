"""From AWS's JSON to our shapes. Unknown words pass through as they are."""

from collections.abc import Mapping
from typing import Any

from cage_fsm.judge.seen import (
    BindingSeen,
    ContainerSeen,
    DeploymentSeen,
    EventSeen,
    InstanceSeen,
    ServiceDeploymentSeen,
    ServiceSeen,
    TaskSeen,
)

Json = Mapping[str, Any]


def task(found: Json) -> TaskSeen:
    """A task of DescribeTasks."""
    health = found.get("healthStatus", "UNKNOWN")
    return TaskSeen(
        arn=found.get("taskArn", ""),
        task_definition=found.get("taskDefinitionArn", ""),
        group=found.get("group", ""),
        started_by=found.get("startedBy", ""),
        last_status=found.get("lastStatus", ""),
        desired_status=found.get("desiredStatus", ""),
        stop_code=found.get("stopCode", ""),
        stopped_reason=found.get("stoppedReason", ""),
        address=_address(found),
        containers=tuple(_container(each, health) for each in found.get("containers", [])),
        container_instance=found.get("containerInstanceArn", ""),
        stopped_at=found.get("stoppedAt"),
        created_at=found.get("createdAt"),
        started_at=found.get("startedAt"),
        cpu=_attributes(found).get("ecs.cpu-architecture", ""),
        overrides=found.get("overrides") or {},
        tags={each["key"]: each.get("value", "") for each in found.get("tags") or [] if "key" in each},
    )


def _attributes(found: Json) -> dict[str, str]:
    return {each["name"]: each.get("value") or "" for each in found.get("attributes") or [] if "name" in each}


def _container(found: Json, health: str) -> ContainerSeen:
    """A container; `health` is the task's, for one that shows none of its own."""
    return ContainerSeen(
        name=found.get("name", ""),
        last_status=found.get("lastStatus", ""),
        health=found.get("healthStatus", health),
        exit_code=found.get("exitCode"),
        reason=found.get("reason", ""),
        image=found.get("image", ""),
        image_digest=found.get("imageDigest", ""),
        runtime_id=found.get("runtimeId", ""),
        bindings=tuple(
            BindingSeen(each["containerPort"], each["hostPort"], each.get("protocol", ""))
            for each in found.get("networkBindings", [])
            if each.get("containerPort") and each.get("hostPort")
        ),
    )


def _address(found: Json) -> str | None:
    """The IPv4 address; the IPv6 address of a task in an IPv6-only subnet."""
    for attachment in found.get("attachments", []):
        for detail in attachment.get("details", []):
            if detail.get("name") == "privateIPv4Address" and detail.get("value"):
                return str(detail["value"])
    faces = [face for each in found.get("containers", []) for face in each.get("networkInterfaces", [])]
    addresses = [face.get(name) for name in ("privateIpv4Address", "ipv6Address") for face in faces]
    return next(filter(None, addresses), None)


def instance(found: Json) -> InstanceSeen:
    """A container instance of DescribeContainerInstances."""
    protocols = {"PORTS": "tcp", "PORTS_UDP": "udp"}
    return InstanceSeen(
        arn=found["containerInstanceArn"],
        ec2_id=found.get("ec2InstanceId", ""),
        status=found.get("status", "ACTIVE"),
        connected=found.get("agentConnected", True),
        taken=frozenset(
            f"{port}/{protocols[each['name']]}"
            for each in found.get("remainingResources", [])
            if each.get("name") in protocols
            for port in each.get("stringSetValue", [])
        ),
    )


def service(found: Json) -> ServiceSeen:
    """A service of DescribeServices or UpdateService: ACTIVE unless it says that it is not."""
    breaker = found.get("deploymentConfiguration", {}).get("deploymentCircuitBreaker", {})
    return ServiceSeen(
        status=found.get("status", "ACTIVE"),
        task_definition=found.get("taskDefinition", ""),
        desired=found.get("desiredCount", 0),
        running=found.get("runningCount", 0),
        circuit_breaker=bool(breaker.get("enable")),
        deployments=tuple(_deployment(each) for each in found.get("deployments", [])),
        events=tuple(
            EventSeen(each["createdAt"], each.get("message", ""))
            for each in found.get("events", [])
            if "createdAt" in each
        ),
        target_groups=tuple(
            each["targetGroupArn"] for each in found.get("loadBalancers", []) if each.get("targetGroupArn")
        ),
    )


def _deployment(found: Json) -> DeploymentSeen:
    return DeploymentSeen(
        id=found.get("id", ""),
        status=found.get("status", ""),
        task_definition=found.get("taskDefinition", ""),
        rollout_state=found.get("rolloutState", ""),
        rollout_reason=found.get("rolloutStateReason", ""),
        desired=found.get("desiredCount", 0),
        running=found.get("runningCount", 0),
        pending=found.get("pendingCount", 0),
        failed=found.get("failedTasks", 0),
        created_at=found.get("createdAt"),
    )


def service_deployment(found: Json) -> ServiceDeploymentSeen:
    """A service deployment of DescribeServiceDeployments."""
    return ServiceDeploymentSeen(
        arn=found.get("serviceDeploymentArn", ""),
        status=found.get("status", ""),
        reason=found.get("rollback", {}).get("reason") or found.get("statusReason", ""),
        breaker=found.get("deploymentCircuitBreaker", {}).get("status", ""),
        alarms=tuple(found.get("alarms", {}).get("triggeredAlarmNames", [])),
    )
