"""Which cluster and which service are meant."""

import re
from collections.abc import Mapping
from typing import Any

import click

from cage_fsm.deployfiles import DeployFiles

_NAME = re.compile(
    r"[A-Za-z0-9_-]{1,255}|arn:[\w-]+:ecs:[\w-]*:\w*:(cluster|service)(/[\w-]+){1,2}", re.ASCII
)
"""ECS API reference, CreateCluster and CreateService."""


def place_of(
    files: DeployFiles | None, given: Mapping[str, Any], *, needs_service: bool = True
) -> tuple[str, str]:
    """The cluster and the service that are meant, by options or by the files."""
    service = given["service"] or (files and files.service_name)
    if not service and needs_service:
        message = (
            "Which service? Give --service, or `serviceName` in service.json."
            if files
            else "Which service? Give a DIR whose service.json names it, or --service and --cluster."
        )
        raise click.UsageError(message)
    cluster = given["cluster"] or (files and files.cluster) or "default"
    _require_names(cluster=cluster, **({"service": service} if service else {}))
    return cluster, service or ""


def _require_names(**names: str) -> None:
    """Refuse what names nothing on AWS, before it is sent, kept or shown."""
    for what, name in names.items():
        if _NAME.fullmatch(name) is None:
            message = (
                f"{name[:80]!a} is no name of a {what}: it has up to 255 letters, digits, hyphens and "
                "underscores, or it is an ARN."
            )
            raise click.UsageError(message)
