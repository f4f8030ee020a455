"""From a wish for a task to the task, or to why there is none."""

from dataclasses import dataclass

from cage_fsm.sandbox import words
from cage_fsm.sandbox.life import faults, make, placement, ports
from cage_fsm.sandbox.records import Json, Task, TaskDefinition
from cage_fsm.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Refused:
    """What RunTask answers with, and what the event of a service says."""

    failures: list[Json]
    event: str


def launch(
    world: World,
    cluster: str,
    definition: TaskDefinition,
    request: Json,
    *,
    group: str,
    started_by: str | None = None,
) -> Task | Refused:
    """Make a task that does not live yet, on an instance when it is one for EC2."""
    befallen = faults.of_definition(world, definition)
    if request["launchType"] == "FARGATE":
        if "no-capacity" in befallen:
            failures: list[Json] = [{"reason": words.NO_ROOM}]
            return Refused(failures, f"was unable to place a task. Reason: {words.NO_ROOM}.")
        return make.task(world, cluster, definition, request, group=group, started_by=started_by)
    need = _need(definition, request, group)
    if "no-capacity" in befallen:
        failures = [
            {"arn": each.arn, "reason": "RESOURCE:MEMORY"}
            for each in placement.members(world, cluster, need.provider)
        ]
        return _nowhere(failures, need)
    chosen = placement.choose(world, cluster, need)
    if isinstance(chosen, list):
        return _nowhere(chosen, need)
    return make.task(world, cluster, definition, request, group=group, started_by=started_by, instance=chosen)


def _need(definition: TaskDefinition, request: Json, group: str) -> placement.Need:
    cpu, memory = make.needs(definition.document, request)
    return placement.Need(
        cpu=cpu,
        memory=memory,
        ports=ports.fixed(definition.document),
        interface=ports.mode(definition.document) == "awsvpc",
        group=group,
        constraints=[
            *definition.document["placementConstraints"],
            *request.get("placementConstraints", []),
        ],
        provider=request.get("provider"),
    )


def _nowhere(failures: list[Json], need: placement.Need) -> Refused:
    if not failures:
        reason = words.NO_INSTANCES_OF_PROVIDER if need.provider else words.NO_INSTANCES
        return Refused([], words.no_member(reason))
    last = failures[-1]
    return Refused(failures, words.closest(last["arn"].rsplit("/", 1)[-1], last["reason"]))
