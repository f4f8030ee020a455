"""cage-fsm rollback ID: undo a run."""

import click

from cage_fsm.cli.completion import run_ids
from cage_fsm.cli.driving import app_for, shown, told
from cage_fsm.cli.options import Globals, global_options, poll_interval, take_over


@click.command("rollback")
@click.argument("run", metavar="ID", shell_complete=run_ids)
@take_over
@poll_interval
@global_options
@click.pass_obj
def command(kept: Globals, run: str, poll_interval: float | None, *, take_over: bool) -> int:
    """Undo the run ID, or the `last` one.

    An unfinished run is aborted: its canary is released, and the service sent back if it was changed. After
    one that succeeded, the earlier revision is sent again, if the service still runs that run's. A one-off
    task is stopped, unless it has ended.

    \b
    Example:
      cage-fsm rollback 20260102-0304
    """
    app = app_for(kept, poll_interval)
    record, reader = app.archive.find(run), shown(app, kept)
    return told(app.rollback(record, reader, take_over=take_over), kept)
