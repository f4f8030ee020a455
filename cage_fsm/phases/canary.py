"""The canary: looking at it, judging its task."""

from datetime import timedelta

from cage_fsm.aws.clients import Aws
from cage_fsm.engine.run import Run
from cage_fsm.judge import restarts
from cage_fsm.judge import task as judge
from cage_fsm.judge.seen import TaskSeen
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases import standalone
from cage_fsm.phases.facts import Facts, learn
from cage_fsm.phases.standalone import CANARY


def look(aws: Aws, run: Run, gone_after: timedelta = standalone.GONE_AFTER) -> TaskSeen | None:
    """The canary as ECS shows it; None once it is gone. Raises Retryable while that is not certain."""
    return standalone.look(aws, run, CANARY, gone_after)


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
