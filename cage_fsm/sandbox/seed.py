"""A world to begin with: a service that runs, and everything around it."""

import copy

from cage_fsm.sandbox import seen
from cage_fsm.sandbox.cloud import Cloud
from cage_fsm.sandbox.ecs import definitions, services
from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.life import deployments, scheduler, targets, tasks
from cage_fsm.sandbox.life.launching import Refused
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.service_records import Service
from cage_fsm.sandbox.surroundings import BalancerKind, seed_surroundings
from cage_fsm.sandbox.wire.coerce import coerce
from cage_fsm.sandbox.wire.models import model
from cage_fsm.sandbox.world import World

__all__ = ["seed_service", "seed_surroundings"]

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
    instances: int = 2,
    load_balancer: BalancerKind = "application",
) -> None:
    """Make the service of `service_json`, running an older revision, steady for an hour.

    What `seed_surroundings` makes comes first. Images get the tag `image_tag`; times are in seconds.
    What ECS does not roll (CODE_DEPLOY, DAEMON, …) is there to be seen only. ValueError: ECS would refuse it.
    """
    seed_surroundings(
        cloud,
        service_json,
        health_check_interval=health_check_interval,
        healthy_threshold=healthy_threshold,
        unhealthy_threshold=unhealthy_threshold,
        deregistration_delay=deregistration_delay,
        task_definition=task_definition,
        instances=instances,
        load_balancer=load_balancer,
    )
    world = cloud.world
    now, world.now = world.now, world.now - _AGE
    try:
        service = _made(world, seen.plain(world, service_json), _older(task_definition, image_tag))
        _settle_in(world, service)
        seen.dress(service, service_json)
    except ApiError as error:
        raise ValueError(f"ECS would refuse this service: {error.message}") from error
    finally:
        world.now = now
    cloud.settle()


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


def _settle_in(world: World, service: Service) -> None:
    """Skip the first deployment: its tasks are there, healthy, and it is over."""
    for _ in range(service.desired):
        task = scheduler.another(world, service)
        if isinstance(task, Refused):
            raise ValueError(f"the service {service.name} {task.event}")  # noqa: TRY004 - no wrong type
        tasks.settle(world, task)
        for container in task.containers:
            if container.health_check is not None:
                container.health = "HEALTHY"
    for entry in service.load_balancers:
        group = world.target_groups.get(entry.get("targetGroupArn", ""))
        for target in group.targets.values() if group is not None else ():
            targets.show(target, "healthy")
    rollout = service.rollouts[0]
    rollout.status, rollout.started_at = "IN_PROGRESS", world.now
    deployments.complete(world, service)
