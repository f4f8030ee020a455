"""What a rollout may be told on the command line: its limits, and the gates that the canary has to pass."""

import shlex
import shutil
from math import inf, isinf
from pathlib import Path
from typing import Any

import click

from cage_fsm.cli.commands import words_of
from cage_fsm.cli.options import SECONDS, Command
from cage_fsm.cli.severities import SEVERITIES

LONGEST_PROBE_SECONDS = 300
"""observing_canary lasts five minutes more than the bake."""


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
    command = words_of(context, option, value)
    if shutil.which(command[0]) is None:
        message = f"{command[0]} cannot be run: there is no such program."
        raise click.BadParameter(message, context, option)
    program = str(Path(command[0]).absolute()) if "/" in command[0] else command[0]
    return shlex.join([program, *command[1:]])


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
    return container.strip(), tuple(words_of(context, option, command))


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
