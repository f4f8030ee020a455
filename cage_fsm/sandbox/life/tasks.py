"""The life of a task, from PROVISIONING to STOPPED (developer guide, "Amazon ECS task lifecycle")."""

from collections.abc import Callable

from cage_fsm.sandbox import words
from cage_fsm.sandbox.life import faults, health, logs, registration, starting, targets
from cage_fsm.sandbox.life.poke import poke
from cage_fsm.sandbox.records import Container, Task
from cage_fsm.sandbox.world import World

STARTING = frozenset({"PROVISIONING", "PENDING", "ACTIVATING"})


def begin(world: World, task: Task) -> None:
    """Let a new task live; one without an interface of its own has nothing to provision."""
    world.tasks[task.arn] = task
    if not task.interface and task.volume is None:
        _connect(world, task)
    else:
        _move(world, task, "PROVISIONING", world.timings.provisioning)


def stop(world: World, task: Task, code: str, reason: str) -> None:
    """Begin to stop a task; nothing changes when that was done before."""
    if not task.live:
        return
    task.desired_status, task.stop_code, task.stopped_reason = "STOPPED", code, reason
    task.stopping_at = world.now
    poke(world, task.service)
    if task.last_status in STARTING:
        _end_containers(world, task)
        _leave(world, task)
    else:
        _move(world, task, "DEACTIVATING", registration.leave(world, task))


def perish(world: World, task: Task, reason: str) -> None:
    """A task goes with its host, from one moment to the next."""
    task.desired_status, task.stopped_reason = "STOPPED", task.stopped_reason or reason
    task.stopping_at = task.stopping_at or world.now
    _end_containers(world, task)
    _deprovisioned(world, task)


def step(world: World, subject: str, data: str) -> None:
    """Go on from the status `data`, unless the task has left it already."""
    task = world.tasks.get(subject)
    if task is not None and task.last_status == data:
        _STEPS[data](world, task)


def exit_container(world: World, subject: str, data: str) -> None:
    """A container exits by itself with the code `data`; an essential one takes the task with it."""
    task, container = health.find(world, subject)
    if task is None or container is None or container.last_status != "RUNNING":
        return
    code, _, start = data.partition("@")
    if start not in {"", str(container.started_at)}:
        return
    if starting.started_again(world, task, container, int(code)):
        targets.disturb(world, task)
        return
    logs.last_words(world, task, container, int(code))
    _end(container, int(code))
    targets.disturb(world, task)
    task.version += 1
    if container.essential:
        stop(world, task, "EssentialContainerExited", "Essential container in task exited")
    else:
        advance(world, task.arn, "")


def interrupt(world: World, subject: str, _data: str) -> None:
    """AWS takes a Spot task back."""
    task = world.tasks.get(subject)
    if task is not None and task.request.get("provider") == "FARGATE_SPOT":
        stop(world, task, "SpotInterruption", words.SPOT)


def forget(world: World, subject: str, _data: str) -> None:
    """A task that stopped an hour ago is no longer described."""
    world.tasks.pop(subject, None)


def _provisioned(world: World, task: Task) -> None:
    if "eni-shortage" in task.faults and task.instance is None:
        stop(world, task, "TaskFailedToStart", words.NO_INTERFACE)
    else:
        _connect(world, task)


def _connect(world: World, task: Task) -> None:
    if task.interface:
        task.interface.status = "ATTACHED"
    task.connected_at = world.now
    _move(world, task, "PENDING", world.timings.pending)


def _placed(world: World, task: Task) -> None:
    task.pull_started_at = world.now
    doomed = any(faults.stops_the_start(task, container) for container in task.containers)
    timings = world.timings
    _move(world, task, "ACTIVATING", timings.failing_to_start if doomed else timings.activating)


def _activated(world: World, task: Task) -> None:
    for container in task.containers:
        container.reason = faults.stops_the_start(task, container)
    why = next((c.reason for c in task.containers if c.reason), None)
    if why is not None:
        stop(world, task, "TaskFailedToStart", why)
        return
    task.pull_stopped_at = world.now
    advance(world, task.arn, "")


def advance(world: World, subject: str, _data: str) -> None:
    """Start the containers that wait no longer; the task runs once all of them were started."""
    task = world.tasks.get(subject)
    if task is None or task.last_status != "ACTIVATING" or task.pull_stopped_at is None:
        return
    why = starting.start_ready(world, task)
    if why is not None:
        stop(world, task, "TaskFailedToStart", why)
    elif starting.all_started(task):
        _run(world, task)


def settle(world: World, task: Task) -> None:
    """Let a task have been there for long: it runs, and was healthy once."""
    world.tasks[task.arn] = task
    task.proven = True
    if task.interface:
        task.interface.status = "ATTACHED"
    task.connected_at = task.pull_started_at = task.pull_stopped_at = world.now
    starting.settled(world, task)
    _run(world, task)


def _run(world: World, task: Task) -> None:
    task.last_status, task.started_at = "RUNNING", world.now
    task.version += 1
    registration.enter(world, task)
    targets.disturb(world, task)
    poke(world, task.service)


def _deactivated(world: World, task: Task) -> None:
    _move(world, task, "STOPPING", world.timings.stopping)


def _containers_gone(world: World, task: Task) -> None:
    _end_containers(world, task)
    _leave(world, task)


def _leave(world: World, task: Task) -> None:
    """Give the network interface back, where there is one."""
    if not task.interface and task.volume is None:
        _deprovisioned(world, task)
    else:
        _move(world, task, "DEPROVISIONING", world.timings.deprovisioning)


def _deprovisioned(world: World, task: Task) -> None:
    task.last_status, task.stopped_at = "STOPPED", world.now
    task.version += 1
    if task.interface:
        task.interface.status = "DELETED"
    world.after(world.timings.remembered, "task.forget", task.arn)
    targets.disturb(world, task)
    poke(world, task.service)


def _end_containers(world: World, task: Task) -> None:
    """Let SIGTERM end what runs; what never started has no exit code."""
    task.execution_stopped_at = world.now
    for container in task.containers:
        if container.last_status != "STOPPED":
            _end(container, None if container.started_at is None else 0)
    targets.disturb(world, task)


def _end(container: Container, code: int | None) -> None:
    container.last_status, container.exit_code = "STOPPED", code
    container.reason = container.reason or (faults.exit_reason(code) if code else None)


def _move(world: World, task: Task, status: str, seconds: float) -> None:
    task.version += task.last_status != status
    task.last_status = status
    world.after(seconds, "task.step", task.arn, status)


_STEPS: dict[str, Callable[[World, Task], None]] = {
    "PROVISIONING": _provisioned,
    "PENDING": _placed,
    "ACTIVATING": _activated,
    "DEACTIVATING": _deactivated,
    "STOPPING": _containers_gone,
    "DEPROVISIONING": _deprovisioned,
}
