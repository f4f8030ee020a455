"""What a task definition must be, in AWS's words."""

import re

from cage_fsm.sandbox.ecs import container_rules
from cage_fsm.sandbox.errors import ApiError, client_error
from cage_fsm.sandbox.records import Json

_FAMILY = re.compile(r"[A-Za-z0-9_-]{1,255}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_LAST_PORT = 65535
_HEALTH_CHECK = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
"""Ranges, in seconds but for retries (API reference, HealthCheck)."""
_GB = 1024
_SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1 * _GB, 2 * _GB),
    512: tuple(n * _GB for n in range(1, 5)),
    1024: tuple(n * _GB for n in range(2, 9)),
    2048: tuple(n * _GB for n in range(4, 17)),
    4096: tuple(n * _GB for n in range(8, 31)),
    8192: tuple(n * _GB for n in range(16, 61, 4)),
    16384: tuple(n * _GB for n in range(32, 121, 8)),
}
"""MiB of memory for each number of CPU units (developer guide, "Task size" of Fargate)."""


def check(params: Json) -> None:
    """Refuse a task definition that AWS refuses."""
    if not _FAMILY.fullmatch(params["family"]):
        raise client_error("Family contains invalid characters.")
    _check_containers(params["containerDefinitions"])
    if "FARGATE" in params.get("requiresCompatibilities", []):
        _check_fargate(params)
    elif "memory" not in params:
        _check_memory(params["containerDefinitions"])
    _check_host_ports(params)


def size(params: Json) -> tuple[str | None, str | None]:
    """Return CPU units and MiB of memory as numbers in text: `.25 vCPU` is 256, `1 GB` is 1024."""
    return _number(params.get("cpu"), "vcpu", "cpu"), _number(params.get("memory"), "gb", "memory")


def _check_containers(containers: list[Json]) -> None:
    if not containers:
        raise client_error("Container list cannot be empty.")
    names = [container.get("name", "") for container in containers]
    for container in containers:
        if not container.get("name"):
            raise client_error("Container.name should not be null or empty.")
        if not _NAME.fullmatch(container["name"]):
            raise client_error("Container name contains invalid characters.")
        if not container.get("image"):
            raise client_error("Container.image should not be null or empty.")
        for mapping in container.get("portMappings", []):
            if not 0 <= mapping.get("containerPort", -1) <= _LAST_PORT:
                raise client_error("Invalid 'containerPort' setting for container.")
        _check_health_check(container.get("healthCheck", {}))
    if len(set(names)) < len(names):
        raise client_error("Container names must be unique within a task definition.")
    if not any(container.get("essential", True) for container in containers):
        raise client_error("A task definition must have at least one essential container.")
    container_rules.check(containers)


def _check_health_check(health_check: Json) -> None:
    for name, (least, most) in _HEALTH_CHECK.items():
        if not least <= health_check.get(name, least) <= most:
            raise client_error(f"Health check {name} must be between {least} and {most}.")


def _check_fargate(params: Json) -> None:
    if params.get("networkMode") != "awsvpc":
        raise client_error("Fargate only supports network mode ‘awsvpc’.")  # noqa: RUF001 - AWS's quotes
    cpu, memory = size(params)
    if cpu is None or memory is None:
        raise client_error("Fargate requires that 'cpu' and 'memory' be defined at the task level.")
    if int(memory) not in _SIZES.get(int(cpu), ()):
        raise client_error(f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory.")
    if "executionRoleArn" in params:
        return
    for container in params["containerDefinitions"]:
        if ".dkr.ecr." in container["image"]:
            raise client_error(
                "Fargate requires task definition to have execution role ARN to support ECR images."
            )
        driver = container.get("logConfiguration", {}).get("logDriver")
        if driver == "awslogs":
            raise client_error(
                "Fargate requires task definition to have execution role ARN to support log driver awslogs."
            )


def _check_memory(containers: list[Json]) -> None:
    for container in containers:
        if "memory" not in container and "memoryReservation" not in container:
            words = "At least one of 'memory' or 'memoryReservation' must be specified."
            raise client_error(f"Invalid setting for container '{container['name']}'. {words}")


def _check_host_ports(params: Json) -> None:
    mode = params.get("networkMode", "bridge")
    mappings = [m for c in params["containerDefinitions"] for m in c.get("portMappings", [])]
    if mode == "none" and mappings:
        raise client_error("Port mappings are not allowed when the network mode is 'none'.")
    if mode == "bridge":
        return
    for mapping in mappings:
        if mapping.get("hostPort", mapping["containerPort"]) not in {0, mapping["containerPort"]}:
            words = "When networkMode={}, the host ports and container ports in port mappings must match."
            raise client_error(words.format(mode))


def _number(text: str | None, unit: str, name: str) -> str | None:
    if text is None:
        return None
    words = text.lower().replace(" ", "")
    try:
        return str(round(float(words.removesuffix(unit)) * 1024)) if words.endswith(unit) else str(int(words))
    except ValueError:
        raise ApiError("ClientException", f"Invalid '{name}' setting for task.") from None
