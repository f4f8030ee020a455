"""Whether the service is still as it was when the run began: only then it is ours to change."""

from cage_fsm.aws import shapes
from cage_fsm.aws.clients import Aws
from cage_fsm.engine.definition import Trigger
from cage_fsm.engine.ports import Outcome
from cage_fsm.judge.seen import ServiceSeen, short
from cage_fsm.phases.facts import Facts


def service_or_missing(aws: Aws, facts: Facts) -> ServiceSeen:
    """The service as it is; its status is MISSING when there is none any more."""
    return shapes.service(aws.ecs.service(facts.cluster_arn, facts.service_name) or {"status": "MISSING"})


def taken(aws: Aws, facts: Facts, trigger: Trigger) -> Outcome | None:
    """The verdict that somebody else has changed the service meanwhile; None while nobody has."""
    service = service_or_missing(aws, facts)
    now = service.primary.task_definition if service.primary else service.task_definition
    if service.status != "ACTIVE":
        return Outcome(trigger, f"The service is {service.status} now; it was not updated.")
    if now != facts.baseline or (service.primary and service.primary.id != facts.baseline_deployment):
        reason = f"Somebody else deployed {short(now)} to the service meanwhile; it was left as it is."
        return Outcome(trigger, reason, {"service_task_definition": now})
    return None
