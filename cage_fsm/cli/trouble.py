"""From what was raised to a sentence on stderr and an exit code."""

import sys
import traceback

import click

from cage_fsm.cli.options import Globals

USAGE, HELD, UNFINISHED = 2, 5, 75
DECLINED = 1
INTERRUPTED = 130


def code_of(error: Exception) -> int:
    """Tell the user of `error`, and return the exit code for it."""
    if isinstance(error, click.Abort):
        return _tell("Interrupted; nothing was begun.", INTERRUPTED)
    if isinstance(error, click.ClickException):
        where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "cage-fsm"
        return _tell(f"{error.format_message()}\nTry `{where} --help`.", USAGE)
    return _engine_code(error)


def _engine_code(error: Exception) -> int:
    # Imported late: what these need must not slow down `--help`.
    from cage_fsm.engine.ports import StoreDown, Superseded
    from cage_fsm.engine.runner import StillDriven
    from cage_fsm.engine.verify import DefinitionError
    from cage_fsm.usage import UsageError

    if isinstance(error, (UsageError, DefinitionError)):
        return _tell(str(error), USAGE)
    if isinstance(error, StillDriven):
        return _tell(f"{error} Follow it with `cage-fsm show`, or end that process first.", HELD)
    if isinstance(error, Superseded):
        return _tell(f"{error} This process has stopped; nothing more was sent to AWS.", UNFINISHED)
    if isinstance(error, StoreDown):
        return _tell(f"The store does not answer: {error}", UNFINISHED)
    _show_traceback(error)
    return _tell(
        f"This is a bug in cage-fsm: {type(error).__name__}: {error}\nWhat was saved is good: "
        "`cage-fsm resume last` goes on, `cage-fsm rollback last` goes back. --verbose shows where it was.",
        UNFINISHED,
    )


def _show_traceback(error: Exception) -> None:
    context = click.get_current_context(silent=True)
    kept = context.find_object(Globals) if context else None
    if "--verbose" in sys.argv or (kept and kept.verbose):
        traceback.print_exception(error)


def _tell(words: str, code: int) -> int:
    from cage_fsm.report.safely import say

    say(
        [f"cage-fsm: {line}" if not number else line for number, line in enumerate(words.splitlines())],
        sys.stderr,
    )
    return code
