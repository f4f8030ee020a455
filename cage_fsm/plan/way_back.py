"""Whether the service could be sent back to what it runs."""

from collections.abc import Mapping
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.judge.seen import TaskSeen, short
from cage_fsm.plan.asking import Asking
from cage_fsm.plan.images import old_images
from cage_fsm.plan.shapes import WayBack

Json = Mapping[str, Any]

NOWHERE = WayBack(None, None, (), ready=None)


def way_back(aws: Aws, asking: Asking, runs: str, baseline: Json | None, tasks: list[TaskSeen]) -> WayBack:
    """The way to the revision that `runs`, by ARN; `baseline` is None or empty where it cannot be read."""
    if not baseline:
        return WayBack(short(runs), None, (), ready=None)
    running = {
        each.name: each.image_digest
        for task in tasks
        if task.task_definition == runs
        for each in task.containers
        if each.image_digest
    }
    images = tuple(old_images(aws, asking, baseline, running))
    status = str(baseline.get("status", "ACTIVE"))
    said = {each.said for each in images}
    known = said <= {"exists", "not in ECR"} or None
    broken = status != "ACTIVE" or "missing" in said
    return WayBack(short(runs), status, images, ready=False if broken else known)
