"""Roles, networks, secrets, parameters and log groups, asked of clouds that are not ours."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from cage_fsm.aws.clients import Aws, wrap
from cage_fsm.phases.prerequisites import Kind, Thing, look

PREFIX = "arn:aws:ssm:us-east-1:123456789012:parameter"


@pytest.fixture(scope="module")
def names() -> Iterator[tuple[Aws, dict[str, str]]]:
    """A cloud with one thing of each kind, and what they are called."""
    with mock_aws():
        session = boto3.Session("a", "b", region_name="us-east-1")
        role = session.client("iam").create_role(
            RoleName="task", AssumeRolePolicyDocument="{}", Path="/team/"
        )
        ec2 = session.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
        secrets = session.client("secretsmanager")
        secret = secrets.create_secret(Name="db", SecretString="{}")["ARN"]
        secrets.create_secret(Name="old", SecretString="{}")
        secrets.delete_secret(SecretId="old")
        session.client("ssm").put_parameter(Name="/web/key", Value="x", Type="String")
        for name in ("/ecs/web-2", "/ecs/web"):
            session.client("logs").create_log_group(logGroupName=name)
        yield (
            wrap(session),
            {"role": role["Role"]["Arn"], "subnet": subnet, "security group": group, "secret": secret},
        )


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("role", "{role}", "exists"),
        ("role", "task", "exists"),
        ("role", "arn:aws:iam::123456789012:role/task", "missing"),
        ("role", "none", "missing"),
        ("subnet", "{subnet}", "exists"),
        ("subnet", "subnet-0", "missing"),
        ("security group", "{security group}", "exists"),
        ("security group", "sg-0", "missing"),
        ("secret", "{secret}", "exists"),
        ("secret", "{secret}:key:AWSCURRENT:", "exists"),
        ("secret", "{secret}::AWSPENDING:", "missing"),
        ("secret", "db", "exists"),
        ("secret", "none", "missing"),
        ("secret", "old", "missing"),
        ("parameter", "/web/key", "exists"),
        ("parameter", f"{PREFIX}/web/key", "exists"),
        ("parameter", "/web", "missing"),
        ("log group", "/ecs/web", "exists"),
        ("log group", "/ecs/we", "missing"),
    ],
)
def test_it_is_there_or_not(names: tuple[Aws, dict[str, str]], kind: Kind, name: str, said: str) -> None:
    aws, called = names

    assert look(aws, Thing(kind, name.format(**called), "field")).said == said
