"""What --update-service changes of a service: found, refused where it cannot be, and how it will be."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.deployfiles import DeployFiles, Difference, field_of, service_differences
from cage_fsm.engine.run import Run
from cage_fsm.known_secrets import known_secrets, looks_secret
from cage_fsm.phases import service_tags
from cage_fsm.phases.claiming import Asks, found_service
from cage_fsm.phases.facts import Before, Facts
from cage_fsm.phases.kinds import on_fargate, primary_of
from cage_fsm.phases.revision import needed
from cage_fsm.phases.service_fields import CREATED_WITH, FORWARDED, shown, undoing
from cage_fsm.redaction import redacted

Json = Mapping[str, Any]

STRATEGY = "capacityProviderStrategy"


def as_it_will_be(aws: Aws, run: Run, files: DeployFiles | None) -> Json:
    """The service of a run as it is now, with what is to change. Raises Refused."""
    facts = Facts.of(run.record)
    service = found_service(aws, facts.cluster_arn, facts.service_name)
    return to_be(service, needed(files, run).service if facts.before.of_files else {}, None)


def to_be(service: Json, wanted: Json, desired_count: int | None) -> Json:
    """The service as it will be: what is `wanted` of it, by the fields of service.json, laid over it."""
    given = {name: wanted[name] for name in FORWARDED if name in wanted}
    configuration = {**service.get("deploymentConfiguration", {}), **given.pop("deploymentConfiguration", {})}
    primary = primary_of(service)
    deployments = [
        {**each, **given} if each is primary else each  # volumes are shown there
        for each in service.get("deployments", [])
    ]
    whole = {**service, **given, "deploymentConfiguration": configuration, "deployments": deployments}
    if "tags" in wanted:
        whole["tags"] = service_tags.laid_over(service, wanted)
    if desired_count is not None:
        whole["desiredCount"] = desired_count
    return _launched(whole, given, wanted)


def _launched(whole: dict[str, Any], given: Json, wanted: Json) -> Json:
    """With one way to be launched, and with a platform version on Fargate alone."""
    if given.get(STRATEGY):
        whole.pop("launchType", None)
    elif STRATEGY in given and "launchType" in wanted:
        whole["launchType"] = wanted["launchType"]
    if (
        STRATEGY in given
        and "platformVersion" not in given
        and not on_fargate({**whole, "platformVersion": ""})
    ):
        whole.pop("platformVersion", None)
    return whole


def before(aws: Aws, asks: Asks, service: Json, wanted: Json, desired_count: int | None) -> Before:
    """The service as it is, where it will change."""
    revision = asks.once("service revision", lambda: revision_of(aws, service, wanted))
    different = {field_of(each) for each in differences(service, wanted, None, revision)}
    changed = [name for name in FORWARDED if name in different]
    touched = [name for name, field in FORWARDED.items() if name in changed or field.beside in changed]
    old = {name: shown(service, revision, name) for name in touched}
    guarded = [name for name in changed if FORWARDED[name].guarded and old[name]]
    fields = {
        name: undoing(name, old[name], wanted.get(name))
        for name in touched
        if name not in guarded and (FORWARDED[name].fit(service) or old[name])
    }
    count = service.get("desiredCount", 0)
    return Before(
        changed=tuple(changed),
        fields=fields,
        in_revision=tuple(guarded),
        revision=revision.get("serviceRevisionArn", "") if _holds(revision, guarded, old) else "",
        tags=service_tags.changed(service_tags.shown(aws, asks, service, wanted), wanted),
        desired_count=count if desired_count not in (None, count) else None,
    )


def differences(service: Json, wanted: Json, desired_count: int | None, revision: Json) -> list[Difference]:
    """What will change of the service, beside its revision."""
    taken = {"tags", *FORWARDED}
    given = {name: value for name, value in wanted.items() if name in taken}
    count = {} if desired_count is None else {"desiredCount": desired_count}
    return service_differences(service, given | count, revision)


def _holds(revision: Json, guarded: Collection[str], old: Json) -> bool:
    """Whether the old values can be read there: the same, in whatever order."""
    there = {"deployments": [{"status": "PRIMARY", **revision}]}
    same = not service_differences(there, {name: old[name] for name in guarded})
    return bool(guarded) and revision.keys() >= set(guarded) and same


def revision_of(aws: Aws, service: Json, wanted: Json) -> Json:
    """The service revision that runs; empty where it is not needed, or ECS does not show it."""
    if all(name not in wanted or field.shown == "service" for name, field in FORWARDED.items()):
        return {}
    current = service.get("currentServiceRevisions") or []
    try:
        arn = (
            current[0].get("arn")
            if len(current) == 1
            else aws.ecs.last_good_revision(service["clusterArn"], service["serviceName"])
        )
        found = aws.ecs.service_revision(arn) if arn else {}
    except AwsSaidNo:
        return {}
    return found if found.get("taskDefinition") == service.get("taskDefinition") else {}


def fixed(service: Json, wanted: Json) -> Iterator[str]:
    """What service.json has otherwise, and ECS does not change. Sentences."""
    is_launched_by = service.get("launchType") if not wanted.get(STRATEGY) else None
    now = {
        "launchType": is_launched_by,
        "schedulingStrategy": service.get("schedulingStrategy", "REPLICA"),
        "role": _name(service.get("roleArn", "")),
        "deploymentController": service.get("deploymentController", {"type": "ECS"}),
    }
    for name, mend in CREATED_WITH.items():
        new = _name(wanted[name]) if name == "role" and name in wanted else wanted.get(name)
        if new and now[name] and new != now[name]:
            yield (
                f"service.json has {name} {_words(new)}, and the service {_words(now[name])}: ECS cannot "
                f"change that. {mend}"
            )
    yield from _of_launch(service, wanted)


def _of_launch(service: Json, wanted: Json) -> Iterator[str]:
    if not service.get(STRATEGY):
        return
    if "launchType" in wanted and STRATEGY not in wanted:
        yield (
            f"service.json has launchType {wanted['launchType']}, and the service runs by a capacity "
            f'provider strategy. `"{STRATEGY}": []` takes it back to its launch type.'
        )
    if wanted.get(STRATEGY) == [] and "launchType" not in wanted:
        yield (
            f"service.json takes the {STRATEGY} away and does not say by which launch type the service was "
            "created; its canary has to be launched by it. Give `launchType`."
        )


def irreversible(wanted: Json, was: Before) -> Iterator[str]:
    """What could not be brought back if the rollout fails. Sentences."""
    for name in was.changed:
        if FORWARDED[name].unset is None and name in was.fields and was.fields[name] is None:
            yield (
                f"The service has no {name}, and ECS has no way to take one away again: it could not be "
                "rolled back. Set it with `aws ecs update-service` first."
            )
        elif name in was.fields and _is_telling(was.fields[name]):
            yield _unkept(f"The {name} of the service holds")
        elif name in was.in_revision and not was.revision:
            yield (
                f"ECS shows no service revision from which the {name} of the service could be restored, and "
                "the record keeps none, since it may hold secrets. Allow ecs:ListServiceDeployments and "
                "ecs:DescribeServiceRevisions, or change it with `aws ecs update-service` first."
            )
    for key, value in was.tags.items():
        if value is not None and looks_secret(key, value):
            yield _unkept(f"Tag {key} of the service has")
    yield from _of_tags(wanted)


def _unkept(has: str) -> str:
    return (
        f"{has} what looks like a secret, which the record cannot keep for a rollback. Change it with the "
        "AWS CLI first."
    )


def _is_telling(value: Any) -> bool:
    text = json.dumps(value)
    return bool(known_secrets(value)) or redacted(text) != text


def _of_tags(wanted: Json) -> Iterator[str]:
    keys = [each.get("key") for each in wanted.get("tags", [])]
    for key in sorted({each for each in keys if each and keys.count(each) > 1}):
        yield f"service.json has two tags {key}; keep one of them."


def _name(role: str) -> str:
    return role.rpartition("/")[2]


def _words(value: Any) -> str:
    return str(value.get("type", value) if isinstance(value, Mapping) else value)
