"""cage-fsm run DIR CONTAINER COMMAND…: one task with a command of its own."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cage_fsm.cli.commands import refuse_secrets, require_container, require_short
from cage_fsm.cli.driving import app_for, shown, told
from cage_fsm.cli.names import place_of
from cage_fsm.cli.options import SECONDS, Globals, global_options, kebab, poll_interval
from cage_fsm.cli.rollout_options import run_options
from cage_fsm.deployfiles import DeployFiles, with_command
from cage_fsm.known_secrets import known_secrets
from cage_fsm.phases.facts import Inputs
from cage_fsm.phases.launch_request import says_how_to_launch
from cage_fsm.redaction import secrets_of

if TYPE_CHECKING:
    from cage_fsm.app import App
    from cage_fsm.engine.definition import Duration

ARGUMENTS_OF_OURS = 2


class _CommandAtTheEnd(click.Command):
    """Options are ours up to the first word of COMMAND; all from there on is the container's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Part the line there, as a `--` would."""
        takes_value = {
            name
            for option in self.params
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        at = seen = 0
        while at < len(args) and args[at] != "--" and seen <= ARGUMENTS_OF_OURS:
            is_option = args[at].startswith("-") and args[at] != "-"
            seen += not is_option
            if seen <= ARGUMENTS_OF_OURS:
                at += 1 + (is_option and kebab(args[at]) in takes_value)
        parted = args if args[at : at + 1] in ([], ["--"]) else [*args[:at], "--", *args[at:]]
        return super().parse_args(ctx, parted)


@click.command("run", cls=_CommandAtTheEnd)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("container", metavar="CONTAINER")
@click.argument("words", metavar="COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
@run_options
@click.option(
    "--overrides",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What else the task gets: RunTask's `overrides` as JSON, with variables like the deploy files. Only "
    "a digest of it is kept.",
)
@click.option(
    "--timeout",
    "--task-stopped-timeout",  # canarycage's name
    "timeout",
    type=SECONDS,
    metavar="TIME",
    help="Stop the task once it has run so long (exit 125); no limit unless set.",
)
@click.option("--no-logs", is_flag=True, help="Do not show what the container writes.")
@poll_interval
@global_options
@click.pass_obj
def command(
    kept: Globals,
    /,
    directory: Path,
    container: str,
    words: tuple[str, ...],
    poll_interval: float | None,
    **given: Any,
) -> int:
    """Run COMMAND in CONTAINER, in a task of its own, and exit with the container's code.

    The task runs where the service would run it: as service.json says if it has networkConfiguration,
    launchType, capacityProviderStrategy, platformVersion or a placement; else as the service runs on AWS. A
    new revision is registered only if the newest one of the family does not say the same as
    task-definition.json. It may run beside a rollout.

    What the container writes to awslogs comes on stdout, without secrets; all else on stderr. Ctrl-C stops
    the task (exit 130). After a process was killed, `resume ID` goes on: no task is started twice. 125 says
    that the failure is not the container's.

    COMMAND takes the place of the container's `command`; its entry point stays. It is kept in the record:
    give it no secrets. Options stand before it.

    \b
    Examples:
      cage-fsm run deploy/web web ./manage.py migrate
      cage-fsm run deploy/web web --timeout 10m -- sh -c "./report --all | gzip > /out/report.gz"
    """
    app = app_for(kept, poll_interval)
    files = app.files(directory, registers=not given["task_definition_arn"])
    require_container(files, container)
    if not "".join(words).strip():
        message = "COMMAND is empty."
        raise click.UsageError(message)
    files, inputs = _with_overrides(app, files, _inputs(files, container, words, given), given["overrides"])
    known = {*known_secrets([files.overrides]), *secrets_of(files.environment)}
    refuse_secrets(shlex.join(words), known, hint="COMMAND")
    return told(app.run(app.connect(), files, inputs, shown(app, kept)), kept)


def _inputs(files: DeployFiles, container: str, words: tuple[str, ...], given: dict[str, Any]) -> Inputs:
    cluster, service = place_of(files, given, needs_service=not says_how_to_launch(files.service))
    limits: dict[Duration, float | None] = {
        "launch": given["task_running_timeout"],
        "task": given["timeout"],
    }
    return Inputs(
        cluster=cluster,
        service=service,
        container=container,
        command=words,
        no_logs=given["no_logs"],
        task_definition=given["task_definition_arn"] or None,
        durations={name: seconds for name, seconds in limits.items() if seconds},
    )


def _with_overrides(
    app: "App", files: DeployFiles, inputs: Inputs, file: Path | None
) -> tuple[DeployFiles, Inputs]:
    """The files and inputs with the other overrides. Refuses more than RunTask takes."""
    if file:
        found = app.overrides(file, inputs.container, files.containers)
        files = replace(files, overrides=found.value, variables=files.variables | found.variables)
        kept = {"overrides_file": str(file.resolve()), "overrides_digest": found.digest}
        inputs = inputs.model_copy(update=kept)
    require_short(with_command(files.overrides, inputs.container, inputs.command))
    return files, inputs
