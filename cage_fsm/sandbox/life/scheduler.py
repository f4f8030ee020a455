"""The service scheduler: one look at a service starts and stops tasks and moves its deployment on."""

import math

from cage_fsm.sandbox.life import alarms, capacity, deployments, tagging, tasks
from cage_fsm.sandbox.life.judgement import count, every_task, healthy, judge
from cage_fsm.sandbox.life.launching import Refused, launch
from cage_fsm.sandbox.life.poke import poke, tell
from cage_fsm.sandbox.records import Task
from cage_fsm.sandbox.service_records import Service
from cage_fsm.sandbox.world import World

_PATIENCE = 3
"""Failed tasks in a row before the scheduler slows down."""


def step(world: World, subject: str, _data: str) -> None:
    """Look at one service."""
    service = world.services.get(subject)
    if service is None or service.status == "INACTIVE":
        return
    service.poked = False
    if service.status == "DRAINING":
        _wind_up(world, service)
        return
    _start_rollout(world, service)
    judge(world, service)
    if _broken(service):
        deployments.break_off(world, service)
        return
    off = alarms.raised(world, service)
    if off and service.primary.state == "IN_PROGRESS" and service.rollouts[0].rollback is None:
        deployments.alarm(world, service, off)
        return
    _start_missing(world, service)
    _stop_surplus(world, service)
    _conclude(world, service)


def roll_back_on_request(world: World, subject: str, _data: str) -> None:
    """Carry out StopServiceDeployment."""
    service = world.services.get(subject)
    if service is None or service.rollouts[0].status != "ROLLBACK_REQUESTED":
        return
    good = deployments.last_good(service)
    if good is not None:
        service.primary.state, service.primary.updated_at = "FAILED", world.now
        service.primary.reason = "ECS deployment was stopped on request."
        deployments.roll_back(world, service, good, "Service deployment rolled back on request.")


def another(world: World, service: Service) -> Task | Refused:
    """Make one task of the primary deployment; it does not live yet."""
    primary = service.primary
    definition = world.definitions[primary.revision.definition]
    mine = [t for t in every_task(world, service) if t.live and t.deployment == primary.id]
    request = capacity.settle({**primary.revision.settings, **service.options}, mine)
    group = f"service:{service.name}"
    task = launch(world, service.cluster, definition, request, group=group, started_by=primary.id)
    if isinstance(task, Refused):
        return task
    task.service, task.deployment = service.arn, primary.id
    task.load_balancers = primary.revision.settings.get("loadBalancers", [])
    task.listed_at = task.described_at = world.now
    return task


def _wind_up(world: World, service: Service) -> None:
    for task in every_task(world, service):
        tasks.stop(world, task, "ServiceSchedulerInitiated", _scaling(service.primary.id))
    if not _there(world, service):
        service.status, service.deployments = "INACTIVE", []


def _start_rollout(world: World, service: Service) -> None:
    rollout = service.rollouts[0]
    if rollout.status == "PENDING":
        rollout.status, rollout.started_at, rollout.updated_at = "IN_PROGRESS", world.now, world.now


def _start_missing(world: World, service: Service) -> None:
    """Start what the primary deployment lacks, as far as maximumPercent has room."""
    primary = service.primary
    if primary.state == "FAILED":
        return
    live = [task for task in _there(world, service) if task.live]
    mine = sum(task.deployment == primary.id for task in live)
    room = math.floor(service.desired * service.configuration["maximumPercent"] / 100) - len(live)
    wanted = min(service.desired - mine, room)
    if wanted <= 0 or _held_back(world, service):
        return
    started = []
    for _ in range(wanted):
        task = another(world, service)
        if isinstance(task, Refused):
            _no_room(world, service, task.event)
            break
        world.tags[task.arn] = _tags(world, service)
        tasks.begin(world, task)
        started.append(f"(task {task.id})")
    if started:
        tell(world, service, f"has started {len(started)} tasks: {' '.join(started)}.")


def _tags(world: World, service: Service) -> dict[str, str]:
    """Return the tags of a service's new tasks."""
    definition = service.primary.revision.definition
    copied = tagging.propagated(world, service.options, definition, service.arn)
    return copied | tagging.managed(service.options, service.cluster, service.name)


def _held_back(world: World, service: Service) -> bool:
    """Slow down after failures in a row; the pause is told once."""
    primary, timings = service.primary, world.timings
    if primary.failed_tasks >= _PATIENCE and primary.failed_tasks != primary.paused_for:
        primary.paused_for = primary.failed_tasks
        pause = timings.backoff * 2 ** min(primary.failed_tasks - _PATIENCE, 16)
        primary.retry_at = world.now + min(pause, timings.backoff_limit)
        poke(world, service.arn, primary.retry_at - world.now)
        tell(world, service, "is unable to consistently start tasks successfully.")
    return world.now < primary.retry_at


def _no_room(world: World, service: Service, event: str) -> None:
    primary = service.primary
    primary.retry_at = world.now + world.timings.placement_retry
    if primary.state == "IN_PROGRESS":
        count(service, 1)
    tell(world, service, event)
    poke(world, service.arn)
    poke(world, service.arn, world.timings.placement_retry)


def _stop_surplus(world: World, service: Service) -> None:
    """Stop tasks of older deployments, and too many of the newest, above minimumHealthyPercent."""
    primary = service.primary
    if primary.state == "FAILED":
        return
    live = [task for task in _there(world, service) if task.live]
    mine = [task for task in live if task.deployment == primary.id]
    surplus = [task for task in live if task.deployment != primary.id] + mine[service.desired :]
    floor = math.ceil(service.desired * service.configuration["minimumHealthyPercent"] / 100)
    spare = sum(healthy(world, task) for task in live) - floor
    for task in sorted(surplus, key=lambda task: healthy(world, task)):
        if healthy(world, task):
            if spare <= 0:
                break
            spare -= 1
        tasks.stop(world, task, "ServiceSchedulerInitiated", _scaling(task.started_by or primary.id))
        tell(world, service, f"has stopped 1 running tasks: (task {task.id}).")


def _broken(service: Service) -> bool:
    """Say whether the circuit breaker is to open."""
    primary = service.primary
    armed = deployments.breaker(service)["enable"] and primary.state == "IN_PROGRESS"
    return armed and primary.failed_tasks >= service.rollouts[0].threshold


def _conclude(world: World, service: Service) -> None:
    """Complete the deployment in flight when its tasks are healthy and all others have stopped."""
    primary = service.primary
    there = _there(world, service)
    if primary.state != "IN_PROGRESS" or any(task.deployment != primary.id for task in there):
        return
    mine = [task for task in there if task.live]
    whole = sum(healthy(world, task) for task in mine) == len(mine) == service.desired
    if whole and _baked(world, service):
        deployments.complete(world, service)


def _baked(world: World, service: Service) -> bool:
    """Say whether the alarms of a deployment that is there have been watched long enough."""
    rollout = service.rollouts[0]
    if rollout.alarms.status != "MONITORING":
        return True
    if rollout.baking_since is None:
        rollout.baking_since = world.now
        poke(world, service.arn, world.timings.alarm_bake)
    return world.now - rollout.baking_since >= world.timings.alarm_bake


def _there(world: World, service: Service) -> list[Task]:
    return [task for task in every_task(world, service) if task.last_status != "STOPPED"]


def _scaling(deployment: str) -> str:
    return f"Scaling activity initiated by (deployment {deployment})"
