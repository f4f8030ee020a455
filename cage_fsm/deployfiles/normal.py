"""The normal form of a task definition: two that ECS would run alike become equal.

Left out are the fields that AWS fills in as well; the rest is as in `form`.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from cage_fsm.deployfiles.form import Form
from cage_fsm.deployfiles.models import task_definition_model

# A revision's tags are not part of it: AWS describes them apart from it, and every run adds its own.
_NOT_COMPARED = {"tags"}

_NAMED_BY: Mapping[str, tuple[str, str | None]] = {
    "containerDefinitions": ("name", None),
    "dependsOn": ("containerName", "condition"),
    "devices": ("hostPath", None),
    "environment": ("name", "value"),
    "extraHosts": ("hostname", "ipAddress"),
    "mountPoints": ("containerPath", None),
    "portMappings": ("containerPort", None),
    "properties": ("name", "value"),
    "resourceRequirements": ("type", "value"),
    "secretOptions": ("name", "valueFrom"),
    "secrets": ("name", "valueFrom"),
    "systemControls": ("namespace", "value"),
    "tmpfs": ("containerPath", None),
    "ulimits": ("name", None),
    "volumes": ("name", None),
    "volumesFrom": ("sourceContainer", None),
}

_UNORDERED = frozenset(
    {
        "add",
        "dockerSecurityOptions",
        "drop",
        "ignoredExitCodes",
        "links",
        "permissions",
        "placementConstraints",
        "portMappings",
        "requiresCompatibilities",
    }
)

_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "": {"enableFaultInjection": False, "networkMode": "bridge"},
    "authorizationConfig": {"iam": "DISABLED"},
    "containerDefinitions": {
        "cpu": 0,
        "disableNetworking": False,
        "essential": True,
        "interactive": False,
        "privileged": False,
        "pseudoTerminal": False,
        "readonlyRootFilesystem": False,
        "versionConsistency": "enabled",
    },
    "devices": {"permissions": ["mknod", "read", "write"]},
    "dockerVolumeConfiguration": {"autoprovision": False, "scope": "task"},
    "efsVolumeConfiguration": {"rootDirectory": "/", "transitEncryption": "DISABLED"},
    "healthCheck": {"interval": 30, "retries": 3, "startPeriod": 0, "timeout": 5},
    "linuxParameters": {"initProcessEnabled": False, "swappiness": 60},
    "mountPoints": {"readOnly": False},
    "portMappings": {"hostPort": 0, "protocol": "tcp"},
    "proxyConfiguration": {"type": "APPMESH"},
    "restartPolicy": {"enabled": False, "restartAttemptPeriod": 300},
    "volumes": {"configuredAtLaunch": False},
    "volumesFrom": {"readOnly": False},
}

_SIZE = re.compile(r"(?P<number>[0-9]*\.?[0-9]+) *(?:vcpu|gb)", re.IGNORECASE)


def normal(task_definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the normal form of a RegisterTaskDefinition input or a described task definition."""
    ignored = task_definition_model().read_only | _NOT_COMPARED
    kept = {key: value for key, value in task_definition.items() if key not in ignored}
    sizes = {key: _size(kept[key]) for key in ("cpu", "memory") if kept.get(key)}
    same_port = kept.get("networkMode") in ("awsvpc", "host")
    return Form(_NAMED_BY, _UNORDERED, partial(_defaults, same_port)).object("", {**kept, **sizes})


def _defaults(same_port: bool, field: str, value: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: FBT001 - of the task
    defaults = _DEFAULTS.get(field, {})
    if field == "portMappings" and same_port and value.get("hostPort") == value.get("containerPort"):
        return {**defaults, "hostPort": value.get("hostPort")}
    return defaults


def _size(text: str) -> str:
    match = _SIZE.fullmatch(text.strip())
    return f"{float(match['number']) * 1024:.0f}" if match else text
