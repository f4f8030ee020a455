"""What ECS accepts in each of the two files, taken from the model of the installed botocore."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore
from botocore.loaders import Loader
from botocore.model import ServiceModel

SOURCE = f"botocore {botocore.__version__}"


@dataclass(frozen=True)
class FileModel:
    """The top level of a file; what lies deeper is in the shapes of its members."""

    file: str
    members: Mapping[str, Any]
    required: frozenset[str]
    read_only: frozenset[str]  # AWS describes them, and no call takes them
    refused: Mapping[str, str]  # a call takes them, but not from a file: the reason
    wrappers: tuple[str, ...]  # what `aws ecs describe-*` and `create-*` put around it


@cache
def task_definition_model() -> FileModel:
    request = _shape("RegisterTaskDefinitionRequest")
    return FileModel(
        file="task-definition.json",
        members=request.members,
        required=frozenset(request.required_members),
        read_only=frozenset(_shape("TaskDefinition").members) - frozenset(request.members),
        refused={},
        wrappers=("taskDefinition",),
    )


@cache
def service_model() -> FileModel:
    """Return what CreateService or UpdateService takes. Nothing is required: flags may name the service."""
    create, update = _shape("CreateServiceRequest"), _shape("UpdateServiceRequest")
    members = {**create.members, **update.members}
    return FileModel(
        file="service.json",
        members=members,
        required=frozenset(),
        read_only=frozenset(_shape("Service").members) - frozenset(members),
        refused={"clientToken": "belongs to one single call, and every run makes its own; delete it"},
        wrappers=("service", "services"),
    )


@cache
def overrides_model() -> FileModel:
    """Return what RunTask takes as `overrides`."""
    return FileModel(
        file="the file with overrides",
        members=_shape("TaskOverride").members,
        required=frozenset(),
        read_only=frozenset(),
        refused={},
        wrappers=("overrides",),
    )


@cache
def _ecs() -> Any:
    return ServiceModel(Loader().load_service_model("ecs", "service-2"), "ecs")


def _shape(name: str) -> Any:
    return _ecs().shape_for(name)
