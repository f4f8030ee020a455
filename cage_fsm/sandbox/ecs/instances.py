"""ListContainerInstances, DescribeContainerInstances."""

from cage_fsm.sandbox.ecs import lookup, placement_rules
from cage_fsm.sandbox.ecs.paging import page
from cage_fsm.sandbox.errors import invalid
from cage_fsm.sandbox.instance_records import Instance
from cage_fsm.sandbox.life import expressions, placement
from cage_fsm.sandbox.life.tasks import STARTING
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World

_MOST = 100


def list_container_instances(world: World, params: Json) -> Json:
    """List container instances by status and by a filter in the cluster query language."""
    cluster = lookup.cluster(world, params)
    wanted, expression = params.get("status"), params.get("filter")
    if expression is not None:
        placement_rules.check_expression(expression)
    found = []
    for instance in world.instances.values():
        if instance.cluster != cluster.name or wanted not in {None, instance.status}:
            continue
        facts = placement.facts(instance, placement.rest(world, instance).tasks)
        if expression is None or expressions.holds(expression, facts):
            found.append(instance.arn)
    return page(params, found, "containerInstanceArns")


def describe_container_instances(world: World, params: Json) -> Json:
    """Describe container instances by id or ARN; unknown ones, EC2 ids among them, are MISSING."""
    cluster = lookup.cluster(world, params)
    if not params["containerInstances"]:
        raise invalid("Container instances cannot be empty.")
    if len(params["containerInstances"]) > _MOST:
        raise invalid("Container instances cannot have more than 100 elements.")
    mine = {i.id: i for i in world.instances.values() if i.cluster == cluster.name}
    found, failures = [], []
    for named in params["containerInstances"]:
        instance = mine.get(lookup.last_part(named))
        if instance is None:
            arn = world.arn("ecs", f"container-instance/{cluster.name}/{lookup.last_part(named)}")
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(_shown(world, instance))
    return {"containerInstances": found, "failures": failures}


def _shown(world: World, instance: Instance) -> Json:
    left = placement.rest(world, instance)
    states = [task.last_status for task in left.tasks]
    full = placement.Rest(instance.cpu, instance.memory, placement.ALWAYS_TAKEN, instance.interfaces, [])
    return {
        "containerInstanceArn": instance.arn,
        "ec2InstanceId": instance.ec2_id,
        "capacityProviderName": instance.provider,
        "version": len(left.tasks) + 1,
        "versionInfo": {"agentVersion": "1.89.2", "agentHash": "6a7b8c9d", "dockerVersion": "25.0.8"},
        "remainingResources": _resources(left),
        "registeredResources": _resources(full),
        "status": instance.status,
        "agentConnected": instance.connected,
        "runningTasksCount": sum(state == "RUNNING" for state in states),
        "pendingTasksCount": sum(state in STARTING for state in states),
        "attributes": [
            {"name": name, "value": value} if value else {"name": name}
            for name, value in placement.attributes(instance).items()
        ],
        "registeredAt": instance.registered_at,
        "attachments": [],
        "tags": [],
    }


def _resources(left: placement.Rest) -> list[Json]:
    numbers = [("CPU", left.cpu), ("MEMORY", left.memory)]
    ports = [("PORTS", "tcp"), ("PORTS_UDP", "udp")]
    return [{"name": name, "type": "INTEGER", "integerValue": value} for name, value in numbers] + [
        {
            "name": name,
            "type": "STRINGSET",
            "stringSetValue": [str(port) for port, kind in sorted(left.ports) if kind == protocol],
        }
        for name, protocol in ports
    ]
