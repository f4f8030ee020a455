"""cage-fsm rollout DIR: through one canary to the whole service."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from cage_fsm.app import App
from cage_fsm.aws.clients import Aws
from cage_fsm.cli.agreement import agreed
from cage_fsm.cli.driving import app_for, shown, told
from cage_fsm.cli.options import Globals, GnuCommand, global_options, poll_interval
from cage_fsm.cli.plan_text import plan_said
from cage_fsm.cli.rollout_inputs import inputs_of
from cage_fsm.cli.rollout_options import rollout_options
from cage_fsm.cli.trouble import DECLINED
from cage_fsm.deployfiles import DeployFiles, Difference
from cage_fsm.phases.facts import Inputs
from cage_fsm.preview import Preview, is_what_runs, preview
from cage_fsm.report.safely import say
from cage_fsm.report.text import clean


@click.command("rollout", cls=GnuCommand)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@rollout_options
@click.option("--dry-run", is_flag=True, help="Only say what it would do, as `cage-fsm plan` does.")
@click.option("--skip-unchanged", is_flag=True, help="End with 0 when this very thing runs already.")
@poll_interval
@global_options
@click.pass_obj
def command(
    kept: Globals,
    /,
    directory: Path,
    poll_interval: float | None,
    *,
    dry_run: bool,
    skip_unchanged: bool,
    **given: Any,
) -> int:
    """Roll DIR/task-definition.json out to the service of DIR/service.json.

    One canary task is started beside the service and judged: its containers, its targets, then for the bake
    time, together with the alarms and the probe that are given. Only then, and with an approval if one is
    wanted, the service is updated. The canary is always released; a deployment that fails is rolled back.

    \b
    Examples:
      IMAGE_TAG=v2 cage-fsm rollout deploy/web --region eu-west-1
      cage-fsm rollout deploy/web --bake 5m --alarm web-5xx --probe ./smoke-test --approval=2h
      cage-fsm rollout deploy/web --task-definition-arn web:41
      cage-fsm rollout deploy/web --update-service --update-desired-count
    """
    app = app_for(kept, poll_interval)
    files = app.files(directory, registers=not given["task_definition_arn"])
    inputs = inputs_of(files, given)
    aws = app.connect()
    if dry_run:
        plan_said(app.plan(aws, files, inputs), kept, directory)
        return 0
    if skip_unchanged or kept.asks:
        planned = preview(aws, app.clock, files, inputs)
        # What is shown is rolled out, whatever a family means by then.
        inputs = inputs.model_copy(update={"task_definition": planned.revision})
        changes = planned.changes or planned.of_service
        if skip_unchanged and not changes and is_what_runs(aws, app.clock, planned):
            say(
                [f"{inputs.service} runs this very task definition and these very images already."],
                sys.stderr,
            )
            return 0
        if kept.asks and not agreed(_changes(planned, inputs), kept):
            return DECLINED
    return _roll_out(app, kept, aws, files, inputs)


def _roll_out(app: App, kept: Globals, aws: Aws, files: DeployFiles, inputs: Inputs) -> int:
    return told(app.rollout(aws, files, inputs, shown(app, kept)), kept)


def _changes(planned: Preview, inputs: Inputs) -> list[str]:
    where = f"{planned.service} in cluster {planned.cluster} ({planned.region})"
    changes = _lines(planned.changes) or ["the same as it runs now; only a tag may have moved"]
    others = ["And the service changes:", *_indented(_lines(planned.of_service))]
    gets = planned.revision.rpartition("/")[2] if planned.revision else "a new revision"
    head = f"{where} runs {planned.baseline}. Through one canary, it gets {gets}:"
    before = [f"Before the update runs {clean(inputs.one_off)}"] if inputs.command else []
    return [head, *_indented(changes), *(others if planned.of_service else []), *before]


def _lines(changes: Iterable[Difference]) -> list[str]:
    return [clean(f"{each.path}: {each.old or 'nothing'} -> {each.new or 'nothing'}") for each in changes]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]
