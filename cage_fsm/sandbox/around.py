"""What stands around ECS: roles, networks, secrets, parameters. Whatever is asked for by name is there.

Except what `World.missing` names, as every image is there that no scenario names.
"""

from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World

_SINCE = 1.6e9
"""When all of this was made, in seconds since 1970."""


def get_role(world: World, params: Json) -> Json:
    """Get a role, which has no path."""
    name = params["RoleName"]
    if name in world.missing:
        raise ApiError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
    arn = f"arn:aws:iam::{world.account}:role/{name}"
    role_id = "AROASANDBOXSANDBOX000"
    return {
        "Role": {"Path": "/", "RoleName": name, "RoleId": role_id, "Arn": arn, "CreateDate": _SINCE},
    }


def describe_subnets(world: World, params: Json) -> Json:
    """List those subnets that are asked for, by id or filter."""
    found = _asked(world, params, "SubnetIds", "subnet-id", "InvalidSubnetID.NotFound")
    return {"Subnets": [{"SubnetId": each, "VpcId": "vpc-0a1b2c3d4e5f60001"} for each in found]}


def describe_security_groups(world: World, params: Json) -> Json:
    """List those security groups that are asked for, by id or filter."""
    found = _asked(world, params, "GroupIds", "group-id", "InvalidGroup.NotFound")
    return {"SecurityGroups": [{"GroupId": each, "GroupName": each} for each in found]}


def describe_secret(world: World, params: Json) -> Json:
    """Describe a secret by name or ARN."""
    named = params["SecretId"]
    name = named.rpartition(":secret:")[2] or named
    if {named, name} & world.missing:
        raise ApiError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    arn = named if named.startswith("arn:") else world.arn("secretsmanager", f"secret:{name}-AbCdEf")
    stages = {"00000000-0000-4000-8000-000000000000": ["AWSCURRENT"]}
    return {"ARN": arn, "Name": name, "VersionIdsToStages": stages}


def get_parameters(world: World, params: Json) -> Json:
    """Get parameters by name or ARN."""
    missing = [each for each in params["Names"] if each in world.missing]
    found = [each for each in params["Names"] if each not in world.missing]
    shown = [{"Name": each, "Type": "String", "Value": "sandbox", "Version": 1} for each in found]
    return {"Parameters": shown, "InvalidParameters": missing}


def _asked(world: World, params: Json, ids: str, filtered: str, unknown: str) -> list[str]:
    """What exists of the ids that a call of EC2 names; only a filter passes over one that does not."""
    asked = params.get(ids, [])
    if missing := [each for each in asked if each in world.missing]:
        raise ApiError(unknown, f"The ID '{missing[0]}' does not exist")
    chosen = (each.get("Values", []) for each in params.get("Filters", []) if each.get("Name") == filtered)
    return [*asked, *(each for values in chosen for each in values if each not in world.missing)]
