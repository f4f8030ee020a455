"""The revision that a rollout is about: one to register from the deploy files, or one that exists."""

from collections.abc import Iterator, Mapping
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.ecs import NO_REVISION
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.record import Record
from cage_fsm.engine.run import Run
from cage_fsm.judge.seen import short
from cage_fsm.phases.claiming import refused
from cage_fsm.phases.facts import Container, Facts, Inputs, learn

Json = Mapping[str, Any]


def wanted(aws: Aws, run: Run, files: DeployFiles | None) -> Json:
    """What is rolled out, as a task definition. Raises Refused.

    A family is resolved to its latest ACTIVE revision once; from then on it is that revision.
    """
    named = Facts.of(run.record).task_definition or Inputs.of(run.record).task_definition
    if not named:
        return needed(files, run).task_definition
    found = run.once("revision", lambda: existing(aws, named))
    learn(run, task_definition=found["taskDefinitionArn"], containers=containers(found))
    return found


def needed(files: DeployFiles | None, run: Run, until: str = "") -> DeployFiles:
    """The deploy files. Raises Refused where a resume has to have them and has not."""
    if files is None:
        raise refused([missing_files(run.record, until)])
    return files


def missing_files(record: Record, until: str = "") -> str:
    """What to say of deploy files that a run cannot do without; `until` when, unless its machine tells."""
    inputs = Inputs.of(record)
    updates = "service is updated" if inputs.update_service else "task definition is registered"
    until = until or ("service is created" if record.machine == "up" else updates)
    also = f", and {inputs.overrides_file} as it was" if inputs.overrides_file else ""
    return (
        f"The deploy files are needed until the {until}, and they are not here as they were. Give them "
        f"with `cage-fsm resume {record.id} DIR`{also}, or start anew."
    )


def existing(aws: Aws, named: str) -> Json:
    """A revision that is there, by ARN, `family:revision` or family. Raises Refused."""
    try:
        return aws.ecs.task_definition(named)
    except AwsSaidNo as no:
        if no.code not in NO_REVISION:
            raise
        message = f"There is no task definition {named} ({aws.region}): {no.message}"
        raise refused([message]) from no


def of_existing(definition: Json, running: str, inputs: Inputs, *, changes: bool = False) -> Iterator[str]:
    """Why a revision that exists cannot be rolled out. `running` is the ARN of the one that runs.

    It may be that one if the service `changes` otherwise.
    """
    if not inputs.task_definition:
        return
    arn, status = str(definition["taskDefinitionArn"]), definition.get("status", "ACTIVE")
    name = short(arn)
    if status != "ACTIVE":
        yield f"Revision {name} is {status}; give an ACTIVE one, or register it again."
    if arn == running and not changes and not inputs.force_new_deployment:
        yield f"Revision {name} runs already; --force-new-deployment deploys it anew."


def containers(definition: Json) -> tuple[Container, ...]:
    """What later states have to know of the containers of a task definition."""
    return tuple(
        Container(
            name=each["name"],
            essential=each.get("essential", True),
            checked=_is_checked(each.get("healthCheck")),
            start_period=(each.get("healthCheck") or {}).get("startPeriod") or 0,
            interval=(each.get("healthCheck") or {}).get("interval") or 30,  # the default (API reference)
            ports=tuple(
                port["containerPort"] for port in each.get("portMappings", []) if "containerPort" in port
            ),
            not_restarted_on=_not_restarted_on(each.get("restartPolicy") or {}),
            pinned="@" in each.get("image", ""),
        )
        for each in definition["containerDefinitions"]
    )


def _not_restarted_on(policy: Json) -> tuple[int, ...] | None:
    return tuple(policy.get("ignoredExitCodes") or ()) if policy.get("enabled") else None


def _is_checked(health_check: Json | None) -> bool:
    # The command ["NONE"] switches a health check of the image off (API reference, HealthCheck).
    return health_check is not None and health_check.get("command", [])[:1] != ["NONE"]
