"""How the service scheduler judges its tasks: healthy, sick, failed."""

from cage_fsm.sandbox.life import deployments, health, registration, tasks
from cage_fsm.sandbox.life.poke import poke, tell
from cage_fsm.sandbox.records import Task
from cage_fsm.sandbox.service_records import Service
from cage_fsm.sandbox.world import World

_FAILURES = frozenset({"TaskFailedToStart", "EssentialContainerExited"})


def every_task(world: World, service: Service) -> list[Task]:
    """List the tasks of a service that are still described, oldest first."""
    return [task for task in world.tasks.values() if task.service == service.arn]


def healthy(world: World, task: Task) -> bool:
    """Say whether a task counts: RUNNING, its containers HEALTHY, its targets healthy."""
    if not task.live or task.started_at is None:
        return False
    found = [target for _, target in registration.targets_of(world, task)]
    checked = any(c.health_check and c.essential for c in task.containers)
    if checked and health.of_task(task) != "HEALTHY":
        return False
    if len(found) < sum("targetGroupArn" in entry for entry in task.load_balancers):
        return False
    if not found and not checked:
        return world.now - task.started_at >= world.timings.settled
    return all(target is not None and target.state == "healthy" for target in found)


def judge(world: World, service: Service) -> None:
    """Notice what became of the tasks since the last look."""
    for task in every_task(world, service):
        if task.live and task.started_at is not None:
            _stop_sick(world, service, task)
            _prove(world, service, task)
        if task.stop_code in _FAILURES:
            _blame(service, task)


def _prove(world: World, service: Service, task: Task) -> None:
    """A task that is healthy for the first time resets the count of failures."""
    if task.proven or task.deployment != service.primary.id:
        return
    if healthy(world, task):
        task.proven = True
        if deployments.breaker(service)["resetOnHealthyTask"]:
            count(service, -service.primary.failed_tasks)
    elif task.started_at is not None:
        left = task.started_at + world.timings.settled - world.now
        if left > 0:
            poke(world, service.arn, left)


def _stop_sick(world: World, service: Service, task: Task) -> None:
    illness = _illness(world, task)
    if illness is None or task.started_at is None:
        return
    grace = service.options.get("healthCheckGracePeriodSeconds") or 0
    left = task.started_at + grace - world.now
    if left > 0:
        poke(world, service.arn, left)
        return
    reason, message = illness
    tell(world, service, message)
    tasks.stop(world, task, "ServiceSchedulerInitiated", reason)
    _blame(service, task)


def _illness(world: World, task: Task) -> tuple[str, str] | None:
    """Say what is wrong with a task, as its stoppedReason and as a service event."""
    if health.of_task(task) == "UNHEALTHY":
        return "Task failed container health checks", f"(task {task.id}) failed container health checks."
    for group, target in registration.targets_of(world, task):
        if target is not None and target.state == "unhealthy":
            where = f"(port {target.port}) is unhealthy in (target-group {group.arn})"
            who = f"(task {task.id})" if group.target_type == "ip" else f"(instance {target.id})"
            message = f"{who} {where} due to (reason {target.description})"
            return f"Task failed ELB health checks in (target-group {group.arn})", message
    return None


def _blame(service: Service, task: Task) -> None:
    """Count a failed task, once, against the deployment that is under way."""
    if task.blamed:
        return
    task.blamed = True
    if task.deployment == service.primary.id and service.primary.state == "IN_PROGRESS":
        count(service, 1)


def count(service: Service, failures: int) -> None:
    """Count failures of the primary deployment; a rollback leaves the service deployment's count alone."""
    service.primary.failed_tasks += failures
    rollout = service.rollouts[0]
    if rollout.rollback is None:
        rollout.failures = service.primary.failed_tasks
