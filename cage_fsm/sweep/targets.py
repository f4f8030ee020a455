"""Targets that nothing is behind, in the target groups of services that runs were about."""

from collections.abc import Iterator, Sequence

from cage_fsm.judge.seen import TargetSeen, TaskSeen
from cage_fsm.phases.facts import Facts
from cage_fsm.phases.names import run_of
from cage_fsm.sweep.cluster import Cluster, load_balancers, service_of
from cage_fsm.sweep.finding import Finding
from cage_fsm.sweep.holders import hosts
from cage_fsm.sweep.scene import NO_ANSWER, Scene, Stored

DEREGISTERS = "deregister it"
SERVES = frozenset({"healthy", "initial"})
"""A target of a task that has stopped is none of these for long."""


def findings(scene: Scene, cluster: Cluster, everywhere: Sequence[TaskSeen]) -> Iterator[Finding]:
    """Every target that no running task is behind, and that is not draining already.

    `everywhere` are the tasks of all clusters looked at: a target group may serve several.
    """
    for group, ports in sorted(groups(scene, cluster).items()):
        try:
            yield from _in_group(scene, cluster, group, ports, everywhere)
        except NO_ANSWER as error:
            yield Finding("unseen", group, f"Its targets could not be looked at: {error}")


def registered(scene: Scene, group_arn: str) -> list[TargetSeen]:
    """The targets that a group knows; a draining one included."""
    found = scene.ask(lambda: scene.aws.elbv2.targets(group_arn))
    return [each for each in found if each.registered]


def groups(scene: Scene, cluster: Cluster) -> dict[str, set[int]]:
    """The target groups of the services that have canaries, or had them, with the containers' ports."""
    facts = [Facts.of(each.record) for each in scene.runs.values() if each.record]
    here = [each for each in facts if each.cluster_arn and cluster.is_called(each.cluster_arn)]
    names = {each.service_name for each in here}
    names |= {service_of(task) for task in [*cluster.tasks, *cluster.stopped]}
    services = (each for each in cluster.services if each.get("serviceName") in names)
    found = [pair for each in services for pair in load_balancers(each)]
    found += [(group.arn, group.port) for each in here for group in each.groups]
    ports: dict[str, set[int]] = {}
    for arn, port in found:
        ports.setdefault(arn, set()).add(port)
    return ports


def _in_group(
    scene: Scene, cluster: Cluster, group: str, ports: set[int], everywhere: Sequence[TaskSeen]
) -> Iterator[Finding]:
    targets = [each for each in registered(scene, group) if "draining" not in each.state]
    known = hosts(scene, cluster, targets)
    for target in targets:
        if any(known.may_be_behind(task, target) for task in everywhere):
            continue
        canary = next((each for each in cluster.stopped if known.is_behind(each, target, ports)), None)
        yield from _stray(scene, group, target, canary)


def _stray(scene: Scene, group: str, target: TargetSeen, canary: TaskSeen | None) -> Iterator[Finding]:
    """What is to be said of a target; `canary` is a stopped one that had it."""
    owners = [each for each in scene.runs.values() if each.record and _names(each, group, target)]
    if any(each.unfinished for each in owners):
        return  # the run is found, and it releases the target itself
    thing = f"{target.id}:{target.port}"
    run = owners[-1] if owners else scene.run(run_of(canary.started_by) or "") if canary else None
    if run is None:
        why = "No running task that can be seen is behind it, but nothing proves that it is ours."
        yield Finding("target", thing, why, where=group)
    elif not run.unfinished:
        does, why = _judge(scene, target, run, canary)
        nonce = run.record.nonce if run.record else ""
        yield Finding("target", thing, why, run.id, DEREGISTERS if does else None, group, nonce)


def _judge(scene: Scene, target: TargetSeen, run: Stored, canary: TaskSeen | None) -> tuple[bool, str]:
    proof = f"the record of run {run.id}" if run.record else f"task {canary.arn if canary else ''}, a canary"
    if run.unreadable:
        return False, f"Whether run {run.id} is over cannot be told: {run.unreadable}"
    if run.over is None and not scene.include_unknown:
        return False, f"It was of run {run.id}, which is not in this store: --include-unknown takes it."
    if target.state in SERVES:
        return False, f"It was of run {run.id}, but is {target.state}: it may be somebody else's by now."
    ages = [run.over.updated_at] if run.over else [canary.created_at] if canary else [None]
    if not scene.is_old(*ages):
        return False, f"It is of run {run.id}, which is over too lately to be sure."
    return True, f"Safe: it is ours by {proof}, and no running task that can be seen is behind it."


def _names(run: Stored, group: str, target: TargetSeen) -> bool:
    """Whether a record says that its canary was registered so."""
    if run.record is None:
        return False
    facts = Facts.of(run.record)
    return any(
        (each.group_arn, each.id, each.port) == (group, target.id, target.port)
        and each.call not in facts.not_ours
        for each in facts.targets
    )
