"""cage-fsm watch ID: follow a run that another process drives."""

import sys

import click

from cage_fsm.cli.completion import run_ids
from cage_fsm.cli.driving import app_for, shown, told
from cage_fsm.cli.options import Globals, global_options
from cage_fsm.cli.trouble import INTERRUPTED
from cage_fsm.report.safely import say


@click.command("watch")
@click.argument("run", metavar="ID", shell_complete=run_ids)
@global_options
@click.pass_obj
def command(kept: Globals, run: str) -> int:
    """Follow the run ID, or the `last` one, until it ends or no process drives it any more.

    What happened before is told first. Only the checkpoint is read: what the driving process sees between
    two transitions is not in it. Exits like the run, with 75 for one that nobody drives. Ctrl-C ends the
    watching and not the run.

    \b
    Examples:
      cage-fsm watch last
      cage-fsm watch last --json
    """
    app = app_for(kept)
    record = app.archive.find(run)
    try:
        ending = app.watch(record, shown(app, kept))
    except KeyboardInterrupt:
        say([f"The watching ended; run {record.id} goes on without it."], sys.stderr)
        return INTERRUPTED
    return told(ending, kept) if ending else INTERRUPTED
