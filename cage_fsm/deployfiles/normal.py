"""The normal form of a task definition: two that ECS would run alike become equal.

Left out are the fields that AWS fills in, empty values, and the values that AWS takes by default. Lists of
objects become dicts, by name where their order means nothing and by position elsewhere: `[web]`, `[0]`.
"""

import re
from collections.abc import Mapping
from typing import Any

from cage_fsm.deployfiles.models import task_definition_model

# A revision's tags are not part of it: AWS describes them apart from it, and every run adds its own.
_NOT_COMPARED = {"tags"}

# The field that names an entry and, for entries that are a mere pair, the field with the value.
_NAMED_BY: Mapping[str, tuple[str, str | None]] = {
    "containerDefinitions": ("name", None),
    "dependsOn": ("containerName", "condition"),
    "environment": ("name", "value"),
    "extraHosts": ("hostname", "ipAddress"),
    "mountPoints": ("containerPath", None),
    "portMappings": ("containerPort", None),
    "properties": ("name", "value"),
    "resourceRequirements": ("type", "value"),
    "secretOptions": ("name", "valueFrom"),
    "secrets": ("name", "valueFrom"),
    "systemControls": ("namespace", "value"),
    "ulimits": ("name", None),
    "volumes": ("name", None),
    "volumesFrom": ("sourceContainer", None),
}

_UNORDERED = {"requiresCompatibilities"}

# By the name of the field that holds the object, or the list of such objects.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "": {"enableFaultInjection": False},
    "containerDefinitions": {"cpu": 0, "essential": True, "versionConsistency": "enabled"},
    "efsVolumeConfiguration": {"rootDirectory": "/", "transitEncryption": "DISABLED"},
    "healthCheck": {"interval": 30, "retries": 3, "startPeriod": 0, "timeout": 5},
    "mountPoints": {"readOnly": False},
    "portMappings": {"hostPort": 0, "protocol": "tcp"},
    "volumesFrom": {"readOnly": False},
}

_SIZE = re.compile(r"(?P<number>[0-9]*\.?[0-9]+) *(?:vcpu|gb)", re.IGNORECASE)


def normal(task_definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the normal form of a RegisterTaskDefinition input or a described task definition."""
    ignored = task_definition_model().read_only | _NOT_COMPARED
    kept = {key: value for key, value in task_definition.items() if key not in ignored}
    sizes = {key: _size(kept[key]) for key in ("cpu", "memory") if kept.get(key)}
    same_port = kept.get("networkMode") in ("awsvpc", "host")
    return _object("", {**kept, **sizes}, same_port=same_port)


def _value(field: str, value: Any, *, same_port: bool) -> Any:
    if isinstance(value, dict):
        return _object(field, value, same_port=same_port)
    if isinstance(value, list):
        return _list(field, value, same_port=same_port)
    return value


def _object(field: str, value: Mapping[str, Any], *, same_port: bool) -> dict[str, Any]:
    inner = {key: _value(key, member, same_port=same_port) for key, member in value.items()}
    defaults = dict(_DEFAULTS.get(field, {}))
    if field == "portMappings" and same_port and value.get("hostPort") == value.get("containerPort"):
        defaults["hostPort"] = value.get("hostPort")
    return {key: member for key, member in inner.items() if not _absent(member, defaults.get(key))}


def _absent(value: Any, default: Any) -> bool:
    return value in (None, {}, [], default)


def _list(field: str, value: list[Any], *, same_port: bool) -> Any:
    if not all(isinstance(inner, dict) for inner in value):
        return sorted(value) if field in _UNORDERED else value
    items = [_object(field, inner, same_port=same_port) for inner in value]
    name, content = _NAMED_BY.get(field, (None, None))
    names = {f"[{inner[name]}]": inner for inner in value if name in inner}
    if len(names) < len(value):  # a name is missing, or there twice
        return {f"[{index}]": item for index, item in enumerate(items)}
    if content and all(inner.keys() <= {name, content} for inner in value):
        return {key: inner.get(content, "") for key, inner in names.items()}
    return dict(zip(names, items, strict=True))


def _size(text: str) -> str:
    match = _SIZE.fullmatch(text.strip())
    return f"{float(match['number']) * 1024:.0f}" if match else text
