"""Judges whether our deployment of our revision is complete, has failed, or is still going on."""

from collections.abc import Sequence
from dataclasses import replace

from cage_fsm.judge.deployment_entry import by_entry
from cage_fsm.judge.deployment_history import by_history
from cage_fsm.judge.seen import DeploymentSeen, ServiceDeploymentSeen, ServiceSeen, TaskSeen, short
from cage_fsm.judge.verdict import Verdict

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

NOT_OURS = frozenset({"deployment_superseded", "deployment_gone", "service_gone"})
"""Those of them by which the service itself is gone, or goes elsewhere."""


def complete(
    service: ServiceSeen | None,
    ours: ServiceDeploymentSeen | None,
    task_definition: str,
    *,
    was_visible: bool,
    deployment: str | None = None,
    unchanged_seconds: float = 0,
    failures: Sequence[TaskSeen] = (),
) -> Verdict:
    """Judge by the service deployment `ours`, or by the service's `deployments` where it is not known.

    `was_visible`: our deployment was seen before, or must be by now; only then does its absence say that
    it was undone. `deployment`: its id, where its revision does not tell it from others (`entry_of`).
    `unchanged_seconds`: how long the counts have been what they are. `failures`: tasks of our revision that
    failed.
    """
    if service is None or service.status != "ACTIVE":
        status = service.status if service else "MISSING"
        return Verdict("fail", "service_gone", deleted(status), {"status": status})
    entry = entry_of(service, task_definition, deployment)
    going = by_entry(service, entry, "Our deployment", unchanged_seconds, failures) if entry else None
    if ours and ours.status:
        return by_history(service, ours, task_definition, going)
    if going:
        return going
    if not was_visible:
        return Verdict("wait", "deployment_complete", "The deployment does not show yet.")
    now = service.going_to
    reason = (
        f"Our deployment is gone: the service is at {short(now)}, rolled back or changed by someone else."
    )
    return Verdict("fail", "deployment_gone", reason, {"service_task_definition": now})


def deleted(status: str) -> str:
    """Say that a service with this status is there no more (API reference, DeleteService)."""
    return f"The service is {status}: somebody deleted it."


def restored(
    service: ServiceSeen | None, baseline: str, revision: str, *, unchanged_seconds: float = 0
) -> Verdict:
    """The service is back at `baseline`, completely. `revision` is the one that it leaves."""
    if service is None or service.status != "ACTIVE":
        return complete(service, None, baseline, was_visible=True)
    entry, now = entry_of(service, baseline), service.going_to
    if entry is None and now in (baseline, revision):
        return Verdict("wait", "baseline_restored", "The service shows no deployment.")
    if entry and now == baseline:
        verdict = by_entry(service, entry, "The deployment of the earlier revision", unchanged_seconds)
        # There is nothing to go back to from here: a place for its tasks is waited for.
        return replace(verdict, says="wait") if verdict.rule == "stuck_placing" else verdict
    if now == revision:
        return Verdict("wait", "baseline_restored", f"The service is still at {short(now)}.")
    reason = f"The service is at {short(now)} now: somebody else changed it."
    return Verdict("fail", "baseline_superseded", reason, {"service_task_definition": now})


def entry_of(
    service: ServiceSeen, task_definition: str, deployment: str | None = None
) -> DeploymentSeen | None:
    """The entry of the service's `deployments` that runs this revision; the primary one, or the newest.

    For a revision that ran before, only the one with the id `deployment`; empty while that is not known.
    """
    if deployment is not None:
        return next((found for found in service.deployments if deployment and found.id == deployment), None)
    if service.primary and service.primary.task_definition == task_definition:
        return service.primary
    found = [each for each in service.deployments if each.task_definition == task_definition]
    return max(found, key=lambda each: each.created_at.timestamp() if each.created_at else 0, default=None)
