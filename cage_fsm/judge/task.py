"""Judges whether the canary runs and its containers are healthy."""

from collections.abc import Collection, Mapping

from cage_fsm.judge.seen import ContainerSeen, TaskSeen
from cage_fsm.judge.stop_codes import because
from cage_fsm.judge.verdict import Seen, Verdict

Policies = Mapping[str, Collection[int]]
"""The containers with a restart policy, each with the exit codes after which it is not restarted."""

NO_POLICIES: Policies = {}
ENDING = frozenset({"DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED", "DELETED"})
"""What follows RUNNING in a task's life (ECS developer guide, "Amazon ECS task lifecycle")."""


def running(task: TaskSeen, essential: Collection[str], policies: Policies = NO_POLICIES) -> Verdict:
    """The task is RUNNING, and with it every essential container."""
    if (ended := _ended(task)) or (ended := _lost(task, essential, policies)):
        return ended
    if task.last_status == "RUNNING":
        return Verdict("pass", "task_running", "The canary is running.", describe(task))
    return Verdict("wait", "task_running", f"The canary is {task.last_status}.", describe(task))


def healthy(
    task: TaskSeen,
    essential: Collection[str],
    checked: Collection[str],
    policies: Policies = NO_POLICIES,
) -> Verdict:
    """It runs, and every container that has a health check is HEALTHY. UNKNOWN is no failure."""
    alive = running(task, essential, policies)
    if alive.says != "pass":
        return alive
    # One that need not run, and has ended, has nothing left that could be checked.
    over = {each.name for each in task.containers if each.last_status == "STOPPED"} - set(essential)
    checked = set(checked) - over
    judged = [container for container in task.containers if container.name in checked]
    for container in judged:
        if container.health == "UNHEALTHY":
            reason = f"Container {container.name} of the canary is UNHEALTHY: its health check fails."
            return Verdict("fail", "container_unhealthy", reason, describe(task))
    open_ones = [f"{found.name} is {found.health}" for found in judged if found.health != "HEALTHY"]
    missing = [f"{name} is not there" for name in sorted(set(checked) - {found.name for found in judged})]
    if open_ones or missing:
        reason = f"Waiting for health checks: {', '.join(open_ones + missing)}."
        return Verdict("wait", "containers_healthy", reason, describe(task))
    words = (
        "Every health check passes." if judged else "The canary is running; no container has a health check."
    )
    return Verdict("pass", "containers_healthy", words, describe(task))


def _ended(task: TaskSeen) -> Verdict | None:
    if task.last_status not in ENDING and task.desired_status != "STOPPED":
        return None
    return Verdict("fail", "task_stopped", f"The canary {how_it_stopped(task)}", describe(task))


def how_it_stopped(task: TaskSeen) -> str:
    """Why a task stopped and how its containers ended, as the rest of a sentence."""
    why = ": ".join(filter(None, (task.stop_code, task.stopped_reason))) or task.last_status
    parts = [why, *(words for each in task.containers if (words := end_of(each, said=why)))]
    return f"stopped{because(task.stop_code)}: {'; '.join(parts)}"


def _lost(task: TaskSeen, essential: Collection[str], policies: Policies) -> Verdict | None:
    gone = [each for each in task.containers if each.name in essential and each.last_status == "STOPPED"]
    for container in gone:
        if not is_restarted(container, policies):
            words = end_of(container) or f"container {container.name} stopped"
            return Verdict("fail", "essential_container_gone", f"The canary lost {words}.", describe(task))
    if gone:
        words = f"Container {gone[0].name} of the canary stopped; its restart policy starts it again."
        return Verdict("wait", "container_restarted", words, describe(task))
    return None


def is_restarted(container: ContainerSeen, policies: Policies) -> bool:
    """Whether a container that has stopped is started again by its restart policy."""
    return container.name in policies and container.exit_code not in policies[container.name]


def end_of(container: ContainerSeen, said: str = "") -> str:
    """How a container ended, without the reason that was `said` already."""
    reason = "" if container.reason in said else f" ({container.reason})"
    if container.exit_code is None and not reason:
        return ""
    code = "" if container.exit_code is None else f" exited with {container.exit_code}"
    return f"container {container.name}{code}{reason}"


def describe(task: TaskSeen) -> Seen:
    """The observations that a verdict on a task keeps."""
    return {
        "task": task.arn,
        "last_status": task.last_status,
        "desired_status": task.desired_status,
        "stop_code": task.stop_code,
        "stopped_reason": task.stopped_reason,
        "containers": [
            f"{found.name}: {found.last_status}, health {found.health}"
            + (f", exit code {found.exit_code}" if found.exit_code is not None else "")
            + (f", {found.reason}" if found.reason else "")
            for found in task.containers
        ],
    }
