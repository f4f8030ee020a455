"""The canary: finding it, looking at it, judging its task."""

from datetime import timedelta

from cage_fsm.aws.clients import Aws
from cage_fsm.engine.ports import Retryable
from cage_fsm.engine.run import Run
from cage_fsm.judge import restarts
from cage_fsm.judge import task as judge
from cage_fsm.judge.seen import TaskSeen
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases.facts import Facts, learn
from cage_fsm.phases.names import canary_group, started_by

RUN_TASK = "RunTask"
VISIBLE_AFTER = timedelta(seconds=60)
"""A task may be MISSING for a while after RunTask: not visible yet. After this it is gone."""

GONE_AFTER = timedelta(seconds=60)
"""So long it must be MISSING at each look. ECS shows a stopped task for an hour: less is staleness."""

LOOKS = 2
APART = timedelta(seconds=1)


def find(aws: Aws, run: Run) -> str | None:
    """The ARN of this run's canary; None when none was ever started.

    Raises Retryable while a call that is in doubt could still show its task.
    """
    facts = Facts.of(run.record)
    if facts.task_arn or run.in_doubt(RUN_TASK) is None:
        return facts.task_arn or None
    if adopted := adopt(aws, run):
        return adopted
    if not _seen_twice(run, "no canary") or _may_not_show_yet(run):
        message = "looking whether RunTask started a canary before its answer was lost"
        raise Retryable(message)
    return None


def adopt(aws: Aws, run: Run) -> str | None:
    """The ARN of the task that a RunTask in doubt has started, once it shows; learned.

    A task that is shown as somebody else's is not ours, even if it was listed: it would be stopped.
    """
    facts, ours = Facts.of(run.record), started_by(run.record.id)
    arns = aws.ecs.task_arns(facts.cluster_arn, startedBy=ours)
    group = canary_group(facts.service_name)
    not_ours = {
        each.arn
        for each in (aws.ecs.tasks(facts.cluster_arn, arns) if arns else [])
        if each.started_by not in (ours, "") or each.group not in (group, "")
    }
    found = next((arn for arn in arns if arn not in not_ours), None)
    if found:
        learn(run, task_arn=found)
    return found


def look(aws: Aws, run: Run, gone_after: timedelta = GONE_AFTER) -> TaskSeen | None:
    """The canary as ECS shows it; None once it is gone. Raises Retryable while that is not certain."""
    facts = Facts.of(run.record)
    seen = aws.ecs.task(facts.cluster_arn, facts.task_arn)
    if seen is not None:
        run.looks.forget("missing")
        return seen
    now = run.clock.now()
    since, looks = run.looks.see("missing", now, apart=APART)
    not_yet = not facts.task_seen and _may_not_show_yet(run)
    if looks < LOOKS or now - since < gone_after or not_yet:
        message = "ECS does not show the canary at present" if facts.task_seen else "ECS makes the canary"
        raise Retryable(message)
    return None


def judged(run: Run, seen: TaskSeen | None, *, health: bool) -> Verdict:
    """Judge the canary as `look` has shown it, with `health` also its containers' health checks."""
    facts = Facts.of(run.record)
    if seen is None:
        words = "ECS has not shown the canary for a minute: it is gone."
        return Verdict("fail", "task_missing", words, {"task": facts.task_arn})
    policies = facts.restart_policies
    verdict = (
        judge.healthy(seen, facts.essential, facts.checked, policies)
        if health
        else judge.running(seen, facts.essential, policies)
    )
    now = _remembered(run, facts, seen)
    return restarts.judge(verdict, facts.lives, now.lives)


def _remembered(run: Run, facts: Facts, seen: TaskSeen) -> Facts:
    """Keep the images that are judged, and how often ECS restarted a container."""
    lives, images = dict(facts.lives), dict(facts.images)
    for each in seen.containers:
        if each.name in facts.restart_policies:
            lives[each.name] = restarts.live_on(facts.lives.get(each.name), each)
        if each.image_digest:
            images[each.name] = each.image_digest
    if (lives, images) == (facts.lives, facts.images):
        return facts
    return learn(run, lives=lives, images=images)


def is_stopping(task: TaskSeen) -> bool:
    """Whether the task is told to stop, or has: it will not run on."""
    return task.desired_status == "STOPPED" or task.last_status in judge.ENDING


def _seen_twice(run: Run, what: str) -> bool:
    return run.looks.see(what, run.clock.now(), apart=APART)[1] >= LOOKS


def _may_not_show_yet(run: Run) -> bool:
    return run.clock.now() - run.last_sent(RUN_TASK) < VISIBLE_AFTER
