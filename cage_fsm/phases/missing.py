"""What a new service needs and the files name: target groups, roles and networks that are not there.

What may not be looked at, or cannot be, is no reason against it: then AWS will tell.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.elbv2 import TargetGroup
from cage_fsm.aws.errors import DENIED, AwsSaidNo
from cage_fsm.engine.run import Run
from cage_fsm.phases import prerequisites
from cage_fsm.phases.answered import answered

Json = Mapping[str, Any]

ASKED: Mapping[prerequisites.Kind, str] = {"role": "IAM", "subnet": "EC2", "security group": "EC2"}
"""What has to be there before a service can be created, and who knows of it."""


def target_groups(aws: Aws, run: Run, service: Json) -> tuple[list[TargetGroup], list[str]]:
    """The target groups of a service, and a sentence for each that is not there."""
    balancers = service.get("loadBalancers", [])
    arns = [each.get("targetGroupArn") for each in balancers]
    arns += [each.get("advancedConfiguration", {}).get("alternateTargetGroupArn") for each in balancers]
    found = [run.once(f"group {arn}", partial(_target_group, aws, arn)) for arn in filter(None, arns)]
    groups = [each for each in found if isinstance(each, TargetGroup)]
    return groups, [each for each in found if isinstance(each, str) and each]


def _target_group(aws: Aws, arn: str) -> TargetGroup | str:
    try:
        return aws.elbv2.target_groups([arn])[0]
    except AwsSaidNo as no:
        return "" if no.code in DENIED else f"There is no target group {arn}: {no.message}"


def roles_and_networks(aws: Aws, run: Run, service: Json, definition: Json) -> Iterator[str]:
    """A sentence for each that is not there. Raises Retryable until it is clear who does not answer."""
    silent: set[str] = run.once("silent", set)
    for thing in prerequisites.named(service, definition):
        who = ASKED.get(thing.kind)
        if who is None or who in silent:
            continue
        look = partial(prerequisites.look, aws, thing)
        found = run.once(f"{thing.kind} {thing.name}", partial(answered, run, who, look, None))
        if found is None:
            silent.add(who)
        elif found.said == "missing":
            yield f"{thing.field} names {thing.kind} {thing.name}, which is not there: {found.words}."
