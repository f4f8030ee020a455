"""The canary: finding it, looking at it, releasing it."""

from datetime import timedelta

from cage_fsm.aws.clients import Aws
from cage_fsm.engine.ports import Retryable
from cage_fsm.engine.run import Run
from cage_fsm.judge import task as judge
from cage_fsm.judge.seen import TargetSeen, TaskSeen
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases.facts import Facts, Target, learn
from cage_fsm.phases.validate import started_by

RUN_TASK = "RunTask"
VISIBLE_AFTER = timedelta(seconds=60)
"""A task may be MISSING for a while after RunTask: not visible yet. After this it is gone."""

LOOKS = 2


def find(aws: Aws, run: Run) -> str | None:
    """The ARN of this run's canary; None when none was ever started.

    Raises Retryable while a call that is in doubt could still show its task.
    """
    facts = Facts.of(run.record)
    intent = run.record.intents.get(RUN_TASK)
    if facts.task_arn or intent is None or run.in_doubt(RUN_TASK) is None:
        return facts.task_arn or None
    found = aws.ecs.task_arns(facts.cluster_arn, startedBy=started_by(run.record.id))
    if found:
        learn(run, task_arn=found[0])
        return found[0]
    _, looks = run.looks.see("no canary", run.clock.now())
    if looks < LOOKS or run.clock.now() - intent.at < VISIBLE_AFTER:
        message = "looking whether RunTask started a canary before its answer was lost"
        raise Retryable(message)
    return None


def look(aws: Aws, run: Run) -> TaskSeen | None:
    """The canary as ECS shows it; None once it is gone. Raises Retryable while it may not show yet."""
    facts = Facts.of(run.record)
    seen = aws.ecs.task(facts.cluster_arn, facts.task_arn)
    intent = run.record.intents.get(RUN_TASK)
    fresh = intent is not None and run.clock.now() - intent.at < VISIBLE_AFTER
    if seen is None and fresh and not facts.task_seen:
        message = "the canary does not show yet"
        raise Retryable(message)
    return seen


def judged(run: Run, seen: TaskSeen | None, *, health: bool) -> Verdict:
    """Judge the canary as `look` has shown it, with `health` also its containers' health checks."""
    facts = Facts.of(run.record)
    if seen is None:
        words = "ECS does not know the canary any more: it stopped more than an hour ago."
        return Verdict("fail", "task_missing", words, {"task": facts.task_arn})
    if health:
        return judge.healthy(seen, facts.essential, facts.checked)
    return judge.running(seen, facts.essential)


def is_stopped(task: TaskSeen | None) -> bool:
    """Whether the canary is gone or told to stop: the proof that it will not run on."""
    return task is None or task.desired_status == "STOPPED" or task.last_status in judge.ENDING


def deregister(aws: Aws, run: Run) -> list[TargetSeen]:
    """Deregister the canary wherever it is registered and not draining; returns what is still known."""
    left = []
    for target in Facts.of(run.record).targets:
        if target.call in Facts.of(run.record).not_ours:
            continue
        seen = aws.elbv2.target(target.group_arn, target.id, target.port)
        if not seen.registered:
            continue
        if "draining" not in seen.state:
            if _address_has_another_holder(aws, run, target):
                learn(run, not_ours=(*Facts.of(run.record).not_ours, target.call))
                continue
            run.intend(f"DeregisterTargets {target.call}")
            aws.elbv2.deregister(target.group_arn, target.id, target.port)
        left.append(seen)
    return left


def stop(aws: Aws, run: Run, task_arn: str) -> None:
    """Tell the canary to stop, unless it is seen stopped."""
    facts = Facts.of(run.record)
    if not is_stopped(look(aws, run)):
        run.intend("StopTask")
        aws.ecs.stop_task(facts.cluster_arn, task_arn, f"cage-fsm: the canary of {run.record.id} is over")


def hurry(aws: Aws, run: Run) -> None:
    """Deregister and stop what is known, without asking or waiting, and without the store."""
    facts = Facts.of(run.record)
    for target in facts.targets:
        if target.call not in facts.not_ours:
            aws.elbv2.deregister(target.group_arn, target.id, target.port)
    if facts.task_arn:
        aws.ecs.stop_task(facts.cluster_arn, facts.task_arn, f"cage-fsm: {run.record.id} was interrupted")


def _address_has_another_holder(aws: Aws, run: Run, target: Target) -> bool:
    """Once the canary has stopped, its address may be given to another task of the cluster."""
    facts = Facts.of(run.record)
    seen = look(aws, run)
    if seen is not None and seen.last_status != "STOPPED":
        return False
    others = aws.ecs.tasks(facts.cluster_arn, aws.ecs.task_arns(facts.cluster_arn))
    return any(task.address == target.id and task.arn != facts.task_arn for task in others)
