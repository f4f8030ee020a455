"""The tags of a service: set before it is updated, so that its new tasks get them; and put back."""

from collections.abc import Mapping
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.engine.run import Run
from cage_fsm.phases.claiming import Asks
from cage_fsm.phases.discreet import discreet
from cage_fsm.phases.facts import Facts, Inputs, learn

Json = Mapping[str, Any]

CALLS = ("UntagResource", "TagResource")
"""In this order: a service may have 50 tags."""

BACK = " to the baseline"


def shown(aws: Aws, asks: Asks, service: Json, wanted: Json) -> Json:
    """The service with its tags. Those that DescribeServices hides a rollback would take away for good."""
    if "tags" not in wanted or service.get("tags") is not None:
        return service
    return {**service, "tags": asks.once("tags", lambda: aws.ecs.tags(service["serviceArn"]))}


def changed(service: Json, wanted: Json) -> dict[str, str | None]:
    """The values that tags have which are to change; None for one that is not there."""
    if "tags" not in wanted:
        return {}
    old, new = _of_users(service), _of_users(wanted)
    return {key: old.get(key) for key in {**old, **new} if old.get(key) != new.get(key)}


def laid_over(service: Json, wanted: Json) -> list[Json]:
    """The tags that the service will have."""
    of_aws = [each for each in service.get("tags", []) if each.get("key", "").startswith("aws:")]
    return [*of_aws, *({"key": key, "value": value} for key, value in _of_users(wanted).items())]


def _of_users(described: Json) -> dict[str, str]:
    """Tags by key, without those that only AWS gives and takes."""
    return {
        each["key"]: each.get("value", "")
        for each in described.get("tags") or []
        if not each.get("key", "aws:").lower().startswith("aws:")
    }


def change(aws: Aws, run: Run, wanted: Json) -> None:
    """Give the service the tags of service.json."""
    before, new = Facts.of(run.record).before.tags, _of_users(wanted)
    if before:
        learn(run, tags_restored=False)
        _send(aws, run, {key: new.get(key) for key in before})


def put_back(aws: Aws, run: Run) -> None:
    """Give the service the tags back that it had, if they were ever to be changed."""
    facts = Facts.of(run.record)
    were_sent = Inputs.of(run.record).of_run or not run.record.intents.keys().isdisjoint(CALLS)
    if facts.before.tags and were_sent and not facts.tags_restored:
        _send(aws, run, facts.before.tags, BACK)
        learn(run, tags_restored=True)


def _send(aws: Aws, run: Run, tags: Mapping[str, str | None], why: str = "") -> None:
    arn, untag_resource, tag_resource = Facts.of(run.record).service_arn, *(f"{each}{why}" for each in CALLS)
    there = {key: value for key, value in tags.items() if value is not None}
    with discreet(set(there.values())):
        if gone := tags.keys() - there.keys():
            run.intend(untag_resource)
            aws.ecs.untag(arn, sorted(gone))
        if there:
            run.intend(tag_resource)
            aws.ecs.tag(arn, there)
