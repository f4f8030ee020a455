"""DescribeTasks, ListTasks, StopTask."""

from cage_fsm.sandbox.ecs import lookup
from cage_fsm.sandbox.ecs.paging import page
from cage_fsm.sandbox.ecs.task_view import shown
from cage_fsm.sandbox.errors import ApiError, invalid
from cage_fsm.sandbox.life import tasks
from cage_fsm.sandbox.records import Json, Task
from cage_fsm.sandbox.world import World

_MOST = 100
_FILTERS = frozenset(
    {"containerInstance", "family", "serviceName", "desiredStatus", "launchType", "daemonName"}
)


def describe_tasks(world: World, params: Json) -> Json:
    """Describe tasks; those not visible yet, or stopped an hour ago, are MISSING."""
    cluster = lookup.cluster(world, params)
    if not params["tasks"]:
        raise invalid("Tasks cannot be empty.")
    if len(params["tasks"]) > _MOST:
        raise invalid("Tasks cannot have more than 100 elements.")
    found, failures = [], []
    for named in params["tasks"]:
        arn = lookup.task_arn(world, cluster.name, named)
        task = world.tasks.get(arn)
        if task is None or world.now < task.described_at:
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(shown(world, task, with_tags="TAGS" in params.get("include", [])))
    return {"tasks": found, "failures": failures}


def list_tasks(world: World, params: Json) -> Json:
    """List task ARNs; desired status RUNNING unless another is asked for."""
    cluster = lookup.cluster(world, params)
    if "startedBy" in params and params.keys() & _FILTERS:
        raise invalid("cannot specify startedBy with other arguments")
    service = _service(world, cluster.name, params)
    wanted = params.get("desiredStatus", "RUNNING")
    found = [
        task.arn
        for task in world.tasks.values()
        if task.cluster == cluster.name
        and task.desired_status == wanted
        and world.now >= task.listed_at
        and (service is None or task.service == service)
        and _fits(task, params)
    ]
    return page(params, found, "taskArns")


def stop_task(world: World, params: Json) -> Json:
    """Stop a task; on one that stops or has stopped this is no mistake. Its tags are deleted."""
    task = lookup.task(world, params)
    world.tags.pop(task.arn, None)
    tasks.stop(world, task, "UserInitiated", params.get("reason") or "Task stopped by user")
    return {"task": shown(world, task)}


def _service(world: World, cluster: str, params: Json) -> str | None:
    if "serviceName" not in params:
        return None
    arn = lookup.service_arn(world, cluster, params["serviceName"])
    if arn not in world.services:
        raise ApiError("ServiceNotFoundException", "Service not found.")
    return arn


def _fits(task: Task, params: Json) -> bool:
    instance = params.get("containerInstance")
    if instance is not None and lookup.last_part(task.instance or "") != lookup.last_part(instance):
        return False
    family = task.definition.rsplit("/", 1)[-1].partition(":")[0]
    return (
        params.get("family", family) == family
        and params.get("startedBy", task.started_by) == task.started_by
        and params.get("launchType", task.request["launchType"]) == task.request["launchType"]
    )
