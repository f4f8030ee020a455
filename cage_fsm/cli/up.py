"""cage-fsm up DIR: a service that is not there yet."""

from pathlib import Path
from typing import Any

import click

from cage_fsm.cli.agreement import agreed
from cage_fsm.cli.driving import app_for, shown, told
from cage_fsm.cli.names import place_of
from cage_fsm.cli.options import SECONDS, Globals, global_options, poll_interval
from cage_fsm.cli.rollout_options import up_options
from cage_fsm.cli.trouble import DECLINED
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.phases.facts import Inputs
from cage_fsm.report.text import clean


@click.command("up")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@up_options
@click.option(
    "--delete-on-failure",
    is_flag=True,
    help="Delete the service again when its deployment fails (exit 3); else it is left to be looked at (4).",
)
@click.option(  # canarycage's `up` takes it, and waits no longer for it: there is no canary
    "--canary-task-idle-duration", type=SECONDS, hidden=True, expose_value=False
)
@poll_interval
@global_options
@click.pass_obj
def command(kept: Globals, /, directory: Path, poll_interval: float | None, **given: Any) -> int:
    """Create the service of DIR/service.json with DIR/task-definition.json, and judge its first deployment.

    What CreateService takes is taken from service.json. A service of that name is refused, unless it was
    deleted; so is, before anything is registered, what names a cluster or a target group that is not there. A
    deployment that fails is explained, and left as it is.

    \b
    Examples:
      IMAGE_TAG=v1 cage-fsm up deploy/web --region eu-west-1
      cage-fsm up deploy/web --delete-on-failure --service-stable-timeout 5m
      cage-fsm up deploy/web --task-definition-arn web:41
    """
    app = app_for(kept, poll_interval)
    files = app.files(directory, registers=not given["task_definition_arn"])
    inputs = _inputs(files, given)
    aws = app.connect()
    if kept.asks and not agreed([_creation(files, inputs, aws.region)], kept):
        return DECLINED
    return told(app.up(aws, files, inputs, shown(app, kept)), kept)


def _inputs(files: DeployFiles, given: dict[str, Any]) -> Inputs:
    cluster, service = place_of(files, given)
    if "desiredCount" not in files.service and files.service.get("schedulingStrategy") != "DAEMON":
        message = "service.json has no desiredCount, which a new service needs unless it is a DAEMON."
        raise click.UsageError(message)
    stable = given["service_stable_timeout"]
    return Inputs(
        cluster=cluster,
        service=service,
        keep_failing=not given["delete_on_failure"],
        task_definition=given["task_definition_arn"] or None,
        durations={"stable": stable} if stable else {},
    )


def _creation(files: DeployFiles, inputs: Inputs, region: str) -> str:
    revision = inputs.task_definition or f"a new revision of {files.task_definition['family']}"
    count = files.service.get("desiredCount", "one on each instance")
    where = f"{inputs.service} in cluster {inputs.cluster} ({region})"
    return clean(f"{where} is created. It runs {revision}; tasks: {count}.")
