"""Services: made, changed, deleted."""

import json

from cage_fsm.sandbox import seen
from cage_fsm.sandbox.ecs import lookup, service_rules, tags
from cage_fsm.sandbox.ecs.service_view import shown
from cage_fsm.sandbox.errors import invalid
from cage_fsm.sandbox.life import deployments
from cage_fsm.sandbox.life.capacity import FARGATE
from cage_fsm.sandbox.life.poke import poke
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.service_records import Service
from cage_fsm.sandbox.world import World

_MOST_TASKS = 5000
"""Tasks of one service (service quotas of ECS)."""


def create_service(world: World, params: Json) -> Json:
    """Make a service and start its first deployment."""
    return {"service": shown(world, made(world, params), answering=True)}


def made(world: World, params: Json) -> Service:
    """Make a service as CreateService does."""
    cluster = lookup.active_cluster(world, params)
    arn = lookup.service_arn(world, cluster.name, params["serviceName"])
    asked = json.dumps(params, sort_keys=True)
    before = world.services.get(arn)
    if before is not None and "clientToken" in params and before.asked == asked and before.status == "ACTIVE":
        return before
    service_rules.check_name(world, arn)
    service_rules.check_controller(params)
    if "taskDefinition" not in params:
        raise invalid("TaskDefinition can not be blank.")
    definition = lookup.runnable(world, params["taskDefinition"])
    service_rules.check_request(definition, params)
    configuration = service_rules.deployment_configuration(params.get("deploymentConfiguration", {}))
    service = Service(
        arn=arn,
        name=params["serviceName"],
        cluster=cluster.name,
        desired=_count(params.get("desiredCount", 1)),
        definition=definition.arn,
        settings=service_rules.settings(world, cluster, definition, params),
        options=service_rules.options(params) | {"deploymentConfiguration": configuration},
        created_at=world.now,
        created_by=world.caller,
        asked=asked,
    )
    world.tags[arn] = tags.checked(params.get("tags", []))
    world.services[arn] = service
    deployments.begin(world, service)
    return service


def update_service(world: World, params: Json) -> Json:
    """Change a service; a new deployment starts when what its tasks are made of changes, or on force."""
    service = lookup.service(world, params)
    service_rules.check_controller(params)
    seen.check_update(service, params)
    before = shown(world, service)
    cluster = world.clusters[service.cluster]
    definition = lookup.runnable(world, params.get("taskDefinition", service.definition))
    settings = service_rules.settings(world, cluster, definition, _merged(service, params))
    service_rules.check_strategy(service, settings, params)
    configuration = service_rules.deployment_configuration(
        params.get("deploymentConfiguration", {}), service.configuration
    )
    service.desired = _count(params.get("desiredCount", service.desired))
    service.options |= service_rules.options(params) | {"deploymentConfiguration": configuration}
    changed = any(settings.get(key) != service.settings.get(key) for key in service_rules.DEPLOYS)
    fresh = definition.arn != service.definition or changed or params.get("forceNewDeployment", False)
    service.settings, service.definition = settings, definition.arn
    if fresh:
        deployments.begin(world, service)
    poke(world, service.arn)
    if world.timings.service_lag:
        service.stale, service.stale_until = before, world.now + world.timings.service_lag
    return {"service": shown(world, service, answering=True)}


def delete_service(world: World, params: Json) -> Json:
    """Delete a service: DRAINING until its tasks have stopped, then INACTIVE.

    One that is DRAINING is answered as it is (aws/aws-cli#1334).
    """
    draining = lookup.known_service(world, params)
    if draining is not None and draining.status == "DRAINING":
        return {"service": shown(world, draining, answering=True)}
    service = lookup.service(world, params)
    if service.desired > 0 and not params.get("force", False):
        raise invalid("The service cannot be stopped while it is scaled above 0.")
    service.status, service.desired = "DRAINING", 0
    poke(world, service.arn)
    return {"service": shown(world, service, answering=True)}


def _merged(service: Service, params: Json) -> Json:
    """Lay the changes of a request over a service's settings; without a strategy its launch type is back."""
    merged = service.settings | params
    if merged.get("capacityProviderStrategy"):
        merged.pop("launchType", None)
    elif params.get("capacityProviderStrategy") == []:
        merged["launchType"] = json.loads(service.asked).get("launchType", "EC2")
    strategy = params.get("capacityProviderStrategy", [])
    if "platformVersion" not in params and any(each["capacityProvider"] not in FARGATE for each in strategy):
        merged.pop("platformVersion", None)
    return merged


def _count(number: int) -> int:
    if not 0 <= number <= _MOST_TASKS:
        raise invalid("Invalid desiredCount: it must be between 0 and 5000.")
    return number
