"""RunTask and its token (developer guide, "Ensuring idempotency")."""

import json
import re

from cage_fsm.sandbox import words
from cage_fsm.sandbox.ecs import lookup, placement_rules, tags, volume_rules
from cage_fsm.sandbox.ecs.network_rules import check_instances, place
from cage_fsm.sandbox.ecs.task_view import shown
from cage_fsm.sandbox.errors import ApiError, client_error, invalid
from cage_fsm.sandbox.life import capacity, tagging, tasks
from cage_fsm.sandbox.life.launching import Refused, launch
from cage_fsm.sandbox.records import Cluster, Json, Replay, Task, TaskDefinition
from cage_fsm.sandbox.world import World

_TOKEN = re.compile(r"[!-~]{1,64}")
_STARTED_BY = re.compile(r"[A-Za-z0-9_/-]{0,128}")
_MOST_TASKS, _LONGEST_GROUP, _LONGEST_OVERRIDES = 10, 255, 8192


def run_task(world: World, params: Json) -> Json:
    """Launch tasks, or answer a token again as before."""
    cluster = lookup.cluster(world, params)
    _check(params)
    token = params.get("clientToken")
    asked = json.dumps({k: v for k, v in params.items() if k != "clientToken"}, sort_keys=True)
    replay = world.tokens.get((cluster.arn, token or ""))
    if replay is not None and _lives(world, replay):
        return _replayed(world, replay, asked)
    definition = lookup.runnable(world, params["taskDefinition"])
    answer = _launched(world, cluster, definition, params)
    if token:
        arns = [task["taskArn"] for task in answer["tasks"]]
        world.tokens[cluster.arn, token] = Replay(asked, arns, answer["failures"], world.now)
    return answer


def _check(params: Json) -> None:
    if not 1 <= params.get("count", 1) <= _MOST_TASKS:
        raise invalid("Count must be between 1 and 10.")
    if "clientToken" in params and not _TOKEN.fullmatch(params["clientToken"]):
        raise invalid("clientToken must be 1 to 64 characters of ASCII 33 to 126.")
    if not _STARTED_BY.fullmatch(params.get("startedBy", "")):
        words = "startedBy longer than 128." if len(params["startedBy"]) > 128 else "Invalid startedBy."  # noqa: PLR2004
        raise invalid(words)
    group = params.get("group", "")
    if group.startswith("service:"):
        raise invalid("Invalid namespace for group.")
    if len(group) > _LONGEST_GROUP:
        raise invalid("Group name must be at most 255 characters.")
    if params.get("propagateTags") == "SERVICE":
        raise invalid("Propagating tags from SERVICE is only supported for tasks of a service.")
    if len(json.dumps(params.get("overrides", {}))) > _LONGEST_OVERRIDES:
        raise invalid("Container Overrides length must be at most 8192.")


def _launched(world: World, cluster: Cluster, definition: TaskDefinition, params: Json) -> Json:
    settings = place(cluster, definition, params)
    _check_against(definition, params)
    placement_rules.check(params, settings["launchType"])
    check_instances(world, cluster, settings)
    volume_rules.check(definition, params)
    tagged = tagging.propagated(world, params, definition.arn) | tags.checked(params.get("tags", []))
    tags.check_number(tagged)
    tagged |= tagging.managed(params, cluster.name)
    request = settings | {
        "overrides": params.get("overrides", {}),
        "enableExecuteCommand": params.get("enableExecuteCommand", False),
        "placementConstraints": params.get("placementConstraints", []),
        "volumeConfigurations": params.get("volumeConfigurations", []),
    }
    group = params.get("group") or f"family:{definition.family}"
    started: list[Task] = []
    for _ in range(params.get("count", 1)):
        wish = capacity.settle(request, started)
        task = launch(world, cluster.name, definition, wish, group=group, started_by=params.get("startedBy"))
        if isinstance(task, Refused) and task.error:
            raise client_error(task.error)
        if isinstance(task, Refused):
            return _answer(world, started, task.failures)
        world.tags[task.arn] = dict(tagged)
        tasks.begin(world, task)
        started.append(task)
    return _answer(world, started, [])


def _answer(world: World, started: list[Task], failures: list[Json]) -> Json:
    return {"tasks": [shown(world, task, with_tags=True) for task in started], "failures": failures}


def _check_against(definition: TaskDefinition, params: Json) -> None:
    names = {container["name"] for container in definition.document["containerDefinitions"]}
    for override in params.get("overrides", {}).get("containerOverrides", []):
        if override.get("name") not in names:
            raise invalid(
                "Override for container named {} is not a container in the TaskDefinition.".format(
                    override.get("name")
                )
            )
    if params.get("enableExecuteCommand") and "taskRoleArn" not in definition.document:
        raise invalid(words.NO_TASK_ROLE)


def _lives(world: World, replay: Replay) -> bool:
    """A token lives 24 h, but no longer than one hour after the last of its tasks stopped."""
    if world.now - replay.at >= world.timings.token:
        return False
    found = [world.tasks.get(arn) for arn in replay.tasks]
    if any(task is not None and task.stopped_at is None for task in found):
        return True
    stopped = [task.stopped_at for task in found if task is not None and task.stopped_at is not None]
    ended = max(stopped, default=None if replay.tasks else replay.at)
    return ended is not None and world.now - ended < world.timings.token_after_stop


def _replayed(world: World, replay: Replay, asked: str) -> Json:
    if replay.asked != asked:
        words = "The client token was used with different parameters before."
        raise ApiError("ConflictException", words, resourceIds=replay.tasks)
    again = [world.tasks[arn] for arn in replay.tasks if arn in world.tasks]
    return {"tasks": [shown(world, task, brief=True) for task in again], "failures": replay.failures}
