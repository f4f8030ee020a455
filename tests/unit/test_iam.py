"""The policy: every call of ours is in it, nothing else is, and what can be limited is limited."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.loaders import Loader

import cage_fsm
from cage_fsm.cli.group import VERBS
from cage_fsm.iam import ACTIONS, PURPOSES, Scope, policy

PACKAGE = Path(cage_fsm.__file__).parent
SERVICES = {
    "cloudwatch": ("cloudwatch", "cloudwatch"),
    "ecr": ("ecr", "ecr"),
    "ec2": ("ec2", "ec2"),
    "ecs": ("ecs", "ecs"),
    "elbv2": ("elbv2", "elasticloadbalancing"),
    "iam": ("iam", "iam"),
    "logs": ("logs", "logs"),
    "s3": ("s3", "s3"),
    "secretsmanager": ("secretsmanager", "secretsmanager"),
    "ssm": ("ssm", "ssm"),
    "sts": ("sts", "sts"),
}
"""By the name of a file in aws/: the service of botocore, and what its permissions begin with."""

NAMED_OTHERWISE = {"s3:ListObjectsV2": "s3:ListBucket"}
"""Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"."""

NO_CALLS = {"iam:PassRole", "kms:GenerateDataKey", "kms:Decrypt"}
"""AWS asks for them beside a call: roles in a revision, a key of S3."""

NOT_HERE_YET = (
    {action.name for action in ACTIONS if action.purpose == "Sweep"} if "sweep" not in VERBS else set()
)
DEFINITION = {
    "family": "shop",
    "taskRoleArn": "arn:aws:iam::123456789012:role/task",
    "executionRoleArn": "execution",
    "containerDefinitions": [
        {
            "name": "web",
            "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web:v1",
            "secrets": [
                {"name": "A", "valueFrom": "arn:aws:secretsmanager:r:1:secret:db-AbCdEf:password::"},
                {"name": "B", "valueFrom": "/web/b"},
            ],
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/web"}},
        },
        {"name": "side", "image": "public.ecr.aws/side:1"},
    ],
}
WHOLE = Scope(
    "prod",
    "web",
    "eu-west-1",
    "123456789012",
    "bucket",
    "some/prefix/",
    "arn:aws:kms:r:1:key/k",
    (),
    ("arn:aws:iam::123456789012:role/volumes",),
    DEFINITION,
)


def called() -> Iterator[str]:
    """Every call that is written in aws/, as the permission that it needs."""
    for file in (PACKAGE / "aws").glob("*.py"):
        if file.stem not in SERVICES:
            continue
        service, prefix = SERVICES[file.stem]
        operations = {xform_name(each): each for each in _operations(service)}
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "value", None)
            if isinstance(name, str) and name in operations and _is_call(node):
                action = f"{prefix}:{operations[name]}"
                yield NAMED_OTHERWISE.get(action, action)


def _operations(service: str) -> list[str]:
    return list(Loader().load_service_model(service, "service-2")["operations"])


def _is_call(node: ast.AST) -> bool:
    """A method of a client, or a text: a paginator is got by the name of its operation."""
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.Attribute) and "client" in ast.unparse(node.value)
    )


def statements(scope: Scope) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = policy(scope)["Statement"]
    return found


def allowed(scope: Scope, action: str) -> list[tuple[Any, Any]]:
    """What an action may be used on, and under which condition."""
    return [
        (each["Resource"], each.get("Condition")) for each in statements(scope) if action in each["Action"]
    ]


def test_every_call_is_in_the_table_and_no_other() -> None:
    in_table = {action.name for action in ACTIONS}
    used = set(called()) | NO_CALLS

    assert {name for name in used if name not in in_table} == set()
    only_in_s3 = (
        {name for name in in_table if name.startswith("s3:")}
        if not (PACKAGE / "aws/s3.py").exists()
        else set()
    )
    assert in_table - used - NOT_HERE_YET - only_in_s3 == set()


