"""What kind a service and a task definition are of, in AWS's words."""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

FARGATE = frozenset({"FARGATE", "FARGATE_SPOT"})
TARGET_TYPES: Mapping[str, str] = {"awsvpc": "ip", "bridge": "instance", "host": "instance"}
"""Which type of target group each network mode needs (developer guide, "Service load balancing")."""


def network_mode(definition: Json) -> str:
    """The network mode; bridge unless one is set (API reference, RegisterTaskDefinition)."""
    return str(definition.get("networkMode") or "bridge")


def primary_of(service: Json) -> Json:
    """The deployment that the service goes to, or is at; empty where none is shown."""
    return next((each for each in service.get("deployments", []) if each.get("status") == "PRIMARY"), {})


def on_fargate(service: Json) -> bool:
    """Whether the tasks run on Fargate; only there a platform version is shown (API reference, Service)."""
    strategy = service.get("capacityProviderStrategy") or []
    if strategy or service.get("launchType"):
        used = {service.get("launchType"), *(each.get("capacityProvider") for each in strategy)}
        return not FARGATE.isdisjoint(used)
    return bool(service.get("platformVersion"))


def fixed_ports(definition: Json) -> set[str]:
    """The host ports that every task of this definition needs, as `8080/tcp`."""
    mode = network_mode(definition)
    field = {"bridge": "hostPort", "host": "containerPort"}.get(mode, "")
    return {
        f"{mapping[field]}/{mapping.get('protocol', 'tcp')}"
        for container in definition["containerDefinitions"]
        for mapping in container.get("portMappings", [])
        if mapping.get(field)
    }


def opens(container: Json, port: int) -> bool:
    """Whether a port mapping of the container has this port, by itself or in a range."""
    for mapping in container.get("portMappings", []):
        first, _, last = str(mapping.get("containerPortRange", "")).partition("-")
        in_range = first.isdecimal() and last.isdecimal() and int(first) <= port <= int(last)
        if in_range or mapping.get("containerPort") == port:
            return True
    return False
