"""Which stopped tasks of a service count as failures of their revision."""

from collections.abc import Iterable

from cage_fsm.judge.seen import TaskSeen

_BY_THEMSELVES = frozenset({"TaskFailedToStart", "EssentialContainerExited"})


def failed(tasks: Iterable[TaskSeen], task_definition: str) -> list[TaskSeen]:
    """Those of this revision that stopped by themselves, or because their health checks failed.

    One that was stopped by a user, by scaling, or with what it ran on says nothing about its revision.
    """
    return [task for task in tasks if task.task_definition == task_definition and _failed(task)]


def _failed(task: TaskSeen) -> bool:
    # "Task failed container health checks", "Task failed ELB health checks in …" (developer guide, "Stopped
    # tasks error messages"); what scaling stops says "Scaling activity initiated by …".
    by_scheduler = task.stop_code == "ServiceSchedulerInitiated"
    return task.stop_code in _BY_THEMSELVES or (by_scheduler and "health check" in task.stopped_reason)


def how_it_ended(task: TaskSeen) -> str:
    """How a task failed, in AWS's words."""
    codes = (f"{c.name} exited with {c.exit_code}" for c in task.containers if c.exit_code not in (None, 0))
    return "; ".join(filter(None, (task.stopped_reason or task.stop_code, *codes)))
