"""Our deployment of our revision: finding it in the service's history, and judging it."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from cage_fsm.aws import shapes
from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.engine.ports import Retryable
from cage_fsm.engine.record import Intent
from cage_fsm.engine.run import Run
from cage_fsm.judge import deployment as judge
from cage_fsm.judge.deployment_entry import by_tasks
from cage_fsm.judge.deployment_history import REPLACED, SUPERSEDED
from cage_fsm.judge.failures import failed
from cage_fsm.judge.images import same
from cage_fsm.judge.placing import last_start, started
from cage_fsm.judge.seen import DeploymentSeen, ServiceDeploymentSeen, ServiceSeen, TaskSeen
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases import alarms, service_groups
from cage_fsm.phases.answered import answered
from cage_fsm.phases.confirming import confirmed
from cage_fsm.phases.facts import Facts, Inputs, learn

UPDATE, CREATE = "UpdateService", "CreateService"
VISIBLE_AFTER = timedelta(seconds=15)
GONE_AFTER = timedelta(seconds=60)
"""A deployment that does not show may still show for so long: answers are stale for a while."""

HISTORY = timedelta(seconds=20)
"""So often the history is asked for though the service looks the same."""

SUSPICIOUS, QUIET = timedelta(seconds=5), timedelta(seconds=15)
"""So often stopped tasks are looked for: when tasks seem to fail, and while nothing says so."""

STANDSTILL = timedelta(seconds=30)
"""After so long without a change, and so often, it is asked whether the target groups are still there."""

NOT_JUDGED = Verdict("wait", "not_judged", "Our deployment is not judged now.")

CLOCKS_APART = timedelta(minutes=10)
"""How far the clock of this machine may be from AWS's."""

AFTER_BASELINE = timedelta(seconds=5)
"""A service deployment may be made a moment later than its entry in the service's `deployments`."""


def find(aws: Aws, run: Run) -> str | None:
    """The ARN of our service deployment, of any status; None while it does not show, or cannot be told.

    A revision that was there before the run may have service deployments from then: those of the baseline,
    or older ones.
    """
    return Facts.of(run.record).service_deployment or _newest(aws, run)


def _newest(aws: Aws, run: Run) -> str | None:
    """The newest service deployment of our revision since it was sent, learned."""
    facts, intent = Facts.of(run.record), run.record.intents.get(_call(run))
    unreadable: set[str] = run.once("unreadable", set)  # what was said when the history was asked for
    if intent is None or unreadable:
        return None
    try:
        found = aws.ecs.service_deployment_of(
            facts.cluster_arn,
            facts.service_name,
            facts.task_definition,
            intent.at - CLOCKS_APART,
            proved_after=_after(facts, intent) if _was_there(run) else None,
        )
    except AwsSaidNo as no:
        unreadable.add(no.code)
        return None
    if found:
        learn(run, service_deployment=found, deployment_seen=True)
    return found


def _after(facts: Facts, intent: Intent) -> datetime:
    """What our deployment is younger than: the baseline's, or those of an earlier service of this name."""
    if facts.created:
        return (facts.created_at or intent.at) - AFTER_BASELINE
    return (facts.baseline_at or intent.at) + AFTER_BASELINE


def _call(run: Run) -> str:
    """What began our deployment."""
    return CREATE if CREATE in run.record.intents else UPDATE


def _was_there(run: Run) -> bool:
    return Inputs.of(run.record).task_definition is not None


def new_deployment(run: Run, service: ServiceSeen) -> str | None:
    """The id of our deployment, empty while it does not show; None where its revision tells which it is.

    It is the one that UpdateService has answered with. After a lost answer it is the one that the service
    goes to, if it is not the baseline's.
    """
    facts, primary = Facts.of(run.record), service.primary
    if not facts.again:
        return None
    if facts.deployment or facts.baseline_sent or primary is None or UPDATE not in run.record.intents:
        return facts.deployment
    if primary.task_definition == facts.task_definition and primary.id != facts.baseline_deployment:
        facts = learn(run, deployment=primary.id)
    return facts.deployment


def judged(aws: Aws, run: Run) -> Verdict:
    """Judge our deployment by the service, by its history, and by what its tasks run.

    The service is asked at each look; the rest only when it may have changed, or may decide.
    """
    facts = Facts.of(run.record)
    service = service_seen(aws, run)
    deployment = new_deployment(run, service) if service else None
    entry = judge.entry_of(service, facts.task_definition, deployment) if service else None
    if entry and not facts.deployment_seen:
        facts = learn(run, deployment_seen=True)
    verdict = judge.complete(
        service,
        _history(aws, run, service, entry),
        facts.task_definition,
        deployment=deployment,
        was_visible=facts.deployment_seen or run.clock.now() - run.last_sent(_call(run)) > GONE_AFTER,
        unchanged_seconds=unchanged_seconds(run, service, entry),
        failures=_failures(aws, run, service, entry),
    )
    if verdict.rule == "deployment_gone" or _contradicts_itself(verdict):
        return confirmed(run, "deployment gone", verdict, GONE_AFTER)
    run.looks.forget("deployment gone")
    if verdict.says == "wait" and service and (lost := lost_group(aws, run, service, entry)):
        return lost
    return _with_images(aws, run, entry, verdict)


def lost_group(aws: Aws, run: Run, service: ServiceSeen, entry: DeploymentSeen | None) -> Verdict | None:
    """The verdict that a target group was taken away, asked for while a deployment gets no further."""
    if entry is None or unchanged_seconds(run, service, entry) < STANDSTILL.total_seconds():
        return None
    return run.once(f"groups {_period(run, STANDSTILL)}", lambda: service_groups.lost(aws, service))


