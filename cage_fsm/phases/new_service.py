"""The service that a run creates: whether one that shows is it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cage_fsm.engine.run import Run
from cage_fsm.phases.confirming import require_sought
from cage_fsm.phases.facts import Facts, Inputs
from cage_fsm.phases.our_deployment import CLOCKS_APART, CREATE, GONE_AFTER

SAME = timedelta(seconds=1)
"""One answer may show a moment more exactly than another."""


def is_ours(run: Run, service: Mapping[str, Any]) -> bool:
    """Whether this run is proved to have created a service that is at its revision still.

    Where the answer of CreateService was lost, only a revision that this run has registered proves it: its
    name was free before, and nobody else knows that revision. With one that was there anybody may have
    created the service.
    """
    facts, intent, at = Facts.of(run.record), run.in_doubt(CREATE), service.get("createdAt")
    if intent is None or service.get("taskDefinition") != facts.task_definition:
        return False
    if facts.created:
        return at is None or facts.created_at is None or abs(at - facts.created_at) < SAME
    return not Inputs.of(run.record).task_definition and (at is None or at >= intent.at - CLOCKS_APART)


def look_once_more(run: Run) -> None:
    """Raise Retryable until a service whose CreateService was not answered would show."""
    require_sought(
        run, CREATE, GONE_AFTER, "looking whether the service was created before the answer was lost"
    )
