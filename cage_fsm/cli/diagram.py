"""cage-fsm diagram [MACHINE]: a machine drawn, with the way of a run or a change to it drawn over it."""

import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click

from cage_fsm.cli.completion import machines, run_ids
from cage_fsm.cli.driving import app_for
from cage_fsm.cli.machines import machine_file
from cage_fsm.cli.options import Globals, global_options
from cage_fsm.engine.definition import Definition
from cage_fsm.engine.verify import load, read
from cage_fsm.report.diagram import changes
from cage_fsm.report.diagram.dot import dot
from cage_fsm.report.diagram.drawing import scene
from cage_fsm.report.diagram.graphviz import CannotDraw, svg
from cage_fsm.report.diagram.mermaid import page
from cage_fsm.report.diagram.of_change import change_overlay
from cage_fsm.report.diagram.of_run import run_overlay
from cage_fsm.report.diagram.scene import Scene
from cage_fsm.report.safely import say
from cage_fsm.report.text import as_json_text
from cage_fsm.usage import UsageError

_FORMATS = {"mermaid": page, "dot": dot, "svg": svg}


@click.command("diagram")
@click.argument("machine", required=False, metavar="[MACHINE]", shell_complete=machines)
@click.option(
    "--format", "form", type=click.Choice(list(_FORMATS)), help="mermaid unless given; svg needs Graphviz."
)
@click.option(
    "--run",
    metavar="ID",
    shell_complete=run_ids,
    help="Mark the path of this run, or of the `last`, with its times.",
)
@click.option(
    "--diff", "old", metavar="OLD", type=click.Path(path_type=Path), help="Show what is new since OLD."
)
@global_options
@click.pass_obj
def command(kept: Globals, machine: str | None, form: str | None, run: str | None, old: Path | None) -> int:
    """Draw MACHINE: rollout unless given, another one that ships with the program, or a file.

    With --diff, print what a change to a machine adds (+) and removes (-) since the file OLD, which need not
    pass its proof any more; with --format as well, draw it. The exit code is 0 whether or not they differ.

    \b
    Examples:
      cage-fsm diagram rollout --format svg > rollout.svg
      cage-fsm diagram --run last --format svg > run.svg
      cage-fsm diagram states/rollout.toml --diff <(git show main:states/rollout.toml)
    """
    if run and old:
        message = "--run and --diff draw two different things; give one of them."
        raise click.UsageError(message)
    if kept.json and form:
        message = "--json prints what is drawn as data, --format draws it; give one of them."
        raise click.UsageError(message)
    if old:
        before = _read_old(old)
        return _show_change(kept, before, _machine(machine or before.machine), form)
    drawn = _of_run(kept, run, machine) if run else scene(_machine(machine or "rollout"))
    return _draw(kept, drawn, form)


def _machine(name: str) -> Definition:
    from cage_fsm.phases.registry import PROMISES  # with it comes boto3, too slow for a shell that completes

    return load(machine_file(name), PROMISES).definition


def _read_old(file: Path) -> Definition:
    try:
        return read(file)
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}. --diff needs the machine as it was before."
        raise UsageError(message) from error


def _of_run(kept: Globals, reference: str, machine: str | None) -> Scene:
    app = app_for(kept)
    record = app.archive.find(reference)
    definition = _machine(machine) if machine else app.machine_of(record)
    if definition.machine != record.machine:
        message = f"Run {record.id} is one of {record.machine}; it cannot be drawn on {definition.machine}."
        raise UsageError(message)
    return scene(definition, run_overlay(definition, record, app.clock.now()))


def _show_change(kept: Globals, old: Definition, new: Definition, form: str | None) -> int:
    if form:
        return _draw(kept, scene(new, change_overlay(old, new)), form)
    if kept.json:
        found = [asdict(change) for change in changes.changes(old, new)]
        return _say([as_json_text({"old": old.digest, "new": new.digest, "changes": found}, indent=2)])
    return _say(changes.text(old, new))


def _draw(kept: Globals, drawn: Scene, form: str | None) -> int:
    if kept.json:
        return _say([as_json_text(asdict(drawn), indent=2)])
    try:
        return _say([_FORMATS[form or "mermaid"](drawn).rstrip("\n")])
    except CannotDraw as error:
        raise UsageError(str(error)) from error


def _say(lines: Iterable[str]) -> int:
    say(lines, sys.stdout)
    return 0
