"""What may befall a call, whatever it asks for."""

import json

from cage_fsm.sandbox.errors import ApiError, Dropped
from cage_fsm.sandbox.operations import mutates
from cage_fsm.sandbox.wire.read import Call
from cage_fsm.sandbox.world import World

_DENIED = {
    "denied-deployments": {"ListServiceDeployments", "DescribeServiceDeployments"},
    "denied-cleanup": {"StopTask", "DeregisterTargets"},
    "denied-logs": {"GetLogEvents"},
}
_PREFIXES = {"elbv2": "elasticloadbalancing"}
_HANGS_SECONDS = 60
_SHARES = {"throttling": 0.3, "server-errors": 0.1, "resets": 0.1}
_THROTTLED = {"ecs": "ThrottlingException", "ecr": "ThrottlingException", "logs": "ThrottlingException"}
_BROKEN = {"ecs": "ServerException", "ecr": "ServerException", "logs": "ServiceUnavailableException"}


def before(world: World, call: Call) -> None:
    """End a call before it does anything, when that is its fate."""
    _planned(world, call)
    if any(call.operation in operations for name, operations in _DENIED.items() if name in world.scenarios):
        raise _denied(world, call)
    if "hangs" in world.scenarios:
        raise Dropped(applied=False, seconds=_HANGS_SECONDS)
    if _befalls(world, "resets"):
        raise Dropped(applied=False)
    if _befalls(world, "throttling") or "throttled-everything" in world.scenarios:
        raise ApiError(_THROTTLED.get(call.service, "Throttling"), "Rate exceeded")
    if _befalls(world, "server-errors"):
        raise ApiError(
            _BROKEN.get(call.service, "InternalFailure"), "Service Unavailable. Please try again later.", 500
        )


def after(world: World, call: Call) -> None:
    """Lose an answer after the effect, when that is its fate."""
    if "lost-answers" not in world.scenarios or not mutates(call.operation):
        return
    key = call.operation + json.dumps(call.params, sort_keys=True)
    if key not in world.lost:
        world.lost.add(key)
        raise Dropped(applied=True)


def _planned(world: World, call: Call) -> None:
    fault = next((f for f in world.planned if f.operation == call.operation), None)
    if fault is None:
        return
    fault.times -= 1
    if fault.times <= 0:
        world.planned.remove(fault)
    raise ApiError(fault.code, fault.message)


def _befalls(world: World, scenario: str) -> bool:
    return scenario in world.scenarios and world.chance(_SHARES[scenario])


def _denied(world: World, call: Call) -> ApiError:
    action = f"{_PREFIXES.get(call.service, call.service)}:{call.operation}"
    return ApiError(
        "AccessDenied" if call.service == "elbv2" else "AccessDeniedException",
        f"User: {world.caller} is not authorized to perform: {action} on resource: * "
        f"because no identity-based policy allows the {action} action",
    )
