"""Judges whether our deployment of our revision is complete, has failed, or is still going on."""

from cage_fsm.judge.seen import DeploymentSeen, ServiceDeploymentSeen, ServiceSeen
from cage_fsm.judge.verdict import Seen, Verdict

ROLLED_BACK = frozenset(
    {"ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}
)
UNDONE = frozenset(
    {
        "deployment_rolled_back",
        "deployment_stopped",
        "deployment_superseded",
        "deployment_gone",
        "service_gone",
    }
)
"""The rules by which our deployment is not there any more."""

FAILED_TASKS = 3
"""So many failed tasks, or as many as are desired, fail a deployment that no circuit breaker watches."""


def complete(
    service: ServiceSeen | None,
    ours: ServiceDeploymentSeen | None,
    task_definition: str,
    *,
    was_visible: bool,
) -> Verdict:
    """Judge by the service deployment `ours`, or by the service's `deployments` where it is not known.

    `was_visible`: our deployment was seen before, or must be by now; only then does its absence say that
    it was undone.
    """
    if service is None or service.status != "ACTIVE":
        status = service.status if service else "MISSING"
        return Verdict("fail", "service_gone", f"The service is {status}.", {"status": status})
    entry = _entry_of(service, task_definition)
    if ours:
        return _by_history(service, ours, entry)
    if entry:
        return _by_entry(service, entry, "Our deployment")
    if not was_visible:
        return Verdict("wait", "deployment_complete", "The deployment does not show yet.")
    now = service.primary.task_definition if service.primary else service.task_definition
    reason = (
        f"Our deployment is gone: the service is at {_short(now)}, rolled back or changed by someone else."
    )
    return Verdict("fail", "deployment_gone", reason, {"service_task_definition": now})


def restored(service: ServiceSeen | None, baseline: str, revision: str) -> Verdict:
    """The service is back at `baseline`, completely. `revision` is the one that it leaves."""
    if service is None or service.status != "ACTIVE":
        return complete(service, None, baseline, was_visible=True)
    primary = service.primary
    now = primary.task_definition if primary else service.task_definition
    if primary is None and now in (baseline, revision):
        return Verdict("wait", "baseline_restored", "The service shows no deployment.")
    if primary and now == baseline:
        return _by_entry(service, primary, "The deployment of the earlier revision")
    if now == revision:
        return Verdict("wait", "baseline_restored", f"The service is still at {_short(now)}.")
    reason = f"The service is at {_short(now)} now: somebody else changed it."
    return Verdict("fail", "baseline_superseded", reason, {"service_task_definition": now})


def _by_history(service: ServiceSeen, ours: ServiceDeploymentSeen, entry: DeploymentSeen | None) -> Verdict:
    seen = {"service_deployment": ours.arn, "status": ours.status, "status_reason": ours.reason}
    because = f": {ours.reason}" if ours.reason else "."
    if ours.status == "SUCCESSFUL":
        return Verdict("pass", "deployment_successful", "Our deployment is complete.", seen)
    if ours.status in ROLLED_BACK:
        return Verdict("fail", "deployment_rolled_back", f"ECS rolled our deployment back{because}", seen)
    if ours.status in ("STOPPED", "STOP_REQUESTED"):
        words = "Our deployment was stopped, by someone or by a newer deployment"
        return Verdict("fail", "deployment_stopped", f"{words}{because}", seen)
    going = Verdict("wait", "deployment_complete", f"Our deployment is {ours.status}.", seen)
    verdict = _by_entry(service, entry, "Our deployment") if entry else going
    return going if verdict.says == "pass" else verdict


def _by_entry(service: ServiceSeen, entry: DeploymentSeen, name: str) -> Verdict:
    others = sum(each.running for each in service.deployments) - entry.running
    seen: Seen = {
        "deployment": entry.id,
        "status": entry.status,
        "rollout_state": entry.rollout_state,
        "rollout_reason": entry.rollout_reason,
        "desired": entry.desired,
        "running": entry.running,
        "failed": entry.failed,
        "running_of_others": others,
    }
    if entry.rollout_state == "FAILED":
        return Verdict("fail", "deployment_failed", f"{name} failed: {entry.rollout_reason}", seen)
    if entry.status != "PRIMARY":
        now = service.primary.task_definition if service.primary else service.task_definition
        reason = f"{name} was superseded: the service goes to {_short(now)}."
        return Verdict("fail", "deployment_superseded", reason, seen)
    if not service.circuit_breaker and entry.failed >= max(FAILED_TASKS, entry.desired):
        reason = f"{name}: {entry.failed} tasks failed, and the service has no circuit breaker."
        return Verdict("fail", "tasks_failing", reason, seen)
    if entry.rollout_state == "COMPLETED" or (not entry.rollout_state and _settled(service, entry)):
        return Verdict("pass", "deployment_completed", f"{name} is complete.", seen)
    counts = f"{entry.running} of {entry.desired} tasks run {_short(entry.task_definition)}"
    failed = f", {entry.failed} failed" if entry.failed else ""
    old = f"; {others} of other revisions have not stopped yet" if others else ""
    return Verdict("wait", "deployment_complete", f"{counts}{failed}{old}.", seen)


def _entry_of(service: ServiceSeen, task_definition: str) -> DeploymentSeen | None:
    if service.primary and service.primary.task_definition == task_definition:
        return service.primary
    return next((found for found in service.deployments if found.task_definition == task_definition), None)


def _settled(service: ServiceSeen, entry: DeploymentSeen) -> bool:
    return len(service.deployments) == 1 and entry.running == entry.desired


def _short(task_definition: str) -> str:
    return task_definition.rpartition("/")[2]
