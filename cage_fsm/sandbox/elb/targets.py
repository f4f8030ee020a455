"""RegisterTargets, DeregisterTargets, DescribeTargetHealth."""

from ipaddress import AddressValueError, IPv4Address

from cage_fsm.sandbox import words
from cage_fsm.sandbox.elb import target_groups
from cage_fsm.sandbox.elb.records import Target, TargetGroup
from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.life import targets
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World


def register_targets(world: World, params: Json) -> Json:
    """Register targets by Id and Port, by default the group's; a registered one stays as it is.

    An address whose deregistration delay is not over is refused (ELB user guide, "Register targets":
    one must wait for the delay before registering the same IP address again).
    """
    group = target_groups.find(world, params["TargetGroupArn"])
    wanted = [_named(group, each) for each in params["Targets"]]
    for address, port in wanted:
        _check(world, group, address, port)
    for address, port in wanted:
        targets.register(world, group, address, port)
    return {}


def deregister_targets(world: World, params: Json) -> Json:
    """Deregister targets; one that is not registered is no mistake (API reference, DeregisterTargets)."""
    group = target_groups.find(world, params["TargetGroupArn"])
    for address, port in [_named(group, each) for each in params["Targets"]]:
        targets.deregister(world, group, address, port)
    return {}


def describe_target_health(world: World, params: Json) -> Json:
    """Describe all targets, or those that are named, registered or not."""
    group = target_groups.find(world, params["TargetGroupArn"])
    if "Targets" not in params:
        return {"TargetHealthDescriptions": [_shown(target) for target in group.targets.values()]}
    named = [_named(group, each) for each in params["Targets"]]
    found = [group.targets.get(f"{address}:{port}") or _absent(address, port) for address, port in named]
    return {"TargetHealthDescriptions": [_shown(target) for target in found]}


def _named(group: TargetGroup, target: Json) -> tuple[str, int]:
    return target["Id"], target.get("Port", group.port)


def _check(world: World, group: TargetGroup, address: str, port: int) -> None:
    if group.target_type == "instance":
        if not any(each.ec2_id == address for each in world.instances.values()):
            raise ApiError("InvalidTarget", words.not_an_instance(address))
        return
    try:
        IPv4Address(address)
    except AddressValueError:
        raise ApiError("ValidationError", f"The IP address '{address}' is not a valid IPv4 address") from None
    before = group.targets.get(f"{address}:{port}")
    if before is not None and before.state == "draining":
        raise ApiError("InvalidTarget", words.still_draining(address))


def _absent(address: str, port: int) -> Target:
    target = Target(address, port, 0)
    targets.show(target, "unused", "Target.NotRegistered", "Target is not registered to the target group")
    return target


def _shown(target: Target) -> Json:
    return {
        "Target": {"Id": target.id, "Port": target.port},
        "HealthCheckPort": str(target.port),
        "TargetHealth": {"State": target.state, "Reason": target.reason, "Description": target.description},
    }
