"""Clears away what was found, after another look: what changed meanwhile is left alone."""

from functools import partial

from cage_fsm.judge.seen import TargetSeen
from cage_fsm.phases.release import try_all
from cage_fsm.sweep import targets
from cage_fsm.sweep.cluster import Cluster
from cage_fsm.sweep.finding import Act, Finding
from cage_fsm.sweep.holders import hosts
from cage_fsm.sweep.scene import Scene


def act(scene: Scene, finding: Finding, clusters: list[Cluster]) -> Act:
    """Do what is to be done about something in AWS. Raises Retryable, Suspend or Refused."""
    match finding.kind:
        case "task":
            return _stop(scene, finding, next(each for each in clusters if each.name == finding.where))
        case "target":
            return _deregister_target(scene, finding)
        case _:
            return _deregister_revision(scene, finding)


def left(finding: Finding) -> Act:
    """Nothing was done."""
    return Act(finding, "left", "It was left alone: it is not as it was when it was found.")


def _stop(scene: Scene, finding: Finding, cluster: Cluster) -> Act:
    """Deregister a canary; stop it once no target group knows it: ECS deregisters no task by itself."""
    known = _registered(scene, finding, cluster)
    try_all(
        [
            partial(scene.ask, partial(scene.aws.elbv2.deregister, group, target.id, target.port))
            for group, target in known
            if "draining" not in target.state
        ]
    )
    if known:
        words = f"{len(known)} of its targets are draining; sweep once more when they are gone, to stop it."
        return Act(finding, "draining", words)
    reason = f"cage-fsm: sweep; run {finding.run} is over"
    scene.ask(partial(scene.aws.ecs.stop_task, cluster.name, finding.thing, reason))
    return Act(finding, "done", "It is registered nowhere, and was told to stop.")


def _deregister_target(scene: Scene, finding: Finding) -> Act:
    target_id, _, port = finding.thing.rpartition(":")
    scene.ask(partial(scene.aws.elbv2.deregister, finding.where, target_id, int(port)))
    return Act(finding, "done", "It is deregistered, and drains if anything is left to drain.")


def _deregister_revision(scene: Scene, finding: Finding) -> Act:
    scene.ask(partial(scene.aws.ecs.deregister_task_definition, finding.thing))
    return Act(finding, "done", "It is deregistered.")


def _registered(scene: Scene, finding: Finding, cluster: Cluster) -> list[tuple[str, TargetSeen]]:
    """Where the canary is registered, draining or not."""
    task = next(each for each in cluster.tasks if each.arn == finding.thing)
    found = []
    for group, ports in targets.groups(scene, cluster).items():
        known = targets.registered(scene, group)
        at = hosts(scene, cluster, known)
        found += [(group, each) for each in known if at.is_behind(task, each, ports)]
    return found
