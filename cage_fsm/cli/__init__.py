"""The command line: one file per verb. Parses, calls the app, exits with a code that is always ours."""

import sys
from collections.abc import Sequence

import click

from cage_fsm.cli.group import cage_fsm
from cage_fsm.cli.trouble import code_of
from cage_fsm.interrupts import EARLY
from cage_fsm.report.github import put_outputs


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code, which is an output of a workflow's step as well."""
    EARLY.listen()
    code = _run(arguments)
    put_outputs({"exit-code": code})
    return code


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = cage_fsm.main(
            args=list(sys.argv[1:] if arguments is None else arguments),
            prog_name="cage-fsm",
            standalone_mode=False,
        )
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except Exception as error:  # noqa: BLE001 - every exit code is ours
        return code_of(error)
    return code if isinstance(code, int) else 0
