"""cage-fsm show ID: one run, whole."""

import sys
from contextlib import suppress

import click

from cage_fsm.cli.completion import run_ids
from cage_fsm.cli.driving import app_for
from cage_fsm.cli.options import Globals, global_options
from cage_fsm.report import timeline
from cage_fsm.report.safely import say
from cage_fsm.report.terminal import fitted
from cage_fsm.report.text import as_json_text
from cage_fsm.usage import UsageError


@click.command("show")
@click.argument("run", metavar="ID", shell_complete=run_ids)
@global_options
@click.pass_obj
def command(kept: Globals, run: str) -> int:
    """Show the run ID, or the `last` one: its timeline, evidence, facts, and what to type next.

    \b
    Example:
      cage-fsm show last --json
    """
    app = app_for(kept)
    record = app.archive.find(run)
    definition = None
    with suppress(UsageError):  # a machine of another version
        definition = app.machine_of(record)
    if kept.json:
        say([as_json_text(timeline.as_json(record, definition), indent=2)], sys.stdout)
    else:
        lines = timeline.lines(record, app.clock.now(), kept.flags(), definition)
        say(fitted(lines, sys.stdout, timeline.INDENT), sys.stdout)
    return 0
