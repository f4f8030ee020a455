"""Which faults befall a container, and what they do to it."""

from collections.abc import Callable

from cage_fsm.sandbox import scenarios, words
from cage_fsm.sandbox.records import Container, Json, Task, TaskDefinition
from cage_fsm.sandbox.world import World

_UNPULLABLE: dict[str, Callable[[str], str]] = {
    "bad-image": words.image_not_found,
    "no-manifest": words.no_manifest,
    "no-route": words.no_route,
    "pull-denied": words.pull_denied,
}
_EXITS = {"crash": "1", "exit-137": "137", "wrong-architecture": "1"}
"""Scenarios that end a container soon after its start, with their exit codes."""
_SIGKILL = 137


def befalling(world: World, definition: TaskDefinition, image: str, *, main: bool) -> frozenset[str]:
    """Name the faults of one container: its tag's, else the cloud's on the main container."""
    tagged = scenarios.of_image(image)
    if tagged is not None:
        return frozenset({tagged}) - {"healthy"}
    if not main or definition.spared:
        return frozenset()
    return frozenset(n for n in world.scenarios if scenarios.SCENARIOS[n].befalls == "tasks") - {"healthy"}


def main(definition: TaskDefinition) -> Json:
    """Return the container that scenarios of the whole cloud befall: the first essential one."""
    everything: list[Json] = definition.document["containerDefinitions"]
    return next(container for container in everything if container["essential"])


def of_definition(world: World, definition: TaskDefinition) -> frozenset[str]:
    """Name the faults of all containers of a task definition."""
    first = main(definition)
    found: frozenset[str] = frozenset()
    for each in definition.document["containerDefinitions"]:
        found |= befalling(world, definition, each["image"], main=each is first)
    return found


def stops_the_start(task: Task, container: Container) -> str | None:
    """Say why a container never starts, in AWS's words; None when it does."""
    for fault, say in _UNPULLABLE.items():
        if fault in container.faults:
            return say(container.image)
    if "secrets-unreadable" not in container.faults:
        return None
    region, account = task.arn.split(":")[3:5]
    invented = f"arn:aws:secretsmanager:{region}:{account}:secret:{container.name}-AbCdEf"
    secret = next(iter(container.secrets), invented)
    role = f"arn:aws:sts::{account}:assumed-role/ecsTaskExecutionRole/{task.id}"
    return words.unreadable(secret, role)


def strike(world: World, task: Task, container: Container) -> None:
    """Let a container that has just started meet its fate."""
    faults = container.faults
    timings = world.timings
    if "slow-start" in faults:
        container.passes_from = world.now + timings.slow_start
    container.failing = "unhealthy-container" in faults
    for fault, code in _EXITS.items():
        if fault in faults:
            die(world, task, container, timings.crash_after, code)
    if "bad-in-service" in faults and task.service:
        die(world, task, container, timings.crash_after, "1")
    if "dies-later" in faults:
        die(world, task, container, timings.dies_later_after, "1")
    if "alarm" in faults or ("alarm-in-service" in faults and task.service):
        world.after(timings.alarm_after, "alarm.fire", "")
    if "spot-interruption" in faults:
        world.after(timings.interrupted_after, "task.interrupt", task.arn)


def exit_reason(code: int) -> str | None:
    """Return the reason ECS gives beside an exit code."""
    return words.OUT_OF_MEMORY if code == _SIGKILL else None


def exits(container: Container) -> bool:
    """Say whether a container's faults end it soon after its start."""
    return bool(_EXITS.keys() & container.faults)


def die(world: World, task: Task, container: Container, seconds: float, code: str) -> None:
    """Let a container exit later, unless it has been started again by then."""
    subject = f"{task.arn}|{container.name}"
    world.after(seconds, "container.exit", subject, f"{code}@{container.started_at}")
