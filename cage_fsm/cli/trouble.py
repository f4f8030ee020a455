"""From what was raised to a sentence on stderr and an exit code."""

import os
import sys
import traceback
from collections.abc import Sequence

import click

from cage_fsm.cli.options import Globals

FAILED, USAGE, HELD, UNFINISHED = 1, 2, 5, 75
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
    from cage_fsm.engine.ports import StoreDown, Superseded, Suspend, Unreadable
    from cage_fsm.engine.taking import StillDriven
    from cage_fsm.engine.verify import DefinitionError
    from cage_fsm.usage import UsageError

    if isinstance(error, (UsageError, DefinitionError, Unreadable)):
        return _tell(str(error), USAGE)
    if isinstance(error, StillDriven):
        return _tell(str(error), HELD)
    if isinstance(error, Superseded):
        return _tell(f"{error} This process has stopped, and sends nothing more to AWS.", UNFINISHED)
    if isinstance(error, StoreDown):
        return _tell(f"The store does not answer: {error}", UNFINISHED)
    if isinstance(error, Suspend):
        return _tell(str(error), UNFINISHED)
    _show_traceback(error)
    notes = getattr(error, "__notes__", [])  # of the run that was driven, if there was one
    words = [f"This is a bug in cage-fsm: {type(error).__name__}: {error}", *notes]
    return _tell("\n".join([*words, "--verbose shows where it was."]), UNFINISHED if notes else FAILED)


def _show_traceback(error: Exception) -> None:
    context = click.get_current_context(silent=True)
    kept = context.find_object(Globals) if context else None
    if "--verbose" in sys.argv or (kept and kept.verbose):
        _say("".join(traceback.format_exception(error)))


def _tell(words: str, code: int) -> int:
    from cage_fsm.report import github

    _say(
        f"cage-fsm: {words}",
        [github.annotation("error", "cage-fsm", _fit(words))] if github.is_here() else (),
    )
    return code


def _say(words: str, commands: Sequence[str] = ()) -> None:
    from cage_fsm.report.safely import say

    say([*_fit(words), *commands], sys.stderr)


def _fit(words: str) -> list[str]:
    """Whatever was raised, and whoever's words are in it: no secret, nothing that commands a terminal."""
    from cage_fsm.redaction import redacted, secrets_of
    from cage_fsm.report.text import plain

    return list(map(plain, redacted(words, secrets_of(os.environ)).splitlines()))
