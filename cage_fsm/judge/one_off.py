"""Judges a one-off task: whether it came to run, and how the container that it is about has ended."""

from collections.abc import Collection

from cage_fsm.judge.seen import ContainerSeen, TaskSeen
from cage_fsm.judge.task import ENDING, NO_POLICIES, Policies, describe, end_of, how_it_stopped, is_restarted
from cage_fsm.judge.verdict import Verdict

_TOLD_TO_END = frozenset({137, 143})
"""SIGKILL and SIGTERM: how the other containers end when the task does."""


_CUT_SHORT = frozenset(
    {
        "InfrastructureHealth",
        "ServiceSchedulerInitiated",
        "SpotInterruption",
        "TerminationNotice",
        "UserInitiated",
    }
)
"""Stop codes of a task that was told to end: 0 then says nothing of what it had to do (Task.stopCode)."""


def started(task: TaskSeen) -> Verdict:
    """It runs, or has run already: how it ended is judged later."""
    ran = any(each.exit_code is not None for each in task.containers)
    ending = task.last_status in ENDING or task.desired_status == "STOPPED"
    if not ran and (task.stop_code == "TaskFailedToStart" or is_over(task)):
        reason = f"The one-off task {how_it_stopped(task)}"
        return Verdict("fail", "task_not_started", reason, describe(task))
    if ending or task.last_status == "RUNNING":
        return Verdict("pass", "task_started", f"The one-off task is {task.last_status}.", describe(task))
    return Verdict("wait", "task_started", f"The one-off task is {task.last_status}.", describe(task))


def is_over(task: TaskSeen) -> bool:
    """Whether no container of the task runs any more (developer guide, "Amazon ECS task lifecycle")."""
    return task.last_status in ("STOPPED", "DELETED")


def is_cut_short(task: TaskSeen, name: str, essential: Collection[str]) -> bool:
    """Whether the container `name` may have been told to end, so that its 0 proves nothing.

    That does not show only in stop codes: another essential container that fails stops the task as well, and
    a program that minds SIGTERM ends with 0.
    """
    return task.stop_code in _CUT_SHORT or bool(_failed(task, name, essential))


def exit_code(task: TaskSeen, name: str, policies: Policies = NO_POLICIES) -> int | None:
    """The code that the container has ended with for good; None as long as it has not, or had none."""
    found = _named(task, name)
    if found is None or found.exit_code is None:
        return None
    if is_over(task):
        return found.exit_code
    return found.exit_code if found.last_status == "STOPPED" and not is_restarted(found, policies) else None


def ended(
    task: TaskSeen,
    name: str,
    code: int | None,
    essential: Collection[str],
    *,
    by_itself: bool = False,
    by_us: bool = False,
) -> Verdict:
    """The task is STOPPED, and its container `name` has ended by itself with the `code` 0.

    `by_itself`: that was seen before. `by_us`: the run then stopped the task, because others would run on.
    """
    if not is_over(task):
        words = f"Container {name} exited with {code}; the" if code is not None else "The"
        reason = f"{words} one-off task is {task.last_status}."
        return Verdict("wait", "task_stopped", reason, describe(task))
    if code is None:
        reason = f"The one-off task {how_it_stopped(task)}. Container {name} has no exit code."
        return Verdict("fail", "no_exit_code", reason, describe(task))
    is_in_doubt = not by_itself and is_cut_short(task, name, essential)
    parts = [_own_end(task, name, code), *_others(task, name), _why(task, by_us=by_us)]
    reason = "; ".join(filter(None, parts)) + _first(task, name, code, essential, in_doubt=is_in_doubt)
    seen = describe(task) if not by_us else {"containers": describe(task)["containers"]}
    is_good = code == 0 and not is_in_doubt
    return Verdict("pass" if is_good else "fail", "container_exited", reason, seen)


def forgotten(name: str, code: int | None, arn: str) -> Verdict:
    """ECS shows a stopped task for an hour: of one that it does not show any more, only `code` is known."""
    if code is None:
        reason = (
            f"ECS does not show the one-off task {arn} any more, as it does not an hour after the end of a "
            f"task. Whether and how container {name} came to its end is in doubt; its log tells."
        )
        return Verdict("fail", "task_missing", reason, {"task": arn})
    words = f"The one-off task ended: container {name} exited with {code}"
    return Verdict("pass" if code == 0 else "fail", "container_exited", words)


def _own_end(task: TaskSeen, name: str, code: int) -> str:
    found = _named(task, name)
    why = f" ({found.reason})" if found and found.reason else ""
    return f"The one-off task ended: container {name} exited with {code}{why}"


def _others(task: TaskSeen, name: str) -> list[str]:
    """How the other containers failed; those that were told to end did not."""
    return [
        end_of(each)
        for each in task.containers
        if each.name != name and each.exit_code and (each.reason or each.exit_code not in _TOLD_TO_END)
    ]


def _why(task: TaskSeen, *, by_us: bool) -> str:
    """What stopped the task, if not the end of a container."""
    if by_us or task.stop_code not in _CUT_SHORT:
        return ""
    return f"it was stopped, {task.stop_code}: {task.stopped_reason}"


def _first(task: TaskSeen, name: str, code: int, essential: Collection[str], *, in_doubt: bool) -> str:
    """Whether an essential container has ended before this one, which stops a task."""
    if code == 0 and in_doubt and (failed := _failed(task, name, essential)):
        return (
            f". Container {failed[0]} is essential, and its end may have stopped container {name} before the "
            f"work was done: that is in doubt. If {failed[0]} ends so whenever it is told to end, let it not "
            "be essential"
        )
    own_end = name in essential and code not in _TOLD_TO_END
    if own_end or task.stop_code != "EssentialContainerExited":
        return ""
    guilty = _ended_by_themselves(task, name, essential, but={None})
    return f". The end of container {guilty[0]}, which is essential, stopped the task" if guilty else ""


def _failed(task: TaskSeen, name: str, essential: Collection[str]) -> list[str]:
    return _ended_by_themselves(task, name, essential, but={None, 0})


def _ended_by_themselves(
    task: TaskSeen, name: str, essential: Collection[str], *, but: Collection[int | None]
) -> list[str]:
    """The other essential containers with an exit code that does not say they were told to end."""
    others = [each for each in task.containers if each.name in essential and each.name != name]
    return [each.name for each in others if each.exit_code not in {*but, *_TOLD_TO_END}]


def _named(task: TaskSeen, name: str) -> ContainerSeen | None:
    return next((each for each in task.containers if each.name == name), None)
