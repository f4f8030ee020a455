"""Looks at a service without touching it: what a rollout would change, and what runs now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from cage_fsm.audit.auditing import patiently
from cage_fsm.audit.subjects import Subjects, of_service
from cage_fsm.aws import shapes
from cage_fsm.aws.clients import Aws
from cage_fsm.deployfiles import DeployFiles, Difference, differences
from cage_fsm.engine.asking import until_answered
from cage_fsm.engine.ports import Clock, Refused, Retryable, Suspend
from cage_fsm.engine.record import Record
from cage_fsm.phases import service_update
from cage_fsm.phases.claiming import found_service
from cage_fsm.phases.facts import Facts, Inputs
from cage_fsm.phases.revision import existing
from cage_fsm.usage import UsageError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Preview:
    """A service, its revision now as `family:revision`, and the new one with what it changes.

    `revision` is the ARN of one that exists. `of_service` is what else changes of the service.
    """

    service: str
    cluster: str
    region: str
    baseline: str
    revision: str | None
    definition: Mapping[str, Any]
    changes: tuple[Difference, ...]
    of_service: tuple[Difference, ...] = ()


def preview(aws: Aws, clock: Clock, files: DeployFiles, inputs: Inputs) -> Preview:
    """What a rollout will change. Raises UsageError."""
    cluster, service, named = inputs.cluster, inputs.service, inputs.task_definition
    found = asked(clock, lambda: found_service(aws, cluster, service))
    runs = found["taskDefinition"]
    baseline = asked(clock, lambda: aws.ecs.task_definition(runs))
    definition = asked(clock, lambda: existing(aws, named)) if named else files.task_definition
    changes = tuple(differences(baseline, definition))
    revision = definition["taskDefinitionArn"] if named else None
    of_service = tuple(asked(clock, lambda: _of_service(aws, found, files, inputs)))
    now = runs.rpartition("/")[2]
    return Preview(service, cluster, aws.region, now, revision, definition, changes, of_service)


def _of_service(aws: Aws, found: Mapping[str, Any], files: DeployFiles, inputs: Inputs) -> list[Difference]:
    wanted = files.service if inputs.update_service else {}
    revision = service_update.revision_of(aws, found, wanted)
    return service_update.differences(found, wanted, inputs.desired_count, revision)


def images_of_service(aws: Aws, clock: Clock, cluster: str, service: str) -> Subjects:
    """The images that a service runs. Raises UsageError."""
    found = asked(clock, lambda: found_service(aws, cluster, service))
    subjects = asked(clock, lambda: of_service(aws.ecs, found, patiently(clock)))
    if not subjects.found:
        message = f"No task of {service} runs, and it names no task definition: there is nothing to audit."
        raise UsageError(message)
    return subjects


def is_what_runs(aws: Aws, clock: Clock, planned: Preview) -> bool:
    """Whether the service runs these very images: every tag still resolves to the digest that runs.

    False wherever that cannot be told. Raises UsageError.
    """
    arns = asked(clock, lambda: aws.ecs.task_arns(planned.cluster, serviceName=planned.service))
    tasks = asked(clock, lambda: aws.ecs.tasks(planned.cluster, arns))
    # Behind a tag ECS may show the digest that it has resolved it to (aws/amazon-ecs-agent#4226).
    running = {(_undigested(each.image), each.image_digest) for task in tasks for each in task.containers}
    wanted = {each["image"] for each in planned.definition["containerDefinitions"]}
    resolved = {(_undigested(image), asked(clock, partial(aws.ecr.digest, image))) for image in wanted}
    return resolved == running


def _undigested(image: str) -> str:
    return image.partition("@")[0]


def asked(clock: Clock, ask: Callable[[], Answer]) -> Answer:
    """Ask until there is an answer. Raises UsageError in the end."""
    try:
        return until_answered(clock, ask)
    except (Retryable, Suspend, Refused) as error:
        raise UsageError(str(error)) from error


def service_now(aws: Aws, record: Record) -> str | None:
    """What the service of a run is at, as a sentence; None when AWS does not say."""
    facts = Facts.of(record)
    if not facts.service_name or record.machine == "run":
        return None
    try:
        found = aws.ecs.service(facts.cluster_arn, facts.service_name)
    except (Retryable, Refused, Suspend):
        return None
    if found is None:
        was_there = facts.baseline or facts.created
        return f"{facts.service_name} does not exist{' any more' if was_there else ''}."
    service = shapes.service(found)
    if service.status != "ACTIVE":
        return f"{facts.service_name} is {service.status}: it was deleted."
    revision = service.task_definition.rpartition("/")[2]
    if service.desired == service.running == facts.desired_count == 0:
        return f"{facts.service_name} is at {revision}, desired count 0: no service task ran."
    return f"{facts.service_name} runs {revision}; {service.running} of {service.desired} tasks are running."
