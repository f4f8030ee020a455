"""From a wish for a task to the task, or to why there is none."""

from dataclasses import dataclass

from cage_fsm.sandbox import words
from cage_fsm.sandbox.life import faults, make, placement, platform, ports
from cage_fsm.sandbox.records import Json, Task, TaskDefinition
from cage_fsm.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Refused:
    """What RunTask answers with, and what the event of a service says."""

    failures: list[Json]
    event: str
    error: str = ""
    """The words of the ClientException that RunTask raises in place of an answer with failures."""


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
    role = definition.document.get("taskRoleArn") or definition.document.get("executionRoleArn")
    if "role-not-assumable" in befallen and role:
        why = words.not_assumable(role)
        return Refused([], f"failed to launch a task with (error {why}).", why)
    if request["launchType"] == "FARGATE":
        return _no_fargate(befallen) or make.task(
            world, cluster, definition, request, group=group, started_by=started_by
        )
    need = _need(definition, request, group)
    short = "RESOURCE:MEMORY" if "no-capacity" in befallen else ""
    if "eni-shortage" in befallen and need.interface:
        short = "RESOURCE:ENI"
    if short:
        everywhere = placement.members(world, cluster, need.provider)
        return _nowhere([{"arn": each.arn, "reason": short} for each in everywhere], need)
    chosen = placement.choose(world, cluster, need)
    if isinstance(chosen, list):
        return _nowhere(chosen, need)
    return make.task(world, cluster, definition, request, group=group, started_by=started_by, instance=chosen)


def _no_fargate(befallen: frozenset[str]) -> Refused | None:
    if "quota" in befallen:
        return Refused([], words.out_of_quota(), words.QUOTA + ".")
    if "no-capacity" in befallen:
        reason = words.NO_ROOM
        return Refused([{"reason": reason}], f"was unable to place a task. Reason: {reason}.")
    return None


def _need(definition: TaskDefinition, request: Json, group: str) -> placement.Need:
    cpu, memory = make.needs(definition.document, request)
    return placement.Need(
        cpu=cpu,
        memory=memory,
        ports=ports.fixed(definition.document),
        interface=platform.mode(definition.document) == "awsvpc",
        group=group,
        constraints=[
            *definition.document["placementConstraints"],
            *request.get("placementConstraints", []),
        ],
        architecture=platform.architecture(definition.document),
        provider=request.get("provider"),
    )


def _nowhere(failures: list[Json], need: placement.Need) -> Refused:
    if not failures:
        reason = words.NO_INSTANCES_OF_PROVIDER if need.provider else words.NO_INSTANCES
        return Refused([], words.no_member(reason))
    last = failures[-1]
    return Refused(failures, words.closest(last["arn"].rsplit("/", 1)[-1], last["reason"]))
