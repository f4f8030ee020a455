"""cage-fsm diagram [MACHINE]: a machine, drawn."""

import sys
from pathlib import Path

import click

from cage_fsm.cli.options import global_options
from cage_fsm.data import data
from cage_fsm.engine.verify import load
from cage_fsm.phases.registry import PROMISES
from cage_fsm.report.diagram_dot import dot
from cage_fsm.report.diagram_mermaid import mermaid
from cage_fsm.report.safely import say

_FORMATS = {"mermaid": mermaid, "dot": dot}


@click.command("diagram")
@click.argument("machine", default="rollout")
@click.option("--format", "form", type=click.Choice(sorted(_FORMATS)), default="mermaid", show_default=True)
@global_options
def command(machine: str, form: str) -> int:
    """Draw MACHINE: the name of one that ships with the program, or a file.

    \b
    Example:
      cage-fsm diagram rollout --format dot | dot -Tsvg > rollout.svg
    """
    file = Path(machine) if machine.endswith(".toml") else data(f"states/{machine}.toml")
    if not file.is_file():
        message = f"There is no machine {machine}."
        raise click.UsageError(message)
    say(
        [_FORMATS[form](load(file, PROMISES).definition).rstrip("\n")],
        sys.stdout,
    )
    return 0
