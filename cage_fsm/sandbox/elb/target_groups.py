"""Target groups."""

from cage_fsm.sandbox.elb.records import TargetGroup
from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World

DEFAULTS = {
    "deregistration_delay.timeout_seconds": "300",
    "stickiness.enabled": "false",
    "stickiness.type": "lb_cookie",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "slow_start.duration_seconds": "0",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
}
"""API reference, TargetGroupAttribute."""


def find(world: World, arn: str) -> TargetGroup:
    """Find a target group by ARN. TargetGroupNotFound."""
    group = world.target_groups.get(arn)
    if group is None:
        raise ApiError("TargetGroupNotFound", f"Target groups '{arn}' not found")
    return group


def describe_target_groups(world: World, params: Json) -> Json:
    """Describe target groups by ARN, name or load balancer; all of them when nothing is named."""
    arns, names = params.get("TargetGroupArns", []), params.get("Names", [])
    balancer = params.get("LoadBalancerArn")
    if balancer is not None and balancer not in world.balancers:
        raise ApiError("LoadBalancerNotFound", f"Load balancers '[{balancer}]' not found")
    found = [
        group
        for group in world.target_groups.values()
        if (not arns or group.arn in arns)
        and (not names or group.name in names)
        and (balancer is None or balancer in group.balancers)
    ]
    if len(found) < max(len(set(arns)), len(set(names))):
        raise ApiError("TargetGroupNotFound", "One or more target groups not found")
    return {"TargetGroups": [_shown(group) for group in found]}


def describe_target_group_attributes(world: World, params: Json) -> Json:
    attributes = find(world, params["TargetGroupArn"]).attributes
    return {"Attributes": [{"Key": key, "Value": value} for key, value in attributes.items()]}


def describe_tags(world: World, params: Json) -> Json:
    found = []
    for arn in params["ResourceArns"]:
        if ":targetgroup/" in arn:
            find(world, arn)
        mine = world.tags.get(arn, {})
        found.append({"ResourceArn": arn, "Tags": [{"Key": k, "Value": v} for k, v in mine.items()]})
    return {"TagDescriptions": found}


def _shown(group: TargetGroup) -> Json:
    by_http: Json = {"HealthCheckPath": group.path, "Matcher": {"HttpCode": group.matcher}}
    http = group.protocol in {"HTTP", "HTTPS"}
    return {
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "Protocol": group.protocol,
        "ProtocolVersion": "HTTP1" if http else None,
        "Port": group.port,
        "VpcId": "vpc-0a1b2c3d4e5f60001",
        "HealthCheckProtocol": group.check_protocol or group.protocol,
        "HealthCheckPort": "traffic-port",
        "HealthCheckEnabled": group.checks_enabled,
        "HealthCheckIntervalSeconds": group.interval,
        "HealthCheckTimeoutSeconds": group.timeout,
        "HealthyThresholdCount": group.healthy_threshold,
        "UnhealthyThresholdCount": group.unhealthy_threshold,
        **(by_http if group.by_http else {}),
        "LoadBalancerArns": group.balancers,
        "TargetType": group.target_type,
        "IpAddressType": "ipv4",
    }
