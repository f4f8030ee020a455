"""Targets: registration, health checks, draining."""

import math

from cage_fsm.sandbox.elb.records import Target, TargetGroup
from cage_fsm.sandbox.life import checks
from cage_fsm.sandbox.life.poke import poke_by_group
from cage_fsm.sandbox.records import Task
from cage_fsm.sandbox.world import World


def register(world: World, group: TargetGroup, address: str, port: int) -> None:
    """Register a target; one that is registered already stays as it is."""
    target = Target(address, port, world.now)
    if target.key in group.targets and group.targets[target.key].state != "draining":
        return
    group.targets[target.key] = target
    if not group.balancers or not group.checks_enabled:
        show(target, *(checks.DISABLED if group.balancers else checks.NOT_IN_USE))
        return
    world.after(world.timings.registering, "target.begin", *_named(group, target))
    recheck(world, group, target)


def deregister(world: World, group: TargetGroup, address: str, port: int) -> bool:
    """Begin to drain a target; False when there is no such target or it drains already."""
    target = group.targets.get(f"{address}:{port}")
    if target is None or target.state == "draining":
        return False
    if target.state == "unused":
        del group.targets[target.key]
        return True
    show(target, "draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
    world.after(group.drain, "target.gone", *_named(group, target))
    return True


def lose(world: World, group: TargetGroup, ec2_id: str) -> None:
    """An instance was terminated: its targets are unused, and deregistered after a while."""
    for target in group.targets.values():
        if target.id == ec2_id:
            show(target, *checks.TERMINATED)
            world.after(world.timings.terminated, "target.gone", *_named(group, target))


def recheck(world: World, group: TargetGroup, target: Target) -> None:
    """See to it that the next check takes place: a whole number of intervals after registration."""
    if target.checked or target.state in {"draining", "unused", "unavailable"}:
        return
    target.checked = True
    done = math.floor((world.now - target.registered_at) / group.interval + 1e-6)
    due = target.registered_at + (done + 1) * group.interval
    world.after(due - world.now, "target.check", *_named(group, target))


def disturb(world: World, task: Task) -> None:
    """Something about a task changed: look at the targets at its address or on its host again."""
    places = {task.interface.address or task.host}
    for group in world.target_groups.values():
        for target in group.targets.values():
            if target.id in places:
                recheck(world, group, target)


def begin(world: World, subject: str, data: str) -> None:
    """The registration is through."""
    _, target = _found(world, subject, data)
    if target is not None and target.reason == "Elb.RegistrationInProgress":
        show(target, "initial", "Elb.InitialHealthChecking", "Initial health checks in progress")


def check(world: World, subject: str, data: str) -> None:
    """Check a target once; a healthy one that passes is left alone until something changes."""
    group, target = _found(world, subject, data)
    if group is None or target is None or target.state in {"draining", "unused", "unavailable"}:
        return
    target.checked = False
    before = target.state
    said = checks.answer(world, target)
    passed = checks.passes(group, said)
    if passed:
        _passed(group, target)
    else:
        _failed(group, target, said)
    if target.state != before:
        poke_by_group(world, group.arn)
    if not (passed and target.state == "healthy"):
        recheck(world, group, target)


def gone(world: World, subject: str, data: str) -> None:
    """The deregistration delay is over."""
    group, target = _found(world, subject, data)
    if group is not None and target is not None:
        del group.targets[target.key]


def show(target: Target, state: str, reason: str | None = None, description: str | None = None) -> None:
    """Set what DescribeTargetHealth says."""
    target.state, target.reason, target.description = state, reason, description


def show_all(group: TargetGroup, state: str, reason: str, description: str) -> None:
    """Set what DescribeTargetHealth says of every target that does not drain."""
    for target in group.targets.values():
        if target.state != "draining":
            show(target, state, reason, description)


def _passed(group: TargetGroup, target: Target) -> None:
    target.failures = 0
    target.passes += 1
    if target.state != "healthy" and target.passes >= group.healthy_threshold:
        show(target, "healthy")


def _failed(group: TargetGroup, target: Target, said: str) -> None:
    target.passes = 0
    target.failures += 1
    if target.state == "unhealthy" or target.failures >= group.unhealthy_threshold:
        show(target, "unhealthy", *checks.failure(group, said))


def _named(group: TargetGroup, target: Target) -> tuple[str, str]:
    return f"{group.arn}|{target.key}", str(target.registered_at)


def _found(world: World, subject: str, data: str) -> tuple[TargetGroup | None, Target | None]:
    arn, _, key = subject.partition("|")
    group = world.target_groups.get(arn)
    target = group.targets.get(key) if group else None
    if target is None or str(target.registered_at) != data:
        return group, None
    return group, target
