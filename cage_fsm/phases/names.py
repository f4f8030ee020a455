"""What marks a run's things in AWS, so that they are found again."""

import re

from cage_fsm.engine.record import RUN_ID
from cage_fsm.judge.seen import short

TAG = "cage-fsm:run"
"""The tag of a revision; its value is the run id."""

EXPIRES = "cage-fsm:expires"
"""The tag of a canary; its value is the moment, in UTC, past which whoever finds it may stop it."""


def canary_group(service_name: str) -> str:
    """The group that marks canaries of a service; canarycage's, so that both see each other's."""
    return f"cage:canary-task:{service_name}"


def one_off_group(task_definition: str) -> str:
    """The group of a one-off task, of the family of its revision; 255 characters at most (RunTask)."""
    return f"cage:one-off-task:{family_of(task_definition)}"[:255]


def started_by(run_id: str) -> str:
    """How the tasks of a run are found again."""
    return f"cage-fsm/{run_id}"


def run_of(started_by: str) -> str | None:
    """The id of the run that started a task; None for a task that no run of ours did."""
    found = re.fullmatch(f"cage-fsm/({RUN_ID})", started_by)
    return found[1] if found else None


def family_of(task_definition: str) -> str:
    """The family of a task definition's ARN."""
    return short(task_definition).partition(":")[0]
