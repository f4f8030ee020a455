"""Our deployment of our revision: finding it in the service's history, and judging it."""

from contextlib import suppress
from datetime import timedelta

from cage_fsm.aws import shapes
from cage_fsm.aws.clients import Aws
from cage_fsm.engine.ports import Retryable
from cage_fsm.engine.run import Run
from cage_fsm.judge import deployment as judge
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases import alarms
from cage_fsm.phases.facts import Facts, learn

UPDATE = "UpdateService"
VISIBLE_AFTER = timedelta(seconds=15)
LOOKS = 2
APART = timedelta(seconds=5)
"""One look without our deployment may be a stale answer."""

CLOCKS_APART = timedelta(minutes=10)
"""How far the clock of this machine may be from AWS's."""


def find(aws: Aws, run: Run) -> str | None:
    """The ARN of our service deployment, of any status; None while it does not show."""
    facts, intent = Facts.of(run.record), run.record.intents.get(UPDATE)
    if facts.service_deployment or intent is None:
        return facts.service_deployment or None
    found = aws.ecs.service_deployment_of(
        facts.cluster_arn, facts.service_name, facts.task_definition, intent.at - CLOCKS_APART
    )
    if found:
        learn(run, service_deployment=found, deployment_seen=True)
    return found


def judged(aws: Aws, run: Run) -> Verdict:
    """Judge our deployment by the history of the service, or by the service itself."""
    arn = find(aws, run)
    ours = aws.ecs.service_deployment(arn) if arn else None
    facts = Facts.of(run.record)
    found = aws.ecs.service(facts.cluster_arn, facts.service_name)
    service = shapes.service(found) if found else None
    if service and not facts.deployment_seen:
        showing = any(each.task_definition == facts.task_definition for each in service.deployments)
        facts = learn(run, deployment_seen=True) if showing else facts
    was_visible = facts.deployment_seen or run.clock.now() - run.last_sent(UPDATE) > VISIBLE_AFTER
    verdict = judge.complete(service, ours, facts.task_definition, was_visible=was_visible)
    if verdict.rule != "deployment_gone":
        run.looks.forget("deployment gone")
    elif run.looks.see("deployment gone", run.clock.now(), apart=APART)[1] < LOOKS:
        return Verdict("wait", verdict.rule, f"{verdict.reason} Looking once more.", verdict.seen)
    return verdict


def failed_meanwhile(aws: Aws, run: Run) -> Verdict | None:
    """While the canary is released after UpdateService: the verdict on a deployment that failed.

    The release never waits for CloudWatch: alarms that it does not show now are asked for again.
    """
    if run.record.direction != "forward" or run.record.inputs.get("keep_failing"):
        return None
    verdict = judged(aws, run)
    if verdict.says == "fail":
        return verdict
    with suppress(Retryable):
        return alarms.failed(aws, run)
    return None
