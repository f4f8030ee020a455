"""Releasing the canary: out of every target group, and in a hurry stopped."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.engine.ports import Refused, Retryable, Suspend
from cage_fsm.engine.run import Run
from cage_fsm.judge.seen import TargetSeen
from cage_fsm.judge.target import JUST_REGISTERED_SECONDS
from cage_fsm.phases import canary, standalone
from cage_fsm.phases.answered import answered
from cage_fsm.phases.facts import Facts, Target, learn
from cage_fsm.phases.standalone import AT_ONCE, CANARY, CLUSTER_GONE, is_stopping
from cage_fsm.phases.target_ids import is_at

SHOWS_AFTER = timedelta(seconds=JUST_REGISTERED_SECONDS)


def deregister(aws: Aws, run: Run) -> list[TargetSeen]:
    """Deregister the canary wherever it is registered and not draining; returns what is still known."""
    left = []
    for target in Facts.of(run.record).targets:
        if target.call in Facts.of(run.record).not_ours:
            continue
        seen = _seen(aws, run, target)
        if not seen.registered and not _may_show_late(run, target):
            continue
        if "draining" not in seen.state:
            if _has_another_holder(aws, run, target):
                learn(run, not_ours=(*Facts.of(run.record).not_ours, target.call))
                continue
            _send_deregister(aws, run, target)
        left.append(seen)
    return left


def left_to_others(run: Run) -> str:
    """A sentence on each target of the canary that another task holds by now; empty without one."""
    facts = Facts.of(run.record)
    return "".join(
        f" {each.id}:{each.port} belongs to another task by now, and was left in {each.group_arn}."
        for each in facts.targets
        if each.call in facts.not_ours
    )


def drained_in(run: Run) -> float:
    """Seconds until the deregistration delay of the last target is over; negative once it should be.

    A target is shown as draining until then, whether or not it has anything left to do (ELB user guide,
    "Deregistration delay").
    """
    facts, now = Facts.of(run.record), run.clock.now()
    delays = {group.arn: timedelta(seconds=group.drain) for group in facts.groups}
    ends = (
        intent.at + delays[target.group_arn]
        for target in facts.targets
        if (intent := run.record.intents.get(_deregistering(target)))
    )
    return max(((end - now).total_seconds() for end in ends), default=0)


def hurry(aws: Aws, run: Run) -> bool:
    """Deregister and stop what is known, without asking or waiting, and without the store.

    A target that was seen gone is left: its address may be another task's by now. Returns whether a canary
    is known.
    """
    facts, held = Facts.of(run.record), run.record.held
    calls: list[Callable[[], object]] = [
        partial(aws.elbv2.deregister, target.group_arn, target.id, target.port)
        for target in facts.targets
        if "target_registration" in held and target.call not in facts.not_ours
    ]
    stopped: list[str] = []
    try_all([*calls, lambda: stopped.extend(standalone.hurry(aws, run, CANARY))])
    return bool(stopped)


def try_all(calls: list[Callable[[], object]]) -> None:
    """Make every call, whatever fails before it; then raise the first failure."""
    failures = [failure for call in calls if (failure := _failure_of(call))]
    if failures:
        raise failures[0]


def _failure_of(call: Callable[[], object]) -> Exception | None:
    try:
        call()
    except (Retryable, Refused, Suspend) as failure:
        return failure
    return None


def _seen(aws: Aws, run: Run, target: Target) -> TargetSeen:
    """The target; one of which nothing can be learned counts as registered, so that it is released."""
    unknown = TargetSeen(target.id, target.port, "", "", "")
    ask = partial(aws.elbv2.target, target.group_arn, target.id, target.port)
    try:
        return answered(run, f"target {target.call}", ask, unknown)
    except AwsSaidNo:
        _send_deregister(aws, run, target)  # it cannot be looked at, but it can be released
        raise


def _send_deregister(aws: Aws, run: Run, target: Target) -> None:
    run.intend(_deregistering(target))
    aws.elbv2.deregister(target.group_arn, target.id, target.port)
    _deregistered(run).add(target.call)


def _may_show_late(run: Run, target: Target) -> bool:
    """Whether a target that does not show may be registered: nothing was done yet to undo RegisterTargets.

    A DeregisterTargets that was not answered may have done nothing either.
    """
    register, intents = f"RegisterTargets {target.call}", run.record.intents
    if register not in intents or target.call in _deregistered(run):
        return False
    return _deregistering(target) not in intents or run.clock.now() - run.last_sent(register) < SHOWS_AFTER


def _deregistered(run: Run) -> set[str]:
    """The targets for which DeregisterTargets was answered in this state."""
    done: set[str] = run.once("deregistered", set)
    return done


def _deregistering(target: Target) -> str:
    return f"DeregisterTargets {target.call}"


def _has_another_holder(aws: Aws, run: Run, target: Target) -> bool:
    """Once the canary stops, ECS may give its address or host port to another task."""
    facts = Facts.of(run.record)
    try:
        seen = canary.look(aws, run, AT_ONCE)
        if seen is not None and not is_stopping(seen):
            return False
        others = aws.ecs.tasks(facts.cluster_arn, aws.ecs.task_arns(facts.cluster_arn))
    except AwsSaidNo as no:
        if no.code not in CLUSTER_GONE:
            raise
        return False
    return any(is_at(task, target, facts) and not is_stopping(task) for task in others)
