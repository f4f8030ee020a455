"""Who one is: anybody, since credentials are not looked at."""

from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World

_SHORTEST, _LONGEST = 900, 43200


def get_caller_identity(world: World, _params: Json) -> Json:
    return {"UserId": "AIDASANDBOXSANDBOX000", "Account": world.account, "Arn": world.caller}


def assume_role(world: World, params: Json) -> Json:
    """Hand out credentials that nobody checks; they expire after DurationSeconds, 3600 by default."""
    arn, session = params["RoleArn"], params["RoleSessionName"]
    seconds = params.get("DurationSeconds", 3600)
    if not _SHORTEST <= seconds <= _LONGEST:
        raise ApiError("ValidationError", "DurationSeconds must be between 900 and 43200.")
    if ":role/" not in arn:
        raise ApiError("ValidationError", f"{arn} is invalid")
    name = arn.rsplit("/", 1)[-1]
    assumed = f"arn:aws:sts::{arn.split(':')[4]}:assumed-role/{name}/{session}"
    return {
        "Credentials": {
            "AccessKeyId": f"ASIA{world.hex(16).upper()}",
            "SecretAccessKey": world.hex(40),
            "SessionToken": world.hex(64),
            "Expiration": world.now + seconds,
        },
        "AssumedRoleUser": {"AssumedRoleId": f"AROA{world.hex(16).upper()}:{session}", "Arn": assumed},
        "PackedPolicySize": 0,
    }
