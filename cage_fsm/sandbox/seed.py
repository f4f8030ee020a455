"""A world to begin with: a service that runs, and everything around it."""

import copy

from cage_fsm.sandbox.cloud import Cloud
from cage_fsm.sandbox.ecs import definitions, services
from cage_fsm.sandbox.elb.records import Listener, LoadBalancer, TargetGroup
from cage_fsm.sandbox.elb.target_groups import DEFAULTS
from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.life import deployments, scheduler, targets, tasks
from cage_fsm.sandbox.life.network import subnet_of
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.service_records import Service
from cage_fsm.sandbox.wire.coerce import coerce
from cage_fsm.sandbox.wire.models import model
from cage_fsm.sandbox.world import World

_AGE = 3600.0
"""Seconds since the seeded service became steady."""


def seed_service(
    cloud: Cloud,
    service_json: Json,
    task_definition: Json,
    *,
    image_tag: str = "previous",
    health_check_interval: int = 5,
    healthy_threshold: int = 2,
    unhealthy_threshold: int = 2,
    deregistration_delay: int = 30,
) -> None:
    """Make the service of `service_json`, running an older revision, steady for an hour.

    Cluster, subnets, target groups with a load balancer and a listener come into being where they are
    named. The images of `task_definition` get the tag `image_tag`. Times are in seconds.
    ValueError: the service is of a kind that does not exist here.
    """
    seed_surroundings(
        cloud,
        service_json,
        health_check_interval=health_check_interval,
        healthy_threshold=healthy_threshold,
        unhealthy_threshold=unhealthy_threshold,
        deregistration_delay=deregistration_delay,
    )
    world = cloud.world
    now, world.now = world.now, world.now - _AGE
    try:
        _settle_in(world, _made(world, service_json, _older(task_definition, image_tag)))
    except ApiError as error:
        raise ValueError(f"ECS would refuse this service: {error.message}") from error
    finally:
        world.now = now
    cloud.settle()


def seed_surroundings(
    cloud: Cloud,
    service_json: Json,
    *,
    health_check_interval: int = 5,
    healthy_threshold: int = 2,
    unhealthy_threshold: int = 2,
    deregistration_delay: int = 30,
) -> None:
    """Make what a service needs before it can be created: cluster, subnets, target groups, ALB."""
    _refuse_other_kinds(service_json)
    if health_check_interval < 1:
        raise ValueError(f"health_check_interval must be at least 1 second, not {health_check_interval}")
    cloud.settle()
    world = cloud.world
    cloud.add_cluster(service_json.get("cluster", "default").rsplit("/", 1)[-1])
    network = service_json.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    for subnet in network.get("subnets", []):
        subnet_of(world, subnet)
    attributes = DEFAULTS | {"deregistration_delay.timeout_seconds": str(deregistration_delay)}
    for entry in service_json.get("loadBalancers", []):
        arn = entry["targetGroupArn"]
        if arn in world.target_groups:
            continue
        name = arn.split("/")[-2]
        world.target_groups[arn] = TargetGroup(
            arn=arn,
            name=name,
            port=entry["containerPort"],
            balancers=[_balancer(world, name, arn, network)],
            interval=health_check_interval,
            timeout=max(2, min(5, health_check_interval - 1)),
            healthy_threshold=healthy_threshold,
            unhealthy_threshold=unhealthy_threshold,
            attributes=dict(attributes),
        )


def _refuse_other_kinds(service: Json) -> None:
    if service.get("launchType", "FARGATE") != "FARGATE":
        raise ValueError(f"the sandbox has no {service['launchType']} container instances yet: FARGATE only")
    for entry in service.get("loadBalancers", []):
        if "targetGroupArn" not in entry:
            raise ValueError("the sandbox has no Classic Load Balancers: give a targetGroupArn")


def _older(task_definition: Json, image_tag: str) -> Json:
    older = copy.deepcopy(task_definition)
    for container in older["containerDefinitions"]:
        head, slash, last = container["image"].partition("@")[0].rpartition("/")
        container["image"] = f"{head}{slash}{last.partition(':')[0]}:{image_tag}"
    return older


def _made(world: World, service_json: Json, task_definition: Json) -> Service:
    document = _checked("RegisterTaskDefinition", task_definition)
    arn = definitions.register_task_definition(world, document)["taskDefinition"]["taskDefinitionArn"]
    world.definitions[arn].spared = True
    request = {key: value for key, value in service_json.items() if key != "clientToken"}
    return services.made(world, _checked("CreateService", request | {"taskDefinition": arn}))


def _checked(operation: str, params: Json) -> Json:
    shape = model("ecs").operation_model(operation).input_shape
    checked: Json = coerce(shape, params, "", "InvalidParameterException")
    return checked


def _balancer(world: World, name: str, group: str, network: Json) -> str:
    number = world.hex(16)
    arn = world.arn("elasticloadbalancing", f"loadbalancer/app/{name}/{number}")
    subnets, security = network.get("subnets", []), network.get("securityGroups", [])
    world.balancers[arn] = LoadBalancer(arn, name, subnets, security, world.now)
    listener = world.arn("elasticloadbalancing", f"listener/app/{name}/{number}/{world.hex(16)}")
    world.listeners[listener] = Listener(listener, arn, 80, [group])
    return arn


def _settle_in(world: World, service: Service) -> None:
    """Skip the first deployment: its tasks are there, healthy, and it is over."""
    for _ in range(service.desired):
        task = scheduler.launch(world, service)
        world.tasks[task.arn] = task
        task.proven, task.interface.status = True, "ATTACHED"
        task.connected_at = task.pull_started_at = task.pull_stopped_at = world.now
        tasks.run(world, task)
        for container in task.containers:
            if container.health_check is not None:
                container.health = "HEALTHY"
    for entry in service.load_balancers:
        for target in world.target_groups[entry["targetGroupArn"]].targets.values():
            targets.show(target, "healthy")
    rollout = service.rollouts[0]
    rollout.status, rollout.started_at = "IN_PROGRESS", world.now
    deployments.complete(world, service)
