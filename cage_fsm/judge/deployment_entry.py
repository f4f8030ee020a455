"""Judges a deployment by its entry in the service's `deployments`, and by our rules where ECS has none."""

from collections.abc import Sequence

from cage_fsm.judge import placing
from cage_fsm.judge.failures import how_it_ended
from cage_fsm.judge.seen import DeploymentSeen, ServiceSeen, TaskSeen, short
from cage_fsm.judge.verdict import Seen, Verdict

FAILED_TASKS = 3
"""So many failed tasks, or as many as are desired, fail a deployment that no circuit breaker watches."""

STUCK_SECONDS = 300.0
"""How long no task may find a place before the deployment fails."""

SETTLED_SECONDS = 15.0
"""How long the counts of a service without a rollout state must have fitted."""


def by_entry(
    service: ServiceSeen,
    entry: DeploymentSeen,
    name: str,
    unchanged_seconds: float,
    failures: Sequence[TaskSeen] = (),
) -> Verdict:
    """Judge the entry by what ECS says, and by our own rules while ECS only says that it goes on.

    `name` is what to call the deployment.
    """
    verdict = _said_by_ecs(service, entry, name, unchanged_seconds)
    if verdict.says != "wait":
        return verdict
    failing = _failing(service, entry, name, failures, verdict)
    return failing or _placed(service, entry, name, unchanged_seconds, verdict)


def _failing(
    service: ServiceSeen, entry: DeploymentSeen, name: str, failures: Sequence[TaskSeen], so_far: Verdict
) -> Verdict | None:
    count = max(entry.failed, len(failures))
    if service.circuit_breaker or count < max(FAILED_TASKS, entry.desired):
        return None
    example = how_it_ended(failures[0]) if failures else ""
    such_as = f" One of them: {example}" if example else ""
    reason = f"{name}: {count} tasks failed, and the service has no circuit breaker.{such_as}"
    return Verdict("fail", "tasks_failing", reason, {**so_far.seen, "failed": count, "example": example})


def _placed(
    service: ServiceSeen, entry: DeploymentSeen, name: str, seconds: float, so_far: Verdict
) -> Verdict:
    event = placing.unplaced(service, entry)
    if event is None:
        return so_far
    seen = {**so_far.seen, "event": event.message}
    if seconds < STUCK_SECONDS:
        return Verdict("wait", so_far.rule, f"{so_far.reason} ECS says: {event.message}", seen)
    reason = f"{name} is stuck: no task found a place for {seconds:.0f} s. ECS says: {event.message}"
    return Verdict("fail", "stuck_placing", reason, seen)


def _said_by_ecs(service: ServiceSeen, entry: DeploymentSeen, name: str, unchanged_seconds: float) -> Verdict:
    seen: Seen = {
        "deployment": entry.id,
        "status": entry.status,
        "rollout_state": entry.rollout_state,
        "rollout_reason": entry.rollout_reason,
        "desired": entry.desired,
        "running": entry.running,
        "failed": entry.failed,
        "running_of_others": _running_of_others(service, entry),
    }
    now = service.going_to
    failed = entry.rollout_state == "FAILED"
    if failed and (now != entry.task_definition or service.primary not in (None, entry)):
        reason = f"{name} failed, and the service goes to {short(now)}: {entry.rollout_reason}"
        return Verdict("fail", "deployment_rolled_back", reason, seen)
    if failed:
        return Verdict("fail", "deployment_failed", f"{name} failed: {entry.rollout_reason}", seen)
    if entry.status != "PRIMARY" and (entry.status or now != entry.task_definition):
        reason = f"{name} was superseded: the service goes to {short(now)}."
        return Verdict("fail", "deployment_superseded", reason, seen)
    if entry.rollout_state == "COMPLETED" or _settled(service, entry, unchanged_seconds):
        return Verdict("pass", "deployment_completed", completed(name, service), seen)
    return Verdict("wait", "deployment_complete", f"{_progress(service, entry)}.", seen)


def _progress(service: ServiceSeen, entry: DeploymentSeen) -> str:
    counts = f"{entry.running} of {entry.desired} tasks run {short(entry.task_definition)}"
    failed = f", {entry.failed} failed" if entry.failed else ""
    others = _running_of_others(service, entry)
    old = f"; {others} of other revisions have not stopped yet" if others else ""
    return f"{counts}{failed}{old}"


def _running_of_others(service: ServiceSeen, entry: DeploymentSeen) -> int:
    return sum(each.running for each in service.live if each is not entry)


def completed(name: str, service: ServiceSeen) -> str:
    """Say that a deployment is complete, and when that means nothing."""
    if service.desired or service.running:
        return f"{name} is complete."
    return f"{name} is complete, but the service is scaled to zero: no task of it runs the revision."


def _settled(service: ServiceSeen, entry: DeploymentSeen, unchanged_seconds: float) -> bool:
    """Whether an entry that is not COMPLETED is so all the same: ECS said steady, or shows no rollout state.

    Counts alone prove nothing: they fit while the tasks fail their health checks, and between two crashes.
    """
    fits = service.live == [entry] and entry.running == entry.desired and not entry.pending
    by_counts = not entry.rollout_state and not entry.failed and unchanged_seconds >= SETTLED_SECONDS
    return fits and (placing.is_steady(service, entry) or by_counts)


def by_tasks(service: ServiceSeen, tasks: Sequence[TaskSeen]) -> tuple[DeploymentSeen, ...]:
    """What `deployments` would show of a service that shows none: one entry for each revision that runs.

    `tasks` are those that ECS wants RUNNING.
    """
    others = {each.task_definition for each in tasks} - {service.task_definition}
    return tuple(
        _entry(service, revision, [each for each in tasks if each.task_definition == revision])
        for revision in (service.task_definition, *sorted(others))
    )


def _entry(service: ServiceSeen, revision: str, tasks: Sequence[TaskSeen]) -> DeploymentSeen:
    is_primary = revision == service.task_definition
    running = sum(each.last_status == "RUNNING" for each in tasks)
    return DeploymentSeen(
        id="",
        status="PRIMARY" if is_primary else "ACTIVE",
        task_definition=revision,
        rollout_state="",
        rollout_reason="",
        desired=service.desired if is_primary else 0,
        running=running,
        pending=len(tasks) - running,
        failed=0,
    )
