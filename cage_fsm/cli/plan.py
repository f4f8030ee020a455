"""cage-fsm plan DIR: what a rollout would do."""

from pathlib import Path
from typing import Any

import click

from cage_fsm.cli.driving import app_for
from cage_fsm.cli.options import Globals, GnuCommand, global_options
from cage_fsm.cli.plan_text import plan_said
from cage_fsm.cli.rollout_inputs import inputs_of
from cage_fsm.cli.rollout_options import rollout_options
from cage_fsm.cli.trouble import FAILED

CHANGES = 10


@click.command("plan", cls=GnuCommand)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@rollout_options
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="Exit with 10 when there are changes, and with 1 when it would be refused or cannot be told.",
)
@global_options
@click.pass_obj
def command(kept: Globals, /, directory: Path, *, detailed_exitcode: bool, **given: Any) -> int:
    """Say what `rollout DIR` with the same options would do. Nothing is changed, on AWS or in the store.

    Shows what differs, field by field, in which points the canary is not like a task of the service, what the
    rollout would be refused for, whether the images exist and which ones would run, whether roles, secrets,
    parameters and log groups exist, whether the service could be sent back, and the way through the machine
    with the times that it is expected to take. What may not be looked at is said, and hides nothing else.

    Exits with 0. With --detailed-exitcode: 0 without changes, 10 with changes, 1 if it would be refused, or
    if it cannot be told what changes.

    \b
    Examples:
      IMAGE_TAG=v2 cage-fsm plan deploy/web --region eu-west-1
      cage-fsm plan deploy/web --update-service --approval --bake 10m
      cage-fsm plan deploy/web --detailed-exitcode --json > plan.json
    """
    app = app_for(kept)
    files = app.files(directory, registers=not given["task_definition_arn"])
    plan = app.plan(app.connect(), files, inputs_of(files, given))
    plan_said(plan, kept, directory)
    if not detailed_exitcode:
        return 0
    if plan.refusals or plan.changed is None:
        return FAILED
    return CHANGES if plan.changed else 0
