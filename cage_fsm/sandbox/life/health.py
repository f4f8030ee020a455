"""Container health checks, as docker runs them."""

from cage_fsm.sandbox.life.poke import poke
from cage_fsm.sandbox.records import Container, Task
from cage_fsm.sandbox.world import World


def watch(world: World, task: Task, container: Container) -> None:
    """Put the next check of a running container on the agenda."""
    if container.health_check is None or container.checked:
        return
    container.checked = True
    world.after(container.health_check.interval, "container.check", f"{task.arn}|{container.name}")


def check(world: World, subject: str, _data: str) -> None:
    """Check a container once; a healthy one that passes is left alone until something changes."""
    task, container = find(world, subject)
    if task is None or container is None:
        return
    container.checked = False
    if container.last_status != "RUNNING":
        return
    before = container.health
    passed = not container.failing and world.now >= container.passes_from
    if passed:
        container.failures, container.health = 0, "HEALTHY"
    else:
        _failed(world, container)
    if container.health != before:
        task.version += 1
        poke(world, task.service)
        if task.last_status == "ACTIVATING":
            world.after(0, "task.advance", task.arn)
    if not passed:
        watch(world, task, container)


def of_task(task: Task) -> str:
    """Sum the health of a task's essential containers up: UNHEALTHY over UNKNOWN over HEALTHY."""
    states = {c.health for c in task.containers if c.essential and c.health_check}
    return next((state for state in ("UNHEALTHY", "UNKNOWN", "HEALTHY") if state in states), "UNKNOWN")


def find(world: World, subject: str) -> tuple[Task | None, Container | None]:
    """Find the container behind `<task ARN>|<container name>`."""
    arn, _, name = subject.partition("|")
    task = world.tasks.get(arn)
    container = next((c for c in task.containers if c.name == name), None) if task else None
    return task, container


def _failed(world: World, container: Container) -> None:
    """Count a failure; in the start period none counts until a check has passed."""
    health_check = container.health_check
    if health_check is None or container.started_at is None:
        return
    starting = world.now - container.started_at <= health_check.start_period
    if starting and container.health == "UNKNOWN":
        return
    container.failures += 1
    if container.failures >= health_check.retries:
        container.health = "UNHEALTHY"
