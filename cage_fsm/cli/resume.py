"""cage-fsm resume ID: go on where a run was left."""

from pathlib import Path

import click

from cage_fsm.answers import Answer
from cage_fsm.cli.completion import run_ids
from cage_fsm.cli.driving import app_for, shown, told
from cage_fsm.cli.options import Globals, GnuCommand, global_options, poll_interval, take_over

WHATEVER_IT_ASKS = "whatever it asks"


def _hash(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value == "":  # as from an unset variable; it must not stand for any question at all
        message = "the hash is empty. Give the one that was shown, or --approve alone for whatever is asked."
        raise click.BadParameter(message, context, option)
    return value


@click.command("resume", cls=GnuCommand)
@click.argument("run", metavar="ID", shell_complete=run_ids)
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--approve",
    is_flag=False,
    flag_value=WHATEVER_IT_ASKS,
    callback=_hash,
    metavar="[=HASH]",
    help="Approve what the run asks; with HASH only if it asks for this.",
)
@click.option("--refuse", is_flag=True, help="Refuse what the run asks: its canary is released (exit 1).")
@take_over
@poll_interval
@global_options
@click.pass_obj
def command(
    kept: Globals,
    run: str,
    directory: Path | None,
    poll_interval: float | None,
    approve: str | None,
    *,
    refuse: bool,
    take_over: bool,
) -> int:
    """Go on with the run ID, or with the `last` one; a unique beginning of an id is enough.

    DIR is needed only on another machine, and only until the task definition is registered; of `up` until
    the service is created, of `run` until its task is started, and with --update-service until the service is
    updated. A run that is finished says again how it ended. One that another process drives is refused
    (exit 5); whether a process of another machine is dead shows only after 90 seconds without a sign of it,
    unless --take-over is given.

    \b
    Examples:
      cage-fsm resume last
      cage-fsm resume last --approve=3f9c2a71b0de
    """
    if refuse and approve is not None:
        message = "Approve or refuse? Give one of --approve and --refuse."
        raise click.UsageError(message)
    shown_hash = None if approve == WHATEVER_IT_ASKS else approve
    answer = Answer(approve=not refuse, hash=shown_hash) if refuse or approve else None
    app = app_for(kept, poll_interval)
    record, reader = app.archive.find(run), shown(app, kept)
    return told(app.resume(record, reader, directory, answer, take_over=take_over), kept)
