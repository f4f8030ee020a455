"""A task that a run starts by itself and that no service knows: started once, found again, stopped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.engine.ports import Outcome, Refused, Retryable, Superseded
from cage_fsm.engine.run import Run
from cage_fsm.judge.seen import TaskSeen
from cage_fsm.judge.task import ENDING
from cage_fsm.known_secrets import known_secrets
from cage_fsm.phases.confirming import LOOKS, require_sought
from cage_fsm.phases.discreet import discreet
from cage_fsm.phases.facts import Facts, learn
from cage_fsm.phases.names import canary_group, family_of, one_off_group, started_by
from cage_fsm.phases.our_deployment import CLOCKS_APART
from cage_fsm.phases.sending import sending

VISIBLE_AFTER = timedelta(seconds=60)
"""A task may be MISSING for a while after RunTask: not visible yet. After this it is gone."""

GONE_AFTER = timedelta(seconds=60)
"""So long it must be MISSING at each look. ECS shows a stopped task for an hour: less is staleness."""

TOKEN_LIFE = timedelta(hours=1) - CLOCKS_APART
"""RunTask remembers a token for at least an hour (ECS API reference, "Ensuring idempotency")."""

CLUSTER_GONE = frozenset({"ClusterNotFoundException"})
"""No task is left in a cluster that was deleted (API reference, DeleteCluster)."""

AT_ONCE, AGAIN = timedelta(0), timedelta(seconds=10)
APART = timedelta(seconds=1)


@dataclass(frozen=True)
class Kind:
    """What tells the tasks of one kind from those of another: intents, facts, and marks on ECS.

    A run starts one of each kind at the most. The token and startedBy have the `mark` at their end.
    """

    name: str
    run_task: str
    stop_task: str
    arn: str
    seen: str
    mark: str = ""

    def arn_in(self, facts: Facts) -> str:
        """The ARN of the task; empty while it is not known."""
        return str(getattr(facts, self.arn))

    def was_seen(self, facts: Facts) -> bool:
        """Whether ECS has shown the task."""
        return bool(getattr(facts, self.seen))

    def started_by(self, run_id: str) -> str:
        """How the task is found again; at most 36 characters, as ECS took them of old."""
        return started_by(run_id) + self.mark

    def group(self, facts: Facts) -> str:
        """The task group."""
        return one_off_group(facts.task_definition) if self.mark else canary_group(facts.service_name)


CANARY = Kind("canary", "RunTask", "StopTask", "task_arn", "task_seen")
ONE_OFF = Kind(
    "one-off task",
    "RunTask of the one-off task",
    "StopTask of the one-off task",
    "one_off_task",
    "one_off_seen",
    "/task",
)


def doubt_is_old(run: Run, kind: Kind) -> bool:
    """Whether RunTask was sent so long ago that its token may start a second task."""
    doubt = run.in_doubt(kind.run_task)
    return doubt is not None and run.clock.now() - doubt.at > TOKEN_LIFE


def start(aws: Aws, run: Run, kind: Kind, request: Mapping[str, Any], secret: Any = ()) -> None:
    """Send RunTask with its token: sent again with it, it gives back the same task.

    Nothing that is `secret` in the request gets into words. Raises Refused when ECS has no room for it.
    """
    facts = Facts.of(run.record)
    token = run.intend(kind.run_task)
    with discreet(known_secrets(secret)), sending(run, kind.run_task):
        started = aws.ecs.run_task(
            **request,
            cluster=facts.cluster_arn,
            taskDefinition=facts.task_definition,
            clientToken=token + kind.mark,
            startedBy=kind.started_by(run.record.id),
            group=kind.group(facts),
        )
    if started.task_arn:
        _keep(aws, run, kind, started.task_arn)
    elif started.failures:
        run.was_not_sent(kind.run_task)  # an answer without a task: none was started
        reason = f"ECS did not start the {kind.name}: {'; '.join(started.failures)}"
        no = Outcome("failed", reason, {"rule": "not_started", "failures": list(started.failures)})
        raise Refused(no)
    else:
        message = "RunTask answered with neither a task nor a failure"
        raise Retryable(message)


def _keep(aws: Aws, run: Run, kind: Kind, task_arn: str) -> None:
    """Learn the task; one that started only after another process had gone on without it is stopped.

    Whoever looked for it then has proved that there is none, so that nobody else would ever stop it.
    """
    state = run.record.state
    try:
        learn(run, **{kind.arn: task_arn})
    except Superseded as lost:
        run.refresh()
        facts = Facts.of(run.record)
        if run.record.state == state or kind.arn_in(facts) == task_arn:
            raise  # the new owner knows it, or will ask for it with the same token
        reason = f"cage-fsm: {run.record.id} had gone on without this {kind.name}"
        aws.ecs.stop_task(facts.cluster_arn, task_arn, reason)
        raise Superseded(f"{lost} StopTask was sent for the {kind.name} that this has started.") from lost


def find(aws: Aws, run: Run, kind: Kind) -> str | None:
    """The ARN of this run's task; None when none was ever started, or none is shown any more.

    Raises Retryable while a call that is in doubt could still show its task.
    """
    facts = Facts.of(run.record)
    if kind.arn_in(facts) or run.in_doubt(kind.run_task) is None:
        return kind.arn_in(facts) or None
    if adopted := adopt(aws, run, kind):
        return adopted
    words = f"looking whether RunTask started a {kind.name} before its answer was lost"
    require_sought(run, kind.run_task, VISIBLE_AFTER, words, APART)
    return _find_stopped(aws, run) if kind is ONE_OFF else None


def _find_stopped(aws: Aws, run: Run) -> str | None:
    """What a one-off task has done stays: that it ran is said, or that nobody can tell."""
    found = adopt_stopped(aws, run, ONE_OFF)
    if not found:
        learn(run, one_off_in_doubt=True)
    return found


def adopt(aws: Aws, run: Run, kind: Kind) -> str | None:
    """The ARN of the task that a RunTask in doubt has started, once it shows; learned.

    A task that is shown as somebody else's is not ours, even if it was listed: it would be stopped.
    """
    facts, ours = Facts.of(run.record), kind.started_by(run.record.id)
    arns = aws.ecs.task_arns(facts.cluster_arn, startedBy=ours)
    not_ours = {
        each.arn
        for each in (aws.ecs.tasks(facts.cluster_arn, arns) if arns else [])
        if each.started_by not in (ours, "") or each.group not in (kind.group(facts), "")
    }
    found = next((arn for arn in arns if arn not in not_ours), None)
    if found:
        learn(run, **{kind.arn: found})
    return found


def adopt_stopped(aws: Aws, run: Run, kind: Kind) -> str | None:
    """The same of a task that has stopped: `startedBy` alone lists none (API reference, ListTasks)."""
    facts, ours = Facts.of(run.record), kind.started_by(run.record.id)
    family = family_of(facts.task_definition)
    arns = aws.ecs.task_arns(facts.cluster_arn, family=family, desiredStatus="STOPPED")
    tasks = aws.ecs.tasks(facts.cluster_arn, arns)
    found = next((each.arn for each in tasks if each.started_by == ours), None)
    if found:
        learn(run, **{kind.arn: found})
    return found


def look(aws: Aws, run: Run, kind: Kind, gone_after: timedelta = GONE_AFTER) -> TaskSeen | None:
    """The task as ECS shows it; None once it is gone. Raises Retryable while that is not certain."""
    facts = Facts.of(run.record)
    seen = aws.ecs.task(facts.cluster_arn, kind.arn_in(facts))
    if seen is not None:
        run.looks.forget(f"{kind.name} missing")
        return seen
    now = run.clock.now()
    since, looks = run.looks.see(f"{kind.name} missing", now, apart=APART)
    not_yet = not kind.was_seen(facts) and now - run.last_sent(kind.run_task) < VISIBLE_AFTER
    if looks < LOOKS or now - since < gone_after or not_yet:
        shows = "does not show" if kind.was_seen(facts) else "makes"
        message = f"ECS {shows} the {kind.name}{' at present' if kind.was_seen(facts) else ''}"
        raise Retryable(message)
    return None


def is_stopping(task: TaskSeen) -> bool:
    """Whether the task is told to stop, or has: it will not run on."""
    return task.desired_status == "STOPPED" or task.last_status in ENDING


def stop(
    aws: Aws, run: Run, kind: Kind, *, ask_after: timedelta, until: Callable[[TaskSeen], bool] = is_stopping
) -> bool:
    """Stop the task `until` that holds of it; returns whether that is proved, or that none was started.

    StopTask is sent once the last one is `ask_after` old. MISSING is no proof by itself: only together with
    StopTask not finding the task.
    """
    try:
        return _stopped(aws, run, kind, ask_after, until)
    except AwsSaidNo as no:
        if no.code not in CLUSTER_GONE:
            raise
        return True


def _stopped(aws: Aws, run: Run, kind: Kind, ask_after: timedelta, until: Callable[[TaskSeen], bool]) -> bool:
    task_arn = find(aws, run, kind)
    if task_arn is None:
        return True
    try:
        task = look(aws, run, kind, AT_ONCE)
    except AwsSaidNo:
        send_stop(aws, run, kind)  # it cannot be looked at, but it can be stopped
        raise
    if task is not None and until(task):
        return True
    if task is not None and (is_stopping(task) or _asked_since(run, kind, ask_after)):
        return False
    was_known = send_stop(aws, run, kind)
    return task is None and not was_known


def _asked_since(run: Run, kind: Kind, ago: timedelta) -> bool:
    return run.clock.now() - run.last_sent(kind.stop_task) < ago


def send_stop(aws: Aws, run: Run, kind: Kind) -> bool:
    """Send StopTask. Returns False when ECS does not know the task."""
    facts = Facts.of(run.record)
    run.intend(kind.stop_task)
    reason = f"cage-fsm: the {kind.name} of {run.record.id} is over"
    return aws.ecs.stop_task(facts.cluster_arn, kind.arn_in(facts), reason)


def hurry(aws: Aws, run: Run, kind: Kind) -> list[str]:
    """Stop the task without asking or waiting, and without the store. Returns its ARN.

    One whose ARN could not be saved any more is found by its run.
    """
    facts = Facts.of(run.record)
    arns = [kind.arn_in(facts)] if kind.arn_in(facts) else []
    if not arns and kind.run_task in run.record.intents:
        arns = aws.ecs.task_arns(facts.cluster_arn, startedBy=kind.started_by(run.record.id))
    for arn in arns:
        aws.ecs.stop_task(facts.cluster_arn, arn, f"cage-fsm: {run.record.id} was interrupted")
    return arns
