"""When a canary has outlived every run that could still need it, as a tag that it carries itself."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cage_fsm.engine.definition import Duration
from cage_fsm.phases.names import EXPIRES, TAG

Json = Mapping[str, Any]

MOST_TAGS = 50
"""Of a task, those propagated to it included (API reference, RunTask)."""

MARGIN = timedelta(hours=1)
"""For the states without a named duration, and for resumes that renew a deadline."""


def longest(durations: Mapping[Duration, float], *, approval: bool) -> timedelta:
    """How long a run of these durations may take at most, twice over: an approved canary is judged anew."""
    seconds = sum(each for name, each in durations.items() if approval or name != "approval")
    return 2 * timedelta(seconds=seconds) + MARGIN


def expiring(request: Json, definition: Json, at: datetime) -> dict[str, Any]:
    """A RunTask request with the tag that says until when its task is needed.

    Without it where the task has all the tags that it may have: it then is never taken for an orphan.
    """
    kept = [each for each in request.get("tags", []) if each.get("key") != EXPIRES]
    keys = {EXPIRES, *(each.get("key") for each in kept)}
    if request.get("propagateTags") == "TASK_DEFINITION":
        keys |= {TAG, *(each.get("key") for each in definition.get("tags", []))}
    if len(keys) > MOST_TAGS:
        return dict(request)
    return {**request, "tags": [*kept, {"key": EXPIRES, "value": written(at)}]}


def written(at: datetime) -> str:
    """The value of the tag: ISO 8601, UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(value: str) -> datetime | None:
    """The moment that a tag's value says; None when it says none."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else None
