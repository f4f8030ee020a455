"""Which faults befall a container, and what they do to it."""

from cage_fsm.sandbox import scenarios
from cage_fsm.sandbox.records import Container, Json, Task, TaskDefinition
from cage_fsm.sandbox.world import World

_OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"


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


def stops_the_start(task: Task) -> str | None:
    """Say why a task never starts, in AWS's words; None when it does."""
    for container in task.containers:
        if "bad-image" in container.faults:
            return _unpullable(container.image)
        if "secrets-unreadable" in container.faults:
            return _unreadable(task, container)
    return None


def strike(world: World, task: Task, container: Container) -> None:
    """Let a container that has just started meet its fate."""
    faults = container.faults
    timings = world.timings
    if "slow-start" in faults:
        container.passes_from = world.now + timings.slow_start
    container.failing = "unhealthy-container" in faults
    if "crash" in faults or ("bad-in-service" in faults and task.service):
        _die(world, task, container, timings.crash_after, "1")
    if "exit-137" in faults:
        _die(world, task, container, timings.crash_after, "137")
    if "dies-later" in faults:
        _die(world, task, container, timings.dies_later_after, "1")


def exit_reason(code: int) -> str | None:
    """Return the reason ECS gives beside an exit code."""
    return _OUT_OF_MEMORY if code == 137 else None  # noqa: PLR2004 - 128 + SIGKILL


def _die(world: World, task: Task, container: Container, seconds: float, code: str) -> None:
    world.after(seconds, "container.exit", f"{task.arn}|{container.name}", code)


def _unpullable(image: str) -> str:
    return (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
        f"failed to resolve ref {image}: {image}: not found"
    )


def _unreadable(task: Task, container: Container) -> str:
    region, account = task.arn.split(":")[3:5]
    secret = f"arn:aws:secretsmanager:{region}:{account}:secret:{container.name}-AbCdEf"
    role = f"arn:aws:sts::{account}:assumed-role/ecsTaskExecutionRole/{task.id}"
    return (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
        "retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): "
        f"failed to fetch secret {secret} from secrets manager: AccessDeniedException: User: {role} is not "
        f"authorized to perform: secretsmanager:GetSecretValue on resource: {secret} because no "
        "identity-based policy allows the secretsmanager:GetSecretValue action. status code: 400"
    )
