"""cage-fsm rollout DIR: through one canary to the whole service."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from cage_fsm.app import App
from cage_fsm.aws.clients import Aws
from cage_fsm.cli.driving import app_for, shown, told
from cage_fsm.cli.options import SECONDS, Command, Globals, global_options, poll_interval
from cage_fsm.cli.trouble import DECLINED
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.definition import Duration
from cage_fsm.phases.facts import Inputs
from cage_fsm.preview import Preview, is_what_runs, preview
from cage_fsm.report.safely import say
from cage_fsm.report.text import clean

_LIMITS: dict[str, Duration] = {
    "task_running_timeout": "launch",
    "task_health_check_timeout": "healthy",
    "service_stable_timeout": "stable",
    "bake": "bake",
}


def _limit(name: str, env: str, words: str) -> Callable[[Command], Command]:
    return click.option(name, type=SECONDS, envvar=env, metavar="TIME", help=f"{words}  [env: {env}]")


@click.command("rollout")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--cluster", envvar="CAGE_CLUSTER", help="Instead of the file's.  [env: CAGE_CLUSTER]")
@click.option("--service", envvar="CAGE_SERVICE", help="Instead of the file's.  [env: CAGE_SERVICE]")
@_limit("--bake", "CAGE_CANARY_TASK_IDLE_DURATION", "How long the canary must stay healthy; 10s unless set.")
@_limit("--task-running-timeout", "CAGE_TASK_RUNNING_TIMEOUT", "For the canary to run; 15m unless set.")
@_limit(
    "--task-health-check-timeout", "CAGE_TASK_HEALTH_CHECK_TIMEOUT", "For it to be healthy; 15m unless set."
)
@_limit(
    "--service-stable-timeout", "CAGE_SERVICE_STABLE_TIMEOUT", "For the service to deploy; 15m unless set."
)
@click.option("--keep-failing", is_flag=True, help="Leave a failing deployment as it is (exit 4).")
@click.option("--skip-unchanged", is_flag=True, help="End with 0 when this very thing runs already.")
@poll_interval
@global_options
@click.pass_obj
def command(
    kept: Globals,
    /,
    directory: Path,
    cluster: str | None,
    service: str | None,
    poll_interval: float | None,
    *,
    keep_failing: bool,
    skip_unchanged: bool,
    **limits: float | None,
) -> int:
    """Roll DIR/task-definition.json out to the service of DIR/service.json.

    One canary task is started beside the service and judged: its containers, its targets, then for the bake
    time. Only then the service is updated. The canary is always released; a deployment that fails is rolled
    back.

    \b
    Example:
      IMAGE_TAG=v2 cage-fsm rollout deploy/web --region eu-west-1
    """
    app = app_for(kept, poll_interval)
    files = app.files(directory)
    inputs = Inputs(
        cluster=cluster or files.cluster or "default",
        service=service or files.service_name or "",
        keep_failing=keep_failing,
        durations={_LIMITS[name]: seconds for name, seconds in limits.items() if seconds is not None},
    )
    if not inputs.service:
        message = "Which service? Give --service, or `serviceName` in service.json."
        raise click.UsageError(message)
    aws = app.connect()
    if skip_unchanged or kept.asks:
        planned = preview(aws, app.clock, files, inputs.cluster, inputs.service)
        if (
            skip_unchanged
            and not planned.changes
            and is_what_runs(aws, app.clock, files, inputs.cluster, inputs.service)
        ):
            say(
                [f"{inputs.service} runs this very task definition and these very images already."],
                sys.stderr,
            )
            return 0
        if kept.asks and not _agreed(planned):
            say(["Nothing was done."], sys.stderr)
            return DECLINED
    return _roll_out(app, kept, aws, files, inputs)


def _roll_out(app: App, kept: Globals, aws: Aws, files: DeployFiles, inputs: Inputs) -> int:
    return told(app.rollout(aws, files, inputs, shown(app, kept)), kept)


def _agreed(planned: Preview) -> bool:
    where = f"{planned.service} in cluster {planned.cluster} ({planned.region})"
    say([f"{where} runs {planned.baseline}. Through one canary, it gets a new revision:"], sys.stdout)
    for change in planned.changes:
        words = clean(f"{change.path}: {change.old or 'nothing'} -> {change.new or 'nothing'}")
        say([f"  {words}"], sys.stdout)
    if not planned.changes:
        say(["  the same as it runs now; only a tag may have moved"], sys.stdout)
    return click.confirm("Go on?", default=True)
