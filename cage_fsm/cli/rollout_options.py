"""What a rollout may be told on the command line: its limits, and the gates that the canary has to pass."""

import json
import os
import re
import shlex
import shutil
from collections.abc import Collection, Mapping
from math import inf, isinf
from pathlib import Path
from typing import Any

import click

from cage_fsm.audit.waivers import read_waivers
from cage_fsm.cli.options import SECONDS, Command
from cage_fsm.cli.severities import SEVERITIES
from cage_fsm.deployfiles import LONGEST, DeployFiles, with_command
from cage_fsm.deployfiles.hints import near
from cage_fsm.engine.definition import Duration
from cage_fsm.known_secrets import may_be_secret
from cage_fsm.phases.facts import Inputs
from cage_fsm.phases.validate import DEFAULTS
from cage_fsm.redaction import secrets_in, secrets_of

_LIMITS: Mapping[str, Duration] = {
    "task_running_timeout": "launch",
    "task_health_check_timeout": "healthy",
    "task_stopped_timeout": "stop",
    "service_stable_timeout": "stable",
    "approval": "approval",
    "before_update_timeout": "task",
}
"""A limit of 0 counts as not given, as it does with canarycage."""
_NEEDS = {
    "audit_allow_unknown": "audit_gate",
    "audit_waivers": "audit_gate",
    "before_update_timeout": "before_update",
}
"""Options that mean nothing without another: who forgot that would believe in a gate that is not there."""
_NAME = re.compile(
    r"[A-Za-z0-9_-]{1,255}|arn:[\w-]+:ecs:[\w-]*:\w*:(cluster|service)(/[\w-]+){1,2}", re.ASCII
)
"""ECS API reference, CreateCluster and CreateService."""
LONGEST_PROBE_SECONDS = 300
"""observing_canary lasts five minutes more than the bake."""


def inputs_of(files: DeployFiles, given: Mapping[str, Any]) -> Inputs:
    """What the user asked for, by the values of these options."""
    _require_gates(given)
    cluster, service = place_of(files, given)
    container, command = given["before_update"] or ("", ())
    if container:
        require_container(files, container)
        require_short(with_command({}, container, command))
        refuse_secrets(shlex.join(command), secrets_of(files.environment), hint="'--before-update'")
    durations = {limit: given[name] for name, limit in _LIMITS.items() if given[name]}
    if given["bake"] is not None:
        durations["bake"] = given["bake"]
    if given["wait_in_progress"]:
        durations["wait"] = durations.get("stable", DEFAULTS["stable"])
    return Inputs(
        cluster=cluster,
        service=service,
        keep_failing=given["keep_failing"],
        alarms=tuple(dict.fromkeys(given["alarm"])),
        alarm_without_data=given["alarm_without_data"],
        probe=given["probe"],
        probe_seconds=given["probe_timeout"],
        approval=given["approval"] is not None,
        audit_gate=given["audit_gate"],
        audit_allow_unknown=given["audit_allow_unknown"],
        audit_waivers={each.id: each.expires for each in read_waivers(given["audit_waivers"])},
        container=container,
        command=command,
        canary_instance=given["canary_instance_arn"],
        task_definition=given["task_definition_arn"] or None,
        force_new_deployment=given["force_new_deployment"],
        require_parity=given["require_parity"],
        update_service=given["update_service"],
        desired_count=_desired_count(files) if given["update_desired_count"] else None,
        durations=durations,
    )


def _require_gates(given: Mapping[str, Any]) -> None:
    for name, gate in _NEEDS.items():
        if given[name] and not given[gate]:
            flag, needed = (f"--{each.replace('_', '-')}" for each in (name, gate))
            message = f"{flag} needs {needed}."
            raise click.UsageError(message)


def _desired_count(files: DeployFiles) -> int:
    """The one of service.json. Raises UsageError when it has none."""
    count: int | None = files.service.get("desiredCount")
    if count is None:
        message = "--update-desired-count needs `desiredCount` in service.json."
        raise click.UsageError(message)
    return count


def place_of(files: DeployFiles, given: Mapping[str, Any], *, needs_service: bool = True) -> tuple[str, str]:
    """The cluster and the service that are meant."""
    service = given["service"] or files.service_name
    if not service and needs_service:
        message = "Which service? Give --service, or `serviceName` in service.json."
        raise click.UsageError(message)
    cluster = given["cluster"] or files.cluster or "default"
    require_names(cluster=cluster, **({"service": service} if service else {}))
    return cluster, service or ""


def require_names(**names: str) -> None:
    """Refuse what names nothing on AWS, before it is sent, kept or shown."""
    for what, name in names.items():
        if _NAME.fullmatch(name) is None:
            message = (
                f"{name[:80]!a} is no name of a {what}: it has up to 255 letters, digits, hyphens and "
                "underscores, or it is an ARN."
            )
            raise click.UsageError(message)


