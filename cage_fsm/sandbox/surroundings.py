"""What a service needs before it can be created."""

from typing import Literal, TypeAlias

from cage_fsm.sandbox.cloud import Cloud
from cage_fsm.sandbox.elb.records import Listener, LoadBalancer, TargetGroup
from cage_fsm.sandbox.elb.target_groups import DEFAULTS
from cage_fsm.sandbox.life import alarms, hosts, placement
from cage_fsm.sandbox.life.capacity import FARGATE
from cage_fsm.sandbox.life.network import subnet_of
from cage_fsm.sandbox.life.platform import mode
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World

BalancerKind: TypeAlias = Literal["application", "network"]


def seed_surroundings(
    cloud: Cloud,
    service_json: Json,
    *,
    health_check_interval: int = 5,
    healthy_threshold: int = 2,
    unhealthy_threshold: int = 2,
    deregistration_delay: int = 30,
    task_definition: Json | None = None,
    instances: int = 2,
    load_balancer: BalancerKind = "application",
) -> None:
    """Make what a service needs before it can be created: cluster, subnets, hosts, alarms, target groups.

    EC2 gets `instances` container instances, in the capacity provider that is named. Each target group
    gets a load balancer and a listener; its type follows the network mode.
    """
    if health_check_interval < 1:
        raise ValueError(f"health_check_interval must be at least 1 second, not {health_check_interval}")
    world, network = cloud.world, _place(cloud, service_json, task_definition, instances)
    own_address = bool(network) if task_definition is None else mode(task_definition) == "awsvpc"
    wanted = [
        (arn, e["containerPort"]) for e in service_json.get("loadBalancers", []) for arn in _groups_of(e)
    ]
    for arn, port in wanted:
        if arn in world.target_groups:
            continue
        world.target_groups[arn] = TargetGroup(
            arn=arn,
            name=arn.split("/")[-2],
            port=port,
            balancers=[_balancer(world, arn, network, load_balancer)],
            interval=health_check_interval,
            timeout=max(2, min(5, health_check_interval - 1)),
            healthy_threshold=healthy_threshold,
            unhealthy_threshold=unhealthy_threshold,
            attributes=DEFAULTS | {"deregistration_delay.timeout_seconds": str(deregistration_delay)},
            protocol="HTTP" if load_balancer == "application" else "TCP",
            target_type="ip" if own_address else "instance",
        )


def _place(cloud: Cloud, service_json: Json, definition: Json | None, instances: int) -> Json:
    """Make cluster, subnets, hosts and alarms; return the awsvpcConfiguration."""
    if service_json.get("launchType") == "EXTERNAL":
        raise ValueError("the sandbox has no EXTERNAL instances: FARGATE and EC2 only")
    cloud.settle()
    cluster = service_json.get("cluster", "default").rsplit("/", 1)[-1]
    cloud.add_cluster(cluster)
    network: Json = service_json.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    for subnet in network.get("subnets", []):
        subnet_of(cloud.world, subnet)
    _hosts(cloud.world, cluster, service_json, definition, instances)
    for alarm in service_json.get("deploymentConfiguration", {}).get("alarms", {}).get("alarmNames", []):
        alarms.put(cloud.world, alarm)
    return network


def _hosts(world: World, cluster: str, service: Json, definition: Json | None, count: int) -> None:
    """Make container instances for a service that needs them, unless its cluster has some."""
    strategy = service.get("capacityProviderStrategy", [])
    own = [item["capacityProvider"] for item in strategy if item["capacityProvider"] not in FARGATE]
    if not strategy and "launchType" not in service and _fargate_by_default(world, cluster, definition):
        return
    if not own and (strategy or service.get("launchType", "EC2") != "EC2"):
        return
    subnets = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).get("subnets", [])
    zones: list[str | None] = [subnet_of(world, subnet).zone for subnet in subnets] or [None]
    for provider in own or [None]:
        if provider is not None:
            hosts.provide(world, cluster, provider)
        if not any(placement.members(world, cluster, provider)):
            for number in range(count):
                hosts.add(world, cluster, zone=zones[number % len(zones)], provider=provider)


def _fargate_by_default(world: World, cluster: str, definition: Json | None) -> bool:
    """Give the cluster a default strategy for a service that says neither launch type nor strategy."""
    found = world.clusters[cluster]
    if definition is not None and "FARGATE" not in definition.get("requiresCompatibilities", []):
        return False
    if not found.default_strategy:
        found.default_strategy = [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
    return True


def _groups_of(entry: Json) -> list[str]:
    """List the target groups of an entry of loadBalancers; a Classic Load Balancer has none."""
    advanced = entry.get("advancedConfiguration", {})
    found = (entry.get("targetGroupArn"), advanced.get("alternateTargetGroupArn"))
    return [arn for arn in found if arn is not None]


def _balancer(world: World, group: str, network: Json, kind: BalancerKind) -> str:
    name, number = group.split("/")[-2], world.hex(16)
    short = "app" if kind == "application" else "net"
    arn = world.arn("elasticloadbalancing", f"loadbalancer/{short}/{name}/{number}")
    subnets, security = network.get("subnets", []), network.get("securityGroups", [])
    world.balancers[arn] = LoadBalancer(arn, name, subnets, security, world.now, kind)
    listener = world.arn("elasticloadbalancing", f"listener/{short}/{name}/{number}/{world.hex(16)}")
    protocol = "HTTP" if kind == "application" else "TCP"
    world.listeners[listener] = Listener(listener, arn, 80, [group], protocol)
    return arn
