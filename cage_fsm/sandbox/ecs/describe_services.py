"""DescribeServices, ListServices."""

from cage_fsm.sandbox.ecs import lookup
from cage_fsm.sandbox.ecs.paging import page
from cage_fsm.sandbox.ecs.service_view import shown
from cage_fsm.sandbox.errors import invalid
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World

_MOST = 10


def describe_services(world: World, params: Json) -> Json:
    """Describe services; soon after an update the answer may be the one from before."""
    cluster = lookup.cluster(world, params)
    if not params["services"]:
        raise invalid("Services cannot be empty.")
    if len(params["services"]) > _MOST:
        raise invalid("Services cannot have more than 10 elements.")
    found, failures = [], []
    for named in params["services"]:
        arn = lookup.service_arn(world, cluster.name, named)
        service = world.services.get(arn)
        if service is None:
            failures.append({"arn": arn, "reason": "MISSING"})
        elif service.stale is not None and world.now < service.stale_until:
            found.append(service.stale)
        else:
            found.append(shown(world, service, with_tags="TAGS" in params.get("include", [])))
    return {"services": found, "failures": failures}


def list_services(world: World, params: Json) -> Json:
    cluster = lookup.cluster(world, params)
    wanted = params.get("launchType")
    found = [
        service.arn
        for service in world.services.values()
        if service.cluster == cluster.name
        and service.status != "INACTIVE"
        and wanted in {None, service.settings["launchType"]}
    ]
    return page({"maxResults": 10, **params}, found, "serviceArns")
