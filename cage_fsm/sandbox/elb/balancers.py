"""Load balancers, listeners, rules."""

from cage_fsm.sandbox.elb.records import Listener, LoadBalancer
from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.life.network import subnet_of
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World


def describe_load_balancers(world: World, params: Json) -> Json:
    arns, names = params.get("LoadBalancerArns", []), params.get("Names", [])
    everything = list(world.balancers.values())
    found = [b for b in everything if b.arn in arns or b.name in names] if arns or names else everything
    missing = [n for n in (*arns, *names) if n not in {key for b in found for key in (b.arn, b.name)}]
    if missing:
        raise ApiError("LoadBalancerNotFound", f"Load balancers '{missing}' not found")
    return {"LoadBalancers": [_shown(world, balancer) for balancer in found]}


def describe_listeners(world: World, params: Json) -> Json:
    arns, balancer = params.get("ListenerArns", []), params.get("LoadBalancerArn")
    if not arns and balancer is None:
        raise ApiError("ValidationError", "You must specify either listener ARNs or a load balancer ARN")
    if balancer is not None and balancer not in world.balancers:
        raise ApiError("LoadBalancerNotFound", f"Load balancers '[{balancer}]' not found")
    found = [each for each in world.listeners.values() if each.arn in arns or each.balancer == balancer]
    if len(found) < len(arns):
        raise ApiError("ListenerNotFound", "One or more listeners not found")
    return {"Listeners": [_listener(listener) for listener in found]}


def describe_rules(world: World, params: Json) -> Json:
    """Describe rules: here each listener has its default rule only."""
    arn, rules = params.get("ListenerArn"), params.get("RuleArns", [])
    if arn is not None and arn not in world.listeners:
        raise ApiError("ListenerNotFound", "One or more listeners not found")
    everything = {_rule_arn(each): each for each in world.listeners.values()}
    chosen = rules or [_rule_arn(world.listeners[arn])] if arn is not None else rules
    if any(rule not in everything for rule in chosen):
        raise ApiError("RuleNotFound", "One or more rules not found")
    return {"Rules": [_rule(everything[rule]) for rule in chosen]}


def _shown(world: World, balancer: LoadBalancer) -> Json:
    zones = [{"SubnetId": s, "ZoneName": subnet_of(world, s).zone} for s in balancer.subnets]
    return {
        "LoadBalancerArn": balancer.arn,
        "LoadBalancerName": balancer.name,
        "DNSName": f"{balancer.name}-1234567890.{world.region}.elb.amazonaws.com",
        "CanonicalHostedZoneId": "Z35SXDOTRQ7X7K",
        "CreatedTime": balancer.created_at,
        "Scheme": "internet-facing",
        "VpcId": "vpc-0a1b2c3d4e5f60001",
        "State": {"Code": "active"},
        "Type": balancer.kind,
        "AvailabilityZones": zones,
        "SecurityGroups": balancer.security_groups,
        "IpAddressType": "ipv4",
    }


def _actions(listener: Listener) -> list[Json]:
    weighted = [{"TargetGroupArn": arn, "Weight": 1} for arn in listener.target_groups]
    action: Json = {"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": weighted}}
    if len(weighted) == 1:
        action["TargetGroupArn"] = listener.target_groups[0]
    return [action]


def _listener(listener: Listener) -> Json:
    return {
        "ListenerArn": listener.arn,
        "LoadBalancerArn": listener.balancer,
        "Port": listener.port,
        "Protocol": listener.protocol,
        "DefaultActions": _actions(listener),
    }


def _rule_arn(listener: Listener) -> str:
    return listener.arn.replace(":listener/", ":listener-rule/") + "/0000000000000001"


def _rule(listener: Listener) -> Json:
    return {
        "RuleArn": _rule_arn(listener),
        "Priority": "default",
        "Conditions": [],
        "Actions": _actions(listener),
        "IsDefault": True,
    }
