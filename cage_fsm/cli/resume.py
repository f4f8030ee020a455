"""cage-fsm resume ID: go on where a run was left."""

from pathlib import Path

import click

from cage_fsm.cli.driving import app_for, shown, told
from cage_fsm.cli.options import Globals, global_options, poll_interval


@click.command("resume")
@click.argument("run", metavar="ID")
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@poll_interval
@global_options
@click.pass_obj
def command(kept: Globals, run: str, directory: Path | None, poll_interval: float | None) -> int:
    """Go on with the run ID, or with the `last` one; a unique beginning of an id is enough.

    DIR is needed only on another machine, and only until the task definition is registered. A run that is
    finished says again how it ended.

    \b
    Example:
      cage-fsm resume last
    """
    app = app_for(kept, poll_interval)
    return told(app.resume(app.archive.find(run), shown(app, kept), directory), kept)
