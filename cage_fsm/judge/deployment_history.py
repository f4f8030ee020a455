"""Judges a deployment by the history of service deployments that ECS keeps."""

from collections.abc import Mapping

from cage_fsm.judge.deployment_entry import completed
from cage_fsm.judge.seen import ServiceDeploymentSeen, ServiceSeen, short
from cage_fsm.judge.verdict import Seen, Verdict

SUPERSEDED = "deployment_superseded"

REPLACED = frozenset({"STOPPED", "STOP_REQUESTED"})
"""What a service deployment is once a newer one took its place, too."""

# ECS API reference, ServiceDeployment.status.
_ROLLED_BACK: Mapping[str, str] = {
    "ROLLBACK_REQUESTED": "ECS was asked to roll our deployment back",
    "ROLLBACK_IN_PROGRESS": "ECS rolls our deployment back",
    "ROLLBACK_SUCCESSFUL": "ECS rolled our deployment back",
    "ROLLBACK_FAILED": "ECS failed to roll our deployment back",
}


def by_history(
    service: ServiceSeen, ours: ServiceDeploymentSeen, task_definition: str, going: Verdict | None
) -> Verdict:
    """Judge `ours` by its status; while it goes on, `going` is the verdict on its entry."""
    seen: Seen = {
        "service_deployment": ours.arn,
        "status": ours.status,
        "status_reason": ours.reason,
        "circuit_breaker": ours.breaker,
        "triggered_alarms": list(ours.alarms) or None,
    }
    because = f": {ours.reason}" if ours.reason else "."
    cause = _cause(ours)
    if ours.status == "SUCCESSFUL" and service.going_to != task_definition:
        now = short(service.going_to)
        reason = f"Our deployment was complete, but the service goes to {now} by now."
        return Verdict("fail", SUPERSEDED, reason, {**seen, "service_task_definition": service.going_to})
    if ours.status == "SUCCESSFUL":
        return Verdict("pass", "deployment_successful", completed("Our deployment", service), seen)
    if ours.status in _ROLLED_BACK:
        reason = f"{_ROLLED_BACK[ours.status]}{cause}{because}"
        return Verdict("fail", "deployment_rolled_back", reason, seen)
    if ours.status in REPLACED:
        return _stopped(service, task_definition, cause, because, seen)
    if going is None or going.says == "pass":
        return Verdict("wait", "deployment_complete", f"Our deployment is {ours.status}.", seen)
    return going


def _cause(ours: ServiceDeploymentSeen) -> str:
    """What made ECS break a deployment off; nothing where ECS does not say so."""
    if ours.alarms:
        return f" because alarm {', '.join(ours.alarms)} went off"
    return " because its circuit breaker opened" if ours.breaker == "TRIGGERED" else ""


def _stopped(service: ServiceSeen, task_definition: str, cause: str, because: str, seen: Seen) -> Verdict:
    now = service.going_to
    if now != task_definition:
        seen = {**seen, "service_task_definition": now}
        reason = f"Our deployment was superseded: the service goes to {short(now)}{because}"
        return Verdict("fail", SUPERSEDED, reason, seen)
    if cause:
        return Verdict("fail", "deployment_failed", f"Our deployment failed{cause}{because}", seen)
    words = "Our deployment was stopped, by someone or by a newer deployment"
    return Verdict("fail", "deployment_stopped", f"{words}{because}", seen)
