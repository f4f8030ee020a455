"""cage-fsm sweep: what was left behind."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from cage_fsm.cli.driving import app_for
from cage_fsm.cli.options import AGE, Globals, global_options
from cage_fsm.cli.trouble import FAILED, INTERRUPTED, UNFINISHED
from cage_fsm.report.safely import say
from cage_fsm.report.terminal import fitted
from cage_fsm.report.text import as_json_text, clean

if TYPE_CHECKING:
    from cage_fsm.sweep.finding import Act, Finding
    from cage_fsm.sweep.sweeping import Sweep


@click.command("sweep")
@click.option("--cluster", "clusters", metavar="NAME", multiple=True, help="Only this cluster. Repeatable.")
@click.option(
    "--older-than", type=AGE, metavar="AGE", default="1h", show_default=True, help="Leave what is younger."
)
@click.option(
    "--include-unknown", is_flag=True, help="Also canaries of other stores, once their own time is over."
)
@click.option("--apply", "applies", is_flag=True, help="Do it, instead of saying what would be done.")
@global_options
@click.pass_obj
def command(
    kept: Globals, clusters: tuple[str, ...], older_than: float, *, include_unknown: bool, applies: bool
) -> int:
    """Find tasks, targets, revisions and claims that outlived their run, and runs that nobody drives.

    Looks at the clusters that the store's runs are about, in one region. Nothing is changed without --apply;
    with it, everything is looked at once more right before it is touched. Never touched: a task of a run
    that is not over, a target that a running task may be behind, a revision that is in use or that a run goes
    back to, and whatever nothing proves to be ours.

    Exits with 0, with 1 where something could not be looked at or done, and with 75 where canaries drain, so
    that a later sweep stops them.

    \b
    Examples:
      cage-fsm sweep
      cage-fsm sweep --cluster prod --apply
      cage-fsm sweep --include-unknown --older-than 1d --json
    """
    sweep = app_for(kept).sweep(clusters, timedelta(seconds=older_than), include_unknown=include_unknown)
    findings = sweep.findings()
    stream = sys.stderr if kept.json else sys.stdout
    say(fitted(_found(sweep, findings), stream), stream)
    acts: list[Act] = []
    try:
        for finding in (each for each in findings if applies and each.does):
            acts.append(sweep.apply(finding))
            say(fitted(_done(acts[-1]), stream), stream)
    except KeyboardInterrupt:
        say(["Interrupted. What is said above was done; a later sweep finds the rest."], sys.stderr)
        return INTERRUPTED
    if kept.json:
        say([as_json_text(as_json(sweep, findings, acts), indent=2)], sys.stdout)
    elif not applies and any(each.does for each in findings):
        say(["Nothing was changed. Type next: the same with --apply"], sys.stdout)
    return _code(findings, acts)


def as_json(sweep: "Sweep", findings: "list[Finding]", acts: "list[Act]") -> dict[str, Any]:
    """What was found, and what became of it."""
    became = {act.finding: act for act in acts}
    return {
        "looked_at": sweep.looked_at,
        "findings": [
            {name: value for name, value in asdict(each).items() if name != "nonce"}
            | {
                "came_to": became[each].came_to if each in became else None,
                "words": became[each].words if each in became else None,
            }
            for each in findings
        ],
    }


def _code(findings: "list[Finding]", acts: "list[Act]") -> int:
    came_to = {act.came_to for act in acts}
    if "failed" in came_to or any(each.kind == "unseen" for each in findings):
        return FAILED
    return UNFINISHED if "draining" in came_to else 0


def _found(sweep: "Sweep", findings: "list[Finding]") -> Iterator[str]:
    names = ", ".join(each.rpartition("/")[2] for each in sweep.looked_at) or "no cluster"
    yield f"Looked at this store, and in AWS at {clean(names)}."
    if not findings and not sweep.looked_at:
        yield "The store's runs name no cluster of this region: name a cluster with --cluster."
    elif not findings:
        yield "Nothing was left behind."
    for each in findings:
        yield _name(each)
        yield f"  {f'would {each.does}. ' if each.does else 'left alone. '}{clean(each.why)}"


def _done(act: "Act") -> Iterator[str]:
    yield f"{act.came_to}: {_name(act.finding)}"
    yield f"  {clean(act.words)}"


def _name(finding: "Finding") -> str:
    of_run = f" of run {finding.run}" if finding.run and finding.run != finding.thing else ""
    where = f" in {finding.where}" if finding.kind == "target" else ""
    return clean(f"{finding.kind} {finding.thing}{where}{of_run}")
