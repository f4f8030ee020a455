"""DescribeCapacityProviders."""

from cage_fsm.sandbox.ecs import lookup
from cage_fsm.sandbox.ecs.paging import page
from cage_fsm.sandbox.life.capacity import FARGATE
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World


def describe_capacity_providers(world: World, params: Json) -> Json:
    """Describe capacity providers: Fargate's two, and those of one's own. Managed scaling is off."""
    known = {name: _shown(world, name) for name in (*FARGATE, *world.providers)}
    wanted = [lookup.last_part(named) for named in params.get("capacityProviders", [])] or list(known)
    missing = [
        {"arn": world.arn("ecs", f"capacity-provider/{name}"), "reason": "MISSING"}
        for name in wanted
        if name not in known
    ]
    found = page(params, [known[name] for name in wanted if name in known], "capacityProviders")
    return found | {"failures": missing}


def _shown(world: World, name: str) -> Json:
    answer: Json = {
        "capacityProviderArn": world.arn("ecs", f"capacity-provider/{name}"),
        "name": name,
        "status": "ACTIVE",
        "tags": [],
    }
    if name not in world.providers:
        return answer
    provider = world.providers[name]
    return answer | {
        "capacityProviderArn": provider.arn,
        "autoScalingGroupProvider": {
            "autoScalingGroupArn": provider.group,
            "managedScaling": {"status": "DISABLED"},
            "managedTerminationProtection": "DISABLED",
        },
    }
