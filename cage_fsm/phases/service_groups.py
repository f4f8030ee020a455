"""The target groups of a service: without one, its deployment never becomes complete."""

from contextlib import suppress

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.elbv2 import GONE
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.engine.ports import Retryable
from cage_fsm.judge.seen import ServiceSeen
from cage_fsm.judge.verdict import Verdict

LOST = "target_group_lost"


def lost(aws: Aws, service: ServiceSeen) -> Verdict | None:
    """The verdict that somebody took a target group away; None where all are in use, or may not be read."""
    with suppress(Retryable):
        for arn in service.target_groups:
            if words := _of_one(aws, arn):
                return Verdict(
                    "fail", LOST, f"Target group {arn} of the service {words}.", {"target_group": arn}
                )
    return None


def _of_one(aws: Aws, arn: str) -> str:
    try:
        unused = any(group.unused for group in aws.elbv2.target_groups([arn]))
    except AwsSaidNo as no:
        return "was deleted: no task can become healthy in it" if no.code in GONE else ""
    return "has no listener any more: no task can become healthy in it" if unused else ""
