"""cage-fsm runs: what this store knows."""

import json
import sys
from datetime import timedelta

import click

from cage_fsm.cli.driving import app_for
from cage_fsm.cli.options import AGE, Globals, global_options
from cage_fsm.engine.record import Record
from cage_fsm.report import runs
from cage_fsm.report.safely import say
from cage_fsm.report.terminal import can_redraw


@click.command("runs")
@click.option("--prune", type=AGE, metavar="AGE", help="Remove the records of runs that ended longer ago.")
@global_options
@click.pass_obj
def command(kept: Globals, prune: float | None) -> int:
    """List the runs, the newest first.

    \b
    Examples:
      cage-fsm runs
      cage-fsm runs --prune 90d
    """
    app = app_for(kept)
    if prune is not None:
        removed = app.archive.prune(timedelta(seconds=prune))
        words = (
            [json.dumps({"removed": removed})]
            if kept.json
            else [f"Removed {len(removed)} finished runs.", *removed]
        )
        say(words, sys.stdout)
        return 0
    found = list(app.archive.records())
    records = [each for each in found if isinstance(each, Record)]
    say([str(each) for each in found if not isinstance(each, Record)], sys.stderr)
    if kept.json:
        say([json.dumps(runs.as_json(records), indent=2)], sys.stdout)
    elif can_redraw(sys.stdout):
        from cage_fsm.report.runs_table import show_table

        show_table(records, app.clock.now(), sys.stdout, no_color=kept.no_color or None)
    else:
        say(runs.lines(records, app.clock.now()), sys.stdout)
    return 0
