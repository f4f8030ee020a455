"""Every field against the ECS API that botocore knows."""

import json
from contextlib import suppress
from typing import Any

import botocore
import pytest
from botocore.model import ShapeResolver
from hypothesis import given, settings
from hypothesis import strategies as st

from cage_fsm.deployfiles import DeployFileError
from cage_fsm.deployfiles.kinds import EXPECTED
from cage_fsm.deployfiles.models import FileModel, service_model, task_definition_model
from cage_fsm.deployfiles.parsing import parse
from cage_fsm.deployfiles.validation import _Checker, check

from .conftest import CONTAINER, DeployDirectory

FIELDS = [
    *("name", "image", "essential", "dependsOn", "containerName", "containerPort", "containerPortRange"),
    *("portMappings", "loadBalancers", "service", "services", "serviceName", "environment", "value"),
]
BOTOCORE = f"botocore {botocore.__version__}"


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"Image": "x"}, "Image` is not a field of the ECS API ({})"),
        ({"enviroment": []}, "enviroment` is not a field of the ECS API ({}); did you mean `environment`?"),
        ({"Environment": []}, "Environment` is not a field of the ECS API ({}); did you mean `environment`?"),
        ({"zzz": 1}, "zzz` is not a field of the ECS API ({})."),
        (
            {"environment": [{"nam": "A"}]},
            "environment[0].nam` is not a field of the ECS API ({}); did you mean `name`?",
        ),
        (
            {"environment": [{"x": "A"}]},
            "environment[0].x` is not a field of the ECS API ({}); known are `name` and `value`.",
        ),
        ({"cpu": "256"}, "cpu` must be a whole number, but is a string; remove the quotes."),
        ({"cpu": "much"}, "cpu` must be a whole number, but is a string."),
        ({"cpu": 2.5}, "cpu` must be a whole number, but is a number with a fraction."),
        ({"cpu": True}, "cpu` must be a whole number, but is true or false."),
        ({"essential": "true"}, "essential` must be true or false, but is a string; remove the quotes."),
        ({"essential": 1}, "essential` must be true or false, but is a number."),
        ({"hostname": 8080}, "hostname` must be a string, but is a number; put it in quotes."),
        ({"hostname": False}, "hostname` must be a string, but is true or false; put it in quotes."),
        ({"hostname": {}}, "hostname` must be a string, but is an object."),
        ({"environment": {"A": "B"}}, "environment` must be a list, but is an object; put it in [ ]."),
        ({"environment": ["A=B"]}, "environment[0]` must be an object, but is a string."),
        (
            {"dockerLabels": {"com.x": 1}},
            'dockerLabels["com.x"]` must be a string, but is a number; put it in quotes.',
        ),
        ({"secrets": [{"name": "A"}]}, "secrets[0]` has no `valueFrom`, which ECS requires."),
        (
            {"logConfiguration": {"logDriver": "awslog"}},
            "logConfiguration.logDriver` is `awslog`, which ECS does not know ({}); did you mean `awslogs`?",
        ),
        (
            {"dependsOn": [{"containerName": "web", "condition": "X"}]},
            "is `X`, which ECS does not know ({}); known are `COMPLETE`, `HEALTHY`, `START` and `SUCCESS`.",
        ),
    ],
)
def test_each_mistake_in_a_container_is_said_with_its_mend(
    deploy: DeployDirectory, extra: dict[str, Any], words: str
) -> None:
    deploy.containers({**CONTAINER, **extra})

    assert words.format(BOTOCORE) in deploy.complaint()


