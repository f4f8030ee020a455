"""What ECS only names: roles, networks, secrets, parameters are there, unless somebody takes them away."""

from typing import Any

import boto3
import pytest

from cage_fsm.aws.clients import Aws, wrap
from cage_fsm.clock import VirtualClock
from cage_fsm.phases.prerequisites import Thing, look
from cage_fsm.sandbox import Cloud, attach
from cage_fsm.sandbox.wire import models

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"
THINGS = {
    "role": "arn:aws:iam::123456789012:role/task",
    "subnet": "subnet-0a1b2c3d4e5f60001",
    "security group": "sg-0a1b2c3d4e5f60001",
    "secret": SECRET,
    "parameter": "/web/key",
    "log group": "/ecs/web",
}


@pytest.fixture(scope="module")
def both() -> tuple[Aws, Cloud]:
    """Clients, which are expensive, and their cloud."""
    session, cloud = boto3.Session("test", "test", region_name="us-east-1"), Cloud(VirtualClock())
    attach(session._session, cloud)
    return wrap(session), cloud


@pytest.mark.parametrize("kind", THINGS)
def test_whatever_is_named_is_there(both: tuple[Aws, Cloud], kind: Any) -> None:
    aws, _ = both

    assert look(aws, Thing(kind, THINGS[kind], "field")).said == "exists"


@pytest.mark.parametrize("kind", [kind for kind in THINGS if kind != "log group"])
def test_what_was_taken_away_is_not(both: tuple[Aws, Cloud], kind: Any) -> None:
    aws, cloud = both
    name = f"{THINGS[kind]}-gone"
    cloud.take_away(name.rpartition("/")[2] if kind == "role" else name)

    assert look(aws, Thing(kind, name, "field")).said == "missing"


def test_an_id_that_does_not_exist_is_an_error_of_ec2(both: tuple[Aws, Cloud]) -> None:
    aws, cloud = both
    cloud.take_away("subnet-none")
    client = aws.ec2._client

    with pytest.raises(client.exceptions.ClientError, match=r"InvalidSubnetID\.NotFound"):
        client.describe_subnets(SubnetIds=["subnet-none"])
    found = client.describe_subnets(SubnetIds=["subnet-1", "subnet-2"])["Subnets"]
    assert [each["SubnetId"] for each in found] == ["subnet-1", "subnet-2"]


def test_they_are_known_by_what_their_models_say() -> None:
    for prefix, name in models.PREFIXES_AROUND.items():
        assert models.model(name).metadata["targetPrefix"] == prefix
    for version, name in models.VERSIONS_AROUND.items():
        assert models.model(name).api_version == version
