"""Canaries and one-off tasks that outlived their run."""

from collections.abc import Iterator
from datetime import UTC, datetime

from cage_fsm.judge.seen import TaskSeen
from cage_fsm.phases.expiry import read
from cage_fsm.phases.names import EXPIRES, one_off_group, run_of
from cage_fsm.phases.standalone import ONE_OFF
from cage_fsm.sweep.cluster import CANARIES, Cluster, service_of
from cage_fsm.sweep.finding import Finding
from cage_fsm.sweep.scene import Scene, Stored

STOPS = "deregister its targets, and stop it once they have drained"
OURS = (CANARIES, one_off_group(""))
"""How the groups of the tasks begin that runs start."""


def findings(scene: Scene, cluster: Cluster) -> Iterator[Finding]:
    """Every such task that runs in a cluster, but those whose run is not over: of these the run is found."""
    for task in cluster.tasks:
        run_id = run_of(task.started_by.removesuffix(ONE_OFF.mark))
        if run_id is None and not task.group.startswith(OURS):
            continue
        run = scene.run(run_id) if run_id else None
        if run is None or not run.unfinished:
            yield _finding(scene, cluster, task, run)


def judge(scene: Scene, task: TaskSeen, run: Stored | None) -> tuple[bool, str]:
    """Whether a task of a run that is not unfinished may be stopped, and why, or why not."""
    if run is None:
        return False, f"It is not ours: started by {task.started_by or 'nobody known'}."
    if not task.group.startswith(OURS):
        return False, f"It is not ours for sure: run {run.id} started it, but its group is {task.group}."
    if run.unreadable:
        return False, f"Whether run {run.id} is over cannot be told: {run.unreadable}"
    if run.over:
        if not scene.is_old(task.created_at, run.over.updated_at):
            return False, f"Run {run.id} is over ({run.over.state}), but too lately to be sure."
        return True, f"Safe: run {run.id} is over ({run.over.state}), and nobody else knows this task."
    return _unknown(scene, task, run.id)


def _unknown(scene: Scene, task: TaskSeen, run_id: str) -> tuple[bool, str]:
    """Of a run that this store does not know, only the task itself can say that its time is over."""
    where = f"Run {run_id} is not in this store, but may be in another one"
    if EXPIRES not in task.tags:
        return False, f"{where}, and the task has no tag {EXPIRES}. Look for its run before you stop it."
    until = read(task.tags[EXPIRES])
    if until is None:
        return False, f"{where}, and the task's tag {EXPIRES} cannot be read. Look for its run first."
    when = f"{until.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if not _is_past(scene, task, until):
        return False, f"{where}, and the task may be needed until {when}."
    if not scene.include_unknown:
        return False, f"{where}. Its time was over at {when}: --include-unknown takes it as well."
    return True, f"Safe: run {run_id} is not in this store, and by the task's own tag was over at {when}."


def _is_past(scene: Scene, task: TaskSeen, until: datetime) -> bool:
    return scene.clock.now() > until and scene.is_old(task.created_at)


def _finding(scene: Scene, cluster: Cluster, task: TaskSeen, run: Stored | None) -> Finding:
    stops, why = judge(scene, task, run)
    service = service_of(task)
    gone = " Its service is gone." if stops and service and not cluster.service(service) else ""
    nonce = run.record.nonce if run and run.record else ""
    does = STOPS if stops else None
    return Finding("task", task.arn, why + gone, run.id if run else None, does, cluster.name, nonce)
