"""What the verbs that drive a run share: how it is shown, and how its end is told."""

import shlex
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from cage_fsm.cli.options import Globals
from cage_fsm.cli.workflow import tell_workflow
from cage_fsm.engine.definition import Definition
from cage_fsm.engine.record import Record, outcome
from cage_fsm.report.apart import Apart
from cage_fsm.report.approval import approval_lines, asks
from cage_fsm.report.failure import done_by_command, failure_lines, service_words, task_words
from cage_fsm.report.github import is_here, put_outputs
from cage_fsm.report.groups import Groups
from cage_fsm.report.jsonl import JsonLines
from cage_fsm.report.lines import Lines
from cage_fsm.report.reader import Nothing
from cage_fsm.report.safely import Safely, say
from cage_fsm.report.terminal import can_redraw, fitted

if TYPE_CHECKING:
    from cage_fsm.app import App
    from cage_fsm.driver import Ending, MakeReader


def app_for(kept: Globals, poll_seconds: float | None = None) -> "App":
    """The app with the global options."""
    from cage_fsm.app import App, Settings  # with it comes boto3, too slow for a shell that completes a word

    return App(
        Settings(
            store=kept.setting("store"),
            sse_kms_key=kept.setting("sse_kms_key"),
            region=kept.setting("region"),
            profile=kept.profile,
            assume_role=kept.assume_role,
            poll_seconds=poll_seconds,
        )
    )


def shown(app: "App", kept: Globals) -> "MakeReader":
    """How runs are shown: live on a terminal, a line per event in a pipe, JSON when asked for.

    Of a one-off task the lines of its container have stdout for themselves.
    """

    def make(definition: Definition, record: Callable[[], Record]) -> Safely:
        put_outputs({"run-id": record().id, "flags": shlex.join(kept.flags())})
        if kept.json:
            return Safely(JsonLines(sys.stdout, record().id), sys.stdout)
        if definition.machine == "run":
            say([f"Run {record().id}"], sys.stderr)
            return Safely(Apart(sys.stdout, sys.stderr))
        if not can_redraw(sys.stdout):
            is_read = say([f"Run {record().id}"], sys.stdout)
            lines = Groups if is_here() else Lines
            return Safely(lines(sys.stdout, definition.machine) if is_read else Nothing(), sys.stdout)
        from cage_fsm.report.live import LivePath

        return Safely(
            LivePath(sys.stdout, definition, record, app.clock.now, no_color=kept.no_color or None),
            sys.stdout,
        )

    return make


def told(ending: "Ending", kept: Globals) -> int:
    """Say how a run was left, and return the exit code."""
    stream = sys.stderr if kept.json or ending.record.machine == "run" else sys.stdout
    lines = _ending(ending, kept)
    say(fitted(lines, stream), stream)
    if is_here():
        tell_workflow(ending, lines, stream)
    return ending.code


def _ending(ending: "Ending", kept: Globals) -> list[str]:
    record = ending.record
    if ending.code == 0:
        is_task = record.machine == "run"
        now = task_words(record) if is_task else ending.service_now or service_words(record)
        stays = [f"  {line}" for line in done_by_command(record) if record.state != "succeeded"]
        return [f"Run {record.id}: {ending.why or outcome(record).outcome}. {now}", *stays]
    if asks(record):
        return approval_lines(record, ending.why, kept.flags())
    return failure_lines(
        record, ending.service_now, definition=ending.definition, why=ending.why, flags=kept.flags()
    )
