"""Whether the service is still as it was when the run began: only then it is ours to change."""

from dataclasses import replace

from cage_fsm.aws import shapes
from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.engine.definition import Trigger
from cage_fsm.engine.ports import Outcome, Refused
from cage_fsm.engine.run import Run
from cage_fsm.judge.deployment import deleted
from cage_fsm.judge.seen import ServiceSeen, short
from cage_fsm.phases.facts import Facts


def service_or_missing(aws: Aws, facts: Facts) -> ServiceSeen:
    """The service as it is; its status is MISSING when there is none any more."""
    return shapes.service(aws.ecs.service(facts.cluster_arn, facts.service_name) or {"status": "MISSING"})


def require_unchanged(aws: Aws, run: Run, trigger: Trigger, undone: str) -> None:
    """Raises Refused unless service and revision are as the canary was judged with, and that was lately."""
    facts = Facts.of(run.record)
    try:
        changed = taken(aws, facts, trigger) or deregistered(aws, facts, trigger)
    except AwsSaidNo as no:
        changed = replace(no.outcome, trigger=trigger)
    if changed:
        raise Refused(changed)
    if run.record.deadline and run.clock.now() >= run.record.deadline:
        reason = f"The run was away for too long after its canary was judged; {undone}."
        raise Refused(Outcome(trigger, reason))


def taken(aws: Aws, facts: Facts, trigger: Trigger) -> Outcome | None:
    """The verdict that somebody else has changed the service meanwhile; None while nobody has."""
    service = service_or_missing(aws, facts)
    now = service.primary.task_definition if service.primary else service.task_definition
    if service.status != "ACTIVE":
        return Outcome(trigger, f"{deleted(service.status)} It was not updated.")
    if now != facts.baseline or (service.primary and service.primary.id != facts.baseline_deployment):
        reason = f"Somebody else deployed {short(now)} to the service meanwhile; it was left as it is."
        return Outcome(trigger, reason, {"service_task_definition": now})
    return None


def deregistered(aws: Aws, facts: Facts, trigger: Trigger) -> Outcome | None:
    """The verdict that somebody has made our revision INACTIVE; None while nobody has, or it may not be read.

    ECS goes on to take such a revision for ten minutes (API reference, DeregisterTaskDefinition).
    """
    try:
        status = aws.ecs.task_definition(facts.task_definition).get("status", "ACTIVE")
    except AwsSaidNo:
        return None
    if status == "ACTIVE":
        return None
    reason = f"Somebody deregistered {short(facts.task_definition)} meanwhile; the service was not updated."
    return Outcome(trigger, reason, {"status": status})
