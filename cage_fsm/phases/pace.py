"""When to look next: seldom while nothing can change yet, often when a change is due.

What is due is known: health checks keep their intervals, a deregistration its delay, a task its order of
states. A bad turn can come at any time, so that nothing is looked at more seldom than every SELDOM seconds.
"""

from datetime import timedelta

from cage_fsm.engine.run import Run
from cage_fsm.judge.seen import TaskSeen
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases.facts import Container, Facts

SELDOM = 4.0
OFTEN = 0.5
STARTING = 1.5
ABOUT_TO_RUN = 1.0
A_MOMENT = 2.0
"""Seconds. PROVISIONING and PENDING last for seconds; RUNNING may follow ACTIVATING at any moment."""


def until(due_in: float) -> float:
    """Seconds to the next look at what is due in `due_in` seconds; one that is overdue grows less urgent."""
    if due_in > 0:
        return min(due_in, SELDOM)
    return min(max(OFTEN, -due_in / 4), SELDOM)


def launching(task: TaskSeen | None, elapsed: float) -> float:
    """Seconds to the next look at a task that was asked for `elapsed` seconds ago."""
    soon = ABOUT_TO_RUN if task and task.last_status == "ACTIVATING" else STARTING
    return min(max(soon, elapsed / 20), SELDOM)


def running(run: Run) -> float:
    """Seconds to the next look at a task that runs to its end: what it writes is waited for."""
    return min(max(ABOUT_TO_RUN, since_entry(run) / 20), SELDOM)


def next_check(elapsed: float, containers: tuple[Container, ...]) -> float:
    """Seconds to the next look at containers that were seen to run `elapsed` seconds ago.

    Docker checks a container's health each time its interval has passed since it started, which was up to
    a look before it was seen.
    """
    waits = [until(_due_in(elapsed + OFTEN, each.interval)) for each in containers if each.checked]
    return min(waits, default=SELDOM)


def completing(run: Run, verdict: Verdict) -> float:
    """Seconds to the next look at a service deployment that may soon be complete.

    Its tasks need as long as the canary did; then those of the earlier revision drain like it.
    """
    facts, now = Facts.of(run.record), run.clock.now()
    drain = timedelta(seconds=max((group.drain for group in facts.groups), default=0))
    updated, launched = (run.record.intents[call].at for call in ("UpdateService", "RunTask"))
    canary_needed = updated - launched - timedelta(seconds=run.record.durations["bake"])
    ends = [updated + canary_needed + drain]
    if verdict.seen.get("running_of_others") == 0:
        ends.append(run.looks.see("others drain", now)[0] + drain - timedelta(seconds=SELDOM))
    return min(until((end - now).total_seconds()) for end in ends)


def _due_in(elapsed: float, interval: float) -> float:
    """Seconds to the next whole interval; negative for a moment after each one."""
    since = elapsed % interval
    return -since if elapsed >= interval and since < A_MOMENT else interval - since


def since_entry(run: Run) -> float:
    """Seconds since the present state was entered."""
    return (run.clock.now() - run.record.entered_at) / timedelta(seconds=1)