def service_seen(aws: Aws, run: Run) -> ServiceSeen | None:
    """The service; where it shows no `deployments`, its tasks say what it runs."""
    facts = Facts.of(run.record)
    found = aws.ecs.service(facts.cluster_arn, facts.service_name)
    service = shapes.service(found) if found else None
    if service is None or service.status != "ACTIVE" or service.deployments:
        return service
    tasks = aws.ecs.service_tasks(facts.cluster_arn, facts.service_name, "RUNNING")
    return replace(service, deployments=by_tasks(service, tasks))


def unchanged_seconds(run: Run, service: ServiceSeen | None, entry: DeploymentSeen | None) -> float:
    """For how long this process has seen no task of a deployment more, or less, and none started."""
    if service is None or entry is None:
        return 0
    start = last_start(service, entry)
    counts = f"{entry.id} {entry.running} of {entry.desired}, {start.at if start else 'none'}"
    now = run.clock.now()
    return (now - run.looks.since("counts", counts, now)).total_seconds()


def _history(
    aws: Aws, run: Run, service: ServiceSeen | None, entry: DeploymentSeen | None
) -> ServiceDeploymentSeen | None:
    """Our service deployment; looked at again when the service shows another picture, or it is old."""
    if service is None or service.status != "ACTIVE":
        return None
    if entry is None:
        return _our_service_deployment(aws, run)  # it may decide
    picture = (entry.status, entry.rollout_state, entry.desired, entry.running, entry.failed)
    name = f"history {picture} {len(service.deployments)} {_period(run, HISTORY)}"
    return run.once(name, lambda: _our_service_deployment(aws, run))


def _our_service_deployment(aws: Aws, run: Run) -> ServiceDeploymentSeen | None:
    def ask() -> ServiceDeploymentSeen | None:
        arn = find(aws, run)
        found = aws.ecs.service_deployment(arn) if arn else None
        if found and found.status in REPLACED and (newer := _newest(aws, run)):
            # Somebody deployed our revision anew: that counts as ours.
            return aws.ecs.service_deployment(newer)
        return found

    return answered(run, "history", ask, None)


def _failures(
    aws: Aws, run: Run, service: ServiceSeen | None, entry: DeploymentSeen | None
) -> list[TaskSeen]:
    """The failed tasks of our revision, asked for where they may decide: `failedTasks` forgets them."""
    if service is None or entry is None or service.circuit_breaker or entry.running >= entry.desired:
        return []
    suspicious = entry.failed or started(service, entry) > entry.desired
    name = f"failures {_period(run, SUSPICIOUS if suspicious else QUIET)}"
    return run.once(name, lambda: failed(_tasks(aws, run, "STOPPED", entry), entry.task_definition))


def _tasks(aws: Aws, run: Run, desired_status: str, entry: DeploymentSeen | None) -> list[TaskSeen]:
    """Of a revision that was there before the run, only the tasks that our deployment has started."""
    facts = Facts.of(run.record)
    found = aws.ecs.service_tasks(facts.cluster_arn, facts.service_name, desired_status)
    return [each for each in found if not _was_there(run) or (entry and each.started_by == entry.id)]


def _period(run: Run, every: timedelta) -> str:
    return f"{every} {run.clock.now().timestamp() // every.total_seconds()}"


def _contradicts_itself(verdict: Verdict) -> bool:
    """A deployment that succeeded, of a service that goes elsewhere: one of the two answers may be stale."""
    return verdict.rule == SUPERSEDED and verdict.seen.get("status") == "SUCCESSFUL"


def _with_images(aws: Aws, run: Run, entry: DeploymentSeen | None, verdict: Verdict) -> Verdict:
    """Compare digests once as soon as tasks run, and again before a deployment is called complete."""
    facts = Facts.of(run.record)
    if verdict.says == "pass":
        images = _images(aws, run, entry)
        seen = {**verdict.seen, "images": images.reason, **images.seen}
        return images if images.says == "fail" else replace(verdict, seen=seen)
    if verdict.says == "fail" or facts.images_compared or entry is None or not entry.running:
        return verdict
    images = run.once(f"images {entry.running} {_period(run, HISTORY)}", lambda: _images(aws, run, entry))
    return images if images.says == "fail" else verdict


def _images(aws: Aws, run: Run, entry: DeploymentSeen | None) -> Verdict:
    facts = Facts.of(run.record)
    # What AWS puts into a task besides moves by itself.
    may_move = {each.name for each in facts.containers if not each.pinned}
    tested = {name: digest for name, digest in facts.images.items() if name in may_move}
    tasks = _tasks(aws, run, "RUNNING", entry) if tested else []
    verdict = same(tested, [each for each in tasks if each.task_definition == facts.task_definition])
    if verdict.says == "pass":
        learn(run, images_compared=True)
    return verdict


def judged_meanwhile(aws: Aws, run: Run) -> Verdict:
    """While the canary is released after UpdateService: the verdict on our deployment and the alarms.

    The release never waits for CloudWatch: alarms that it does not show now are asked for again.
    """
    verdict = NOT_JUDGED
    if run.record.direction != "forward" or run.record.inputs.get("keep_failing"):
        return verdict
    if not Facts.of(run.record).deployment_complete:
        verdict = judged(aws, run)
        if verdict.says == "pass":
            learn(run, deployment_complete=True)  # stabilizing_service looks once more
    if verdict.says != "fail":
        with suppress(Retryable):
            return alarms.failed(aws, run) or verdict
    return verdict
