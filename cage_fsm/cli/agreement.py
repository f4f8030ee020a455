"""Asks whoever sits at the terminal before anything is done."""

import sys
from collections.abc import Sequence

import click

from cage_fsm.cli.options import Globals
from cage_fsm.report.safely import say
from cage_fsm.report.terminal import fitted


def agreed(lines: Sequence[str], kept: Globals) -> bool:
    """Show what would be done, and ask; with --json on stderr."""
    stream = sys.stderr if kept.json else sys.stdout
    say(fitted(lines, stream), stream)
    if click.confirm("Go on?", default=True, err=kept.json):
        return True
    say(["Nothing was done."], sys.stderr)
    return False
