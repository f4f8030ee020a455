"""What the deploy files name: found in them, and looked for."""

from dataclasses import replace
from typing import Any

import pytest

from cage_fsm.phases.prerequisites import Found, Thing, look, named
from tests.stories.stage import example
from tests.stories.surroundings import Surroundings

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"
SERVICE = {
    "role": "ecsServiceRole",
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}},
    "volumeConfigurations": [{"name": "v", "managedEBSVolume": {"roleArn": "arn:aws:iam::1:role/ebs"}}],
}
DEFINITION = {
    "taskRoleArn": "arn:aws:iam::1:role/path/task",
    "executionRoleArn": "arn:aws:iam::1:role/path/task",
    "containerDefinitions": [
        {
            "name": "web",
            "repositoryCredentials": {"credentialsParameter": "docker"},
            "secrets": [
                {"name": "A", "valueFrom": f"{SECRET}:password::"},
                {"name": "B", "valueFrom": "/web/b"},
                {"name": "C", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/web/c"},
                {"name": "D", "valueFrom": "/aws/reference/secretsmanager/d"},
                {"name": "E", "valueFrom": "/web/b"},
            ],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": "/ecs/web", "awslogs-create-group": "true"},
            },
        },
        {"name": "log", "logConfiguration": {"logDriver": "splunk", "options": {"awslogs-group": "no"}}},
    ],
}


def test_each_thing_that_the_files_name_is_found_once_with_the_field_that_names_it() -> None:
    found = [(each.kind, each.name, each.region) for each in named(SERVICE, DEFINITION)]

    assert found == [
        ("subnet", "subnet-1", ""),
        ("security group", "sg-1", ""),
        ("role", "ecsServiceRole", ""),
        ("role", "arn:aws:iam::1:role/ebs", ""),
        ("role", "arn:aws:iam::1:role/path/task", ""),
        ("secret", "docker", ""),
        ("secret", f"{SECRET}:password::", "eu-west-1"),
        ("parameter", "/web/b", ""),
        ("parameter", "arn:aws:ssm:eu-west-1:1:parameter/web/c", "eu-west-1"),
        ("secret", "d", ""),
        ("log group", "/ecs/web", ""),
    ]
    fields = {each.name: each.field for each in named(SERVICE, DEFINITION)}
    assert fields["/web/b"] == "containerDefinitions[web].secrets[B]"
    assert fields["arn:aws:iam::1:role/ebs"] == "volumeConfigurations[].managedEBSVolume.roleArn"
    assert fields["arn:aws:iam::1:role/path/task"] == "taskRoleArn"


def test_files_that_name_nothing_name_nothing() -> None:
    assert named({}, {}) == []
    assert named({}, {"containerDefinitions": [{"name": "web"}]}) == []


def looked(thing: Thing, around: Surroundings) -> Found:
    aws: Any = _Aws(**around.clients())
    return look(aws, thing)


class _Aws:
    region = "us-east-1"

    def __init__(self, **clients: Any) -> None:
        vars(self).update(clients)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        (SECRET, SECRET),
        (f"{SECRET}:password::", SECRET),
        (f"{SECRET}:password:AWSCURRENT:", SECRET),
        ("docker", "docker"),
    ],
)
def test_a_secret_is_asked_for_without_what_follows_its_name(name: str, asked: str) -> None:
    around = Surroundings()

    assert looked(Thing("secret", name, "f"), around).said == "exists"
    assert around.asked == [("secretsmanager", asked)]


def test_a_version_that_a_secret_has_not_is_missing() -> None:
    found = looked(Thing("secret", f"{SECRET}::AWSPENDING:", "f"), Surroundings())

    assert (found.said, found.words) == ("missing", "the secret has no version AWSPENDING")


def test_a_role_of_another_path_or_account_is_another_role() -> None:
    around = Surroundings()

    assert looked(Thing("role", "arn:aws:iam::123456789012:role/task", "f"), around).said == "exists"
    assert looked(Thing("role", "task", "f"), around).said == "exists"
    other = looked(Thing("role", "arn:aws:iam::123456789012:role/path/task", "f"), around)
    assert other.words == "the role of this name is arn:aws:iam::123456789012:role/task"


@pytest.mark.parametrize("kind", ["role", "secret", "parameter", "subnet", "security group"])
def test_it_exists_is_missing_or_may_not_be_looked_at(kind: Any) -> None:
    around, thing = Surroundings(), Thing(kind, "it", "f")
    assert looked(thing, around).said == "exists"

    around.missing = {"it"}
    assert looked(thing, around).said == "missing"
    assert looked(replace(thing, made=True), around).said == "will be made"

    around.denied = {"iam", "ec2", "ssm", "secretsmanager"}
    assert looked(thing, around).said == "not permitted to look"


def test_the_example_names_a_role_a_log_group_two_subnets_and_a_security_group() -> None:
    files = example("v2")
    kinds = [each.kind for each in named(files.service, files.task_definition)]

    assert kinds == ["subnet", "subnet", "security group", "role", "log group"]