@pytest.mark.parametrize(
    ("service", "words"),
    [
        (
            {"ServiceName": "web"},
            "`ServiceName` is not a field of the ECS API ({}); did you mean `serviceName`?",
        ),
        (
            {"launchType": "fargate"},
            "`launchType` is `fargate`, which ECS does not know ({}); did you mean `FARGATE`?",
        ),
        ({"desiredCount": "2"}, "`desiredCount` must be a whole number, but is a string; remove the quotes."),
        (
            {"loadBalancers": {"containerPort": 1}},
            "`loadBalancers` must be a list, but is an object; put it in [ ].",
        ),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {}}},
            "`networkConfiguration.awsvpcConfiguration` has no `subnets`, which ECS requires.",
        ),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1001}]},
            "`capacityProviderStrategy[0].weight` must be at most 1000 ({}).",
        ),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": -1}]},
            "`capacityProviderStrategy[0].weight` must be at least 0 ({}).",
        ),
        ({"tags": [{"key": ""}]}, "`tags[0].key` must have a length of at least 1 ({})."),
        ({"tags": [{"key": "k"}] * 51}, "`tags` must have a length of at most 50 ({})."),
        (
            {"clientToken": "x"},
            "`clientToken` belongs to one single call, and every run makes its own; delete it.",
        ),
        (
            {"service": "a", "serviceName": "b"},
            "`service` and `serviceName` name two services; keep one of them.",
        ),
    ],
)
def test_each_mistake_in_a_service_is_said_with_its_mend(
    deploy: DeployDirectory, service: dict[str, Any], words: str
) -> None:
    deploy.service(service)

    assert words.format(BOTOCORE) in deploy.complaint()


SHAPES = ShapeResolver(
    {
        "Choice": {"type": "structure", "union": True, "members": {"a": {"shape": "S"}, "b": {"shape": "S"}}},
        "Free": {"type": "structure", "document": True, "members": {}},
        "Moment": {"type": "timestamp"},
        "S": {"type": "string"},
    }
)


@pytest.mark.parametrize(
    ("shape", "value", "found"),
    [
        ("Choice", {"a": ""}, []),
        ("Choice", {}, ["f.json:1: `x` must have exactly one of `a` and `b`."]),
        ("Choice", {"a": "", "b": ""}, ["f.json:1: `x` must have exactly one of `a` and `b`."]),
        ("Free", [{"any": "thing"}], []),
        ("Moment", "a type that ECS takes nowhere today", []),
    ],
)
def test_what_botocore_may_say_in_other_versions_is_understood(
    shape: str, value: Any, found: list[str]
) -> None:
    document = parse("f.json", json.dumps({"x": value}), {})
    members = {"x": SHAPES.get_shape_by_name(shape)}
    model = FileModel("f.json", members, frozenset(), frozenset(), {}, ())

    assert found == [str(problem) for problem in check(document, model)]


def test_service_json_takes_the_fields_of_create_and_of_update(deploy: DeployDirectory) -> None:
    deploy.service({"service": "web", "forceNewDeployment": True, "schedulingStrategy": "REPLICA"})

    assert deploy.read().service["forceNewDeployment"] is True


def test_all_mistakes_of_both_files_are_listed_in_reading_order(deploy: DeployDirectory) -> None:
    deploy.service({"cluster": 1, "desiredCount": "2"})
    deploy.task_definition({"famly": "web", "containerDefinitions": [{"nam": "web"}]})

    assert [line.split("`")[1] for line in deploy.complaints()] == [
        "cluster",
        "desiredCount",
        "family",
        "famly",
        "containerDefinitions[0].nam",
    ]


def shapes_inside(shape: Any) -> list[Any]:
    match shape.type_name:
        case "structure":
            return list(shape.members.values())
        case "list":
            return [shape.member]
        case "map":
            return [shape.value]
    return []


def test_every_type_of_the_two_models_is_checked() -> None:
    types: set[str] = set()
    pending = [*service_model().members.values(), *task_definition_model().members.values()]
    while pending:
        shape = pending.pop()
        types.add(shape.type_name)
        pending.extend(shapes_inside(shape))

    assert types <= EXPECTED.keys() == _Checker._INSIDE.keys()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from(["web", "a", "", "1-9", "${S}"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(st.sampled_from(FIELDS), JSON), st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON))
)
def test_whatever_the_files_hold_they_are_read_or_refused_in_sentences(
    tmp_path_factory: pytest.TempPathFactory, service: Any, containers: Any
) -> None:
    deploy = DeployDirectory(tmp_path_factory.mktemp("deploy"))
    deploy.service(service)
    deploy.containers(*containers)
    with suppress(DeployFileError):
        deploy.read(S="s")