def require_container(files: DeployFiles, container: str) -> None:
    """Refuse one that task-definition.json has not."""
    names = files.containers
    if names and container not in names:
        meant = near(container, names)
        hint = f" Did you mean {meant}?" if meant else ""
        message = f"task-definition.json has no container {container}.{hint} It has {', '.join(names)}."
        raise click.UsageError(message)


def require_short(overrides: Mapping[str, Any]) -> None:
    """Refuse more than RunTask takes."""
    if (size := len(json.dumps(overrides))) > LONGEST:
        message = f"RunTask takes {LONGEST} characters of overrides, COMMAND included; not {size}."
        raise click.UsageError(message)


def rollout_options(command: Command) -> Command:
    """Give `command` these options."""
    for option in reversed((*_PLACES, *_TIMES, *_GATES, *_AUDIT, *_WAYS)):
        command = option(command)
    return command


def run_options(command: Command) -> Command:
    """Give `command` those that a one-off task has as well."""
    for option in reversed((*_PLACES, _RUNNING, _REVISION)):
        command = option(command)
    return command


def up_options(command: Command) -> Command:
    """Give `command` those that the creation of a service has as well."""
    for option in reversed((*_PLACES, _STABLE, _REVISION)):
        command = option(command)
    return command


def _probe(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """Find the command, so that a resume finds it from any directory."""
    if value is None:
        return None
    command = _words(context, option, value)
    if shutil.which(command[0]) is None:
        message = f"{command[0]} cannot be run: there is no such program."
        raise click.BadParameter(message, context, option)
    program = str(Path(command[0]).absolute()) if "/" in command[0] else command[0]
    return shlex.join([program, *command[1:]])


def refuse_secrets(
    value: str,
    known: Collection[str] = (),
    context: click.Context | None = None,
    option: click.Parameter | None = None,
    *,
    hint: str | None = None,
) -> None:
    """Refuse a command that holds what looks like a secret, or is `known` to be: it is kept in the record.

    `hint` names what it was given as, where no `option` does.
    """
    suspects = {*secrets_of(os.environ), *secrets_in(value), *known}
    if any(suspect in value and may_be_secret(suspect) for suspect in suspects):
        message = (
            "it holds what looks like a secret, and is kept in the record. Give that in a variable instead."
        )
        raise click.BadParameter(message, context, option, hint)


def _before_update(
    context: click.Context, option: click.Parameter, value: str | None
) -> tuple[str, tuple[str, ...]] | None:
    """Read `CONTAINER: COMMAND`."""
    if value is None:
        return None
    container, colon, command = value.partition(":")
    if not colon or not container.strip():
        message = "it is written 'CONTAINER: COMMAND', for example 'web: ./manage.py migrate'."
        raise click.BadParameter(message, context, option)
    return container.strip(), tuple(_words(context, option, command))


def _words(context: click.Context, option: click.Parameter, command: str) -> list[str]:
    """The words of a command that is kept in the record."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise click.BadParameter(f"{command.strip()}: {error}.", context, option) from error
    if not words:
        message = "the command is empty."
        raise click.BadParameter(message, context, option)
    refuse_secrets(command, (), context, option)
    return words


def _names(context: click.Context, option: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    if "" in names:
        message = "the name of an alarm is empty."
        raise click.BadParameter(message, context, option)
    return names


def _within(least: float, most: float) -> Any:
    def check(context: click.Context, option: click.Parameter, seconds: float | None) -> float | None:
        if seconds is not None and not least < seconds <= most:
            limit = "" if isinf(most) else f" and at most {most:g}s"
            message = f"must be more than {least:g}s{limit}."
            raise click.BadParameter(message, context, option)
        return seconds

    return check


def _time(*names: str, env: str, words: str) -> Any:
    return click.option(*names, type=SECONDS, envvar=env, metavar="TIME", help=f"{words}  [env: {env}]")


_PLACES = (
    click.option("--cluster", envvar="CAGE_CLUSTER", help="Instead of the file's.  [env: CAGE_CLUSTER]"),
    click.option("--service", envvar="CAGE_SERVICE", help="Instead of the file's.  [env: CAGE_SERVICE]"),
)
_RUNNING = _time(
    "--task-running-timeout",
    env="CAGE_TASK_RUNNING_TIMEOUT",
    words="For the canary, or the one-off task, to run; 15m unless set.",
)
_STABLE = _time(
    "--service-stable-timeout",
    env="CAGE_SERVICE_STABLE_TIMEOUT",
    words="For the service to deploy; 15m unless set.",
)
_REVISION = click.option(
    "--task-definition-arn",
    envvar="CAGE_TASK_DEFINITION_ARN",
    metavar="REVISION",
    help="Take this revision, by ARN, family:revision or family. Nothing is registered; DIR needs no "
    "task-definition.json.  [env: CAGE_TASK_DEFINITION_ARN]",
)
_TIMES = (
    _time(
        "--bake",
        "--canary-task-idle-duration",
        "bake",
        env="CAGE_CANARY_TASK_IDLE_DURATION",
        words="How long the canary must stay healthy; 10s unless set.",
    ),
    _RUNNING,
    _time(
        "--task-health-check-timeout",
        env="CAGE_TASK_HEALTH_CHECK_TIMEOUT",
        words="For it to be healthy; 15m unless set.",
    ),
    _time(
        "--task-stopped-timeout",
        env="CAGE_TASK_STOPPED_TIMEOUT",
        words="For it to stop once it is drained; 5m unless set.",
    ),
    _STABLE,
)
_GATES = (
    click.option(
        "--alarm",
        multiple=True,
        metavar="NAME",
        callback=_names,
        help="CloudWatch alarm that must not fire during the bake and the service's deployment. Repeatable.",
    ),
    click.option(
        "--alarm-without-data",
        type=click.Choice(["wait", "ignore", "fail"]),
        default="wait",
        show_default=True,
        help="What INSUFFICIENT_DATA means; wait: the bake does not end.",
    ),
    click.option(
        "--probe",
        metavar="COMMAND",
        callback=_probe,
        help="Must exit with 0 while the canary bakes. Runs without a shell, with CANARY_IP, CANARY_PORT, "
        "CANARY_URL and CANARY_TASK_ARN; a resume runs it again. Kept in the record: no secrets in it.",
    ),
    click.option(
        "--probe-timeout",
        type=SECONDS,
        default=30.0,
        metavar="TIME",
        callback=_within(0, LONGEST_PROBE_SECONDS),
        help="For the probe; 30s unless set, 5m at most.",
    ),
    click.option(
        "--approval",
        is_flag=False,
        flag_value="4h",
        type=SECONDS,
        metavar="[=TIME]",
        callback=_within(0, inf),
        help="Wait for `resume ID --approve` before the service is updated: 4h, or as long as =TIME says.",
    ),
    click.option(
        "--before-update",
        metavar="'CONTAINER: COMMAND'",
        callback=_before_update,
        help="Run this once, as a task of the new revision, when the canary is healthy and before the "
        "service is updated; it must exit with 0. Kept in the record: no secrets in it.",
    ),
    click.option(
        "--before-update-timeout",
        type=SECONDS,
        metavar="TIME",
        help="For that task; 1h unless set.",
    ),
)
_AUDIT = (
    click.option(
        "--audit-gate",
        type=SEVERITIES,
        default=(),
        metavar="SEVERITIES",
        help="Refuse images with findings like these (critical,high), or graver, that the running ones have "
        "not, and images that no scan of ECR's tells about. Waits two minutes for scans under way.",
    ),
    click.option(
        "--audit-allow-unknown",
        is_flag=True,
        help="With --audit-gate: let images pass that no scan tells about.",
    ),
    click.option(
        "--audit-waivers",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="With --audit-gate: findings that do not count, as `audit --waivers` takes them.",
    ),
)
_WAYS = (
    _REVISION,
    click.option(
        "--force-new-deployment",
        is_flag=True,
        help="With --task-definition-arn: deploy it anew if it runs already. Nobody can go back from that.",
    ),
    click.option(
        "--update-service",
        is_flag=True,
        envvar=["CAGE_UPDATE_SERVICE", "CAGE_UPDATE_SERVIEC"],  # canarycage reads the second
        help="Let the service get the other fields and the tags of service.json, too; a list that is empty "
        "there is emptied.  [env: CAGE_UPDATE_SERVICE]",
    ),
    click.option(
        "--update-desired-count",
        is_flag=True,
        help="Let the service get the desiredCount of service.json. Not where autoscaling sets it.",
    ),
    click.option(
        "--canary-instance-arn",
        envvar="CAGE_CANARY_INSTANCE_ARN",
        metavar="INSTANCE",
        help="Run the canary there: a container instance, by id or ARN, or an EC2 id.  "
        "[env: CAGE_CANARY_INSTANCE_ARN]",
    ),
    click.option(
        "--require-parity",
        is_flag=True,
        help="Refuse a canary that cannot be like a task of the service; `cage-fsm plan` says where.",
    ),
    click.option(
        "--wait-in-progress",
        is_flag=True,
        help="Wait for another deployment of the service to end, as long as a deployment may take.",
    ),
    click.option(
        "--keep-failing",
        is_flag=True,
        help="Leave a failing deployment as it is (exit 4). ECS's circuit breaker rolls back all the same.",
    ),
)