def test_the_whole_policy_has_every_action_and_fits_a_managed_policy() -> None:
    whole = statements(WHOLE)

    assert {name for each in whole for name in each["Action"]} == {action.name for action in ACTIONS}
    assert {re.fullmatch(r"[A-Za-z0-9]+", each["Sid"]) is not None for each in whole} == {True}
    assert len({each["Sid"] for each in whole}) == len(whole)
    assert all(each["Sid"].startswith(tuple(PURPOSES)) for each in whole)
    # IAM user guide, "IAM and AWS STS quotas": 6,144 characters, white space not counted.
    assert len(json.dumps(policy(WHOLE), separators=(",", ":"))) <= 6144


def passed_to(service: str) -> dict[str, Any]:
    return {"StringEquals": {"iam:PassedToService": service}}


def test_what_can_be_limited_is_limited() -> None:
    here = "arn:aws:ecs:eu-west-1:123456789012"
    in_cluster = {"ArnLike": {"ecs:cluster": f"{here}:cluster/prod"}}

    assert allowed(WHOLE, "ecs:UpdateService") == [(f"{here}:service/prod/web", None)]
    service = f"{here}:service/prod/web"
    assert allowed(WHOLE, "ecs:DescribeServiceDeployments") == [
        ([f"{here}:service-deployment/prod/web/*", service], None)
    ]
    assert allowed(WHOLE, "ecs:DescribeServiceRevisions") == [
        ([f"{here}:service-revision/prod/web/*", service], None)
    ]
    assert allowed(WHOLE, "ecs:StopTask") == [(f"{here}:task/prod/*", None)]
    assert allowed(WHOLE, "ecs:RunTask") == [(f"{here}:task-definition/shop:*", in_cluster)]
    assert allowed(WHOLE, "ecs:ListTasks") == [("*", in_cluster)]
    roles = ["arn:aws:iam::123456789012:role/execution", "arn:aws:iam::123456789012:role/task"]
    assert allowed(WHOLE, "iam:PassRole") == [
        (roles, passed_to("ecs-tasks.amazonaws.com")),
        ("arn:aws:iam::123456789012:role/volumes", passed_to("ecs.amazonaws.com")),
    ]
    assert allowed(WHOLE, "s3:GetObject") == [("arn:aws:s3:::bucket/some/prefix/*", None)]
    assert allowed(WHOLE, "kms:Decrypt") == [("arn:aws:kms:r:1:key/k", None)]
    assert allowed(WHOLE, "ecr:DescribeImages")[0][0].endswith(":repository/team/web")
    assert allowed(WHOLE, "logs:GetLogEvents")[0][0].endswith(":log-group:/ecs/web:log-stream:*")
    assert allowed(WHOLE, "secretsmanager:DescribeSecret") == [
        ("arn:aws:secretsmanager:r:1:secret:db-AbCdEf", None)
    ]
    assert allowed(WHOLE, "ssm:GetParameters")[0][0].endswith(":parameter/web/b")
    assert all("*" in resource for resource, _ in allowed(WHOLE, "ecs:RegisterTaskDefinition"))


def test_what_is_not_known_is_a_star_and_what_is_not_there_is_left_out() -> None:
    nothing, plain = Scope(), Scope(definition={"family": "web", "containerDefinitions": []})

    assert allowed(nothing, "ecs:UpdateService") == [("arn:aws:ecs:*:*:service/*/*", None)]
    assert allowed(nothing, "iam:PassRole")[0][0] == "arn:aws:iam::*:role/*"
    assert allowed(nothing, "s3:GetObject") == allowed(nothing, "kms:Decrypt") == []
    assert allowed(plain, "iam:PassRole") == allowed(plain, "logs:GetLogEvents") == []


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
)
def test_every_arn_is_of_the_partition_of_the_region(region: str, partition: str) -> None:
    arns = re.findall(r"arn:[a-z-]+:", json.dumps(policy(Scope(region=region, bucket="b"))))

    assert set(arns) == {f"arn:{partition}:"}
