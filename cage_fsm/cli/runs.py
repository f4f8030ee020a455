"""cage-fsm runs: what this store knows."""

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, get_args

import click

from cage_fsm.cli.driving import app_for
from cage_fsm.cli.options import AGE, Globals, global_options
from cage_fsm.engine.record import OutcomeWord, Record, outcome
from cage_fsm.report import naming, runs
from cage_fsm.report.safely import say
from cage_fsm.report.terminal import can_redraw
from cage_fsm.report.text import as_json_text

if TYPE_CHECKING:
    from cage_fsm.app import App


class _Since(click.ParamType[timedelta | datetime]):
    """So long ago; or a day or an instant, in UTC unless it says otherwise."""

    name = "time"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | datetime:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return timedelta(seconds=AGE.convert(value, param, ctx))
        return at if at.tzinfo else at.replace(tzinfo=UTC)


@click.command("runs")
@click.option("--service", metavar="NAME", help="Only runs of this service.")
@click.option("--cluster", metavar="NAME", help="Only runs in this cluster.")
@click.option(
    "--outcome",
    "outcomes",
    type=click.Choice(get_args(OutcomeWord)),
    multiple=True,
    metavar="OUTCOME",
    help="Only runs that came to this. Repeatable.",
)
@click.option("--since", type=_Since(), metavar="TIME", help="Only runs begun since: 12h, 7d, 2026-11-23.")
@click.option("--unfinished", is_flag=True, help="Only runs that have not ended.")
@click.option("--prune", type=AGE, metavar="AGE", help="Remove the records of runs that ended longer ago.")
@global_options
@click.pass_obj
def command(kept: Globals, /, prune: float | None, since: timedelta | datetime | None, **wanted: Any) -> int:
    """List the runs, the newest first.

    \b
    Examples:
      cage-fsm runs --service web --since 7d
      cage-fsm runs --unfinished --json
      cage-fsm runs --prune 90d
    """
    app = app_for(kept)
    if prune is not None:
        if since or any(wanted.values()):
            message = "--prune removes by age alone; it goes with no other option."
            raise click.UsageError(message)
        return _prune(app, kept, prune)
    begun = app.clock.now() - since if isinstance(since, timedelta) else since
    found = list(app.archive.records(begun))
    say([str(each) for each in found if not isinstance(each, Record)], sys.stderr)
    records = [each for each in found if isinstance(each, Record) and _is_wanted(each, begun=begun, **wanted)]
    if kept.json:
        say([as_json_text(runs.as_json(records), indent=2)], sys.stdout)
    elif can_redraw(sys.stdout):
        from cage_fsm.report.runs_table import show_table

        show_table(records, app.clock.now(), sys.stdout, no_color=kept.no_color or None)
    else:
        say(runs.lines(records, app.clock.now()), sys.stdout)
    return 0


def _prune(app: "App", kept: Globals, seconds: float) -> int:
    removed = app.archive.prune(timedelta(seconds=seconds))
    words = [f"Removed {len(removed)} finished runs.", *removed]
    say([as_json_text({"removed": removed})] if kept.json else words, sys.stdout)
    return 0


def _is_wanted(
    record: Record,
    *,
    service: str | None,
    cluster: str | None,
    outcomes: tuple[str, ...],
    begun: datetime | None,
    unfinished: bool,
) -> bool:
    return (
        service in (None, naming.service(record))
        and cluster in (None, naming.cluster(record))
        and (not outcomes or outcome(record).outcome in outcomes)
        and (begun is None or record.created_at >= begun)
        and not (unfinished and record.final)
    )
