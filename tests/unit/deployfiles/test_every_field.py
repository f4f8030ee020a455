"""Every field that the installed botocore knows passes through unchanged."""

from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from cage_fsm.deployfiles.models import FileModel, service_model, task_definition_model

from .conftest import CONTAINER, DeployDirectory

ECS = ServiceModel(Loader().load_service_model("ecs", "service-2"), "ecs")
TEXT = '${NOT_OURS} "quoted" \\ naïve\n'


def sample(shape: Any) -> Any:
    """A value with every field that the shape has."""
    if shape.type_name == "structure":
        return {name: sample(shape.members[name]) for name in _fields(shape)}
    if shape.type_name == "list":
        return [sample(shape.member)]
    if shape.type_name == "map":
        return {TEXT: sample(shape.value)}
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else TEXT
    return {"boolean": True, "double": 0.5, "float": 0.5}.get(shape.type_name, _least(shape))


def _fields(shape: Any) -> list[str]:
    return list(shape.members)[:1] if shape.is_tagged_union else list(shape.members)


def _least(shape: Any) -> int:
    return max(int(shape.metadata.get("min", 0)), 1)


def escaped(value: Any) -> Any:
    """The same as a file has to have it, so that `${` stays as it is."""
    if isinstance(value, dict):
        return {escaped(key): escaped(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [escaped(inner) for inner in value]
    return value.replace("${", "$${") if isinstance(value, str) else value


def everything(model: FileModel, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    return {name: sample(shape) for name, shape in model.members.items() if name not in without}


def test_of_a_task_definition(deploy: DeployDirectory) -> None:
    definition = everything(task_definition_model())
    (full,) = definition["containerDefinitions"]
    full |= {"image": "web:1", "dependsOn": [{"containerName": CONTAINER["name"], "condition": "START"}]}
    definition["containerDefinitions"].append(CONTAINER)
    report = ParamValidator().validate(definition, ECS.shape_for("RegisterTaskDefinitionRequest"))
    assert report.generate_report() == ""

    deploy.task_definition(escaped(definition))

    assert deploy.read().task_definition == definition


def test_of_a_service(deploy: DeployDirectory) -> None:
    model = service_model()
    service = everything(model, without=frozenset(model.refused)) | {"service": "web", "serviceName": "web"}
    service["loadBalancers"][0] |= {"containerName": CONTAINER["name"], "containerPort": 8080}

    deploy.service(escaped(service))

    assert deploy.read().service == service


@pytest.mark.parametrize("driver", ECS.shape_for("LogDriver").enum)
def test_of_a_log_driver_and_its_options(deploy: DeployDirectory, driver: str) -> None:
    options = {"logDriver": driver, "options": {"a-b": '{"c": "${D}"}'}}
    deploy.containers({**CONTAINER, "logConfiguration": escaped(options)})

    assert deploy.read().task_definition["containerDefinitions"][0]["logConfiguration"] == options
