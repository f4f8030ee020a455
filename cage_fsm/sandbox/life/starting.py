"""Containers of a task: started in the order of their dependencies, and started again."""

from cage_fsm.sandbox import words
from cage_fsm.sandbox.life import faults, health, logs, scripts
from cage_fsm.sandbox.records import Container, Task
from cage_fsm.sandbox.world import World


def start_ready(world: World, task: Task) -> str | None:
    """Start every container whose dependencies are met; say why when one of them never can be."""
    waiting = [container for container in task.containers if container.started_at is None]
    for container in waiting:
        state, why = _dependencies(task, container)
        if why is not None:
            return why
        if state:
            _start(world, task, container)
            return start_ready(world, task)
    return None


def all_started(task: Task) -> bool:
    return all(container.started_at is not None for container in task.containers)


def settled(world: World, task: Task) -> None:
    """Let the containers of a task be up since long: those that run to completion have done so."""
    for container in task.containers:
        if container.completes:
            container.started_at, container.last_status, container.exit_code = world.now, "STOPPED", 0
        else:
            _start(world, task, container)


def started_again(world: World, task: Task, container: Container, code: int) -> bool:
    """Start a container again after it exited, where its restart policy says so."""
    policy, since = container.restart, container.started_at
    if policy is None or since is None or not task.live or code in policy.ignored:
        return False
    if world.now - since < policy.period:
        return False
    logs.last_words(world, task, container, code)
    container.health, container.failures, container.restarts = "UNKNOWN", 0, container.restarts + 1
    _start(world, task, container)
    container.passes_from = max(container.passes_from, world.now + world.timings.restarting)
    return True


def _start(world: World, task: Task, container: Container) -> None:
    container.last_status, container.started_at = "RUNNING", world.now
    plays = bool(container.script) and not faults.exits(container)
    if not plays:
        logs.first_words(world, task, container)
    faults.strike(world, task, container)
    if plays:
        scripts.play(world, task, container)
    elif container.completes and not faults.exits(container):
        faults.die(world, task, container, world.timings.completing, "0")
    health.watch(world, task, container)


def _dependencies(task: Task, container: Container) -> tuple[bool, str | None]:
    """Say whether all dependencies are met, and why one never can be (ContainerDependency)."""
    met = True
    by_name = {each.name: each for each in task.containers}
    for name, condition in container.depends:
        state = _condition(by_name[name], condition)
        if state is None:
            return False, words.unmet(name, container.name, condition)
        met = met and state
    return met, None


def _condition(other: Container, condition: str) -> bool | None:
    """Say whether a container meets a condition; None when it never will."""
    if other.started_at is None:
        return False
    if condition == "START":
        return True
    stopped = other.last_status == "STOPPED"
    if condition == "HEALTHY":
        return None if stopped or other.health == "UNHEALTHY" else other.health == "HEALTHY"
    if condition == "SUCCESS" and stopped and other.exit_code != 0:
        return None
    return stopped
