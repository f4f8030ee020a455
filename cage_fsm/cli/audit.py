"""cage-fsm audit: what is in the images of a service."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cage_fsm.cli.driving import app_for
from cage_fsm.cli.names import place_of
from cage_fsm.cli.options import Globals, global_options
from cage_fsm.cli.severities import SEVERITIES
from cage_fsm.cli.trouble import FAILED
from cage_fsm.judge.audit import objections
from cage_fsm.report import audit as shown
from cage_fsm.report.progress import progress
from cage_fsm.report.safely import say
from cage_fsm.report.terminal import can_redraw, fitted
from cage_fsm.report.text import as_json_text, clean

if TYPE_CHECKING:
    from cage_fsm.app import App
    from cage_fsm.audit.subjects import Subjects
    from cage_fsm.audit.waivers import Waivers
    from cage_fsm.aws.clients import Aws
    from cage_fsm.deployfiles import DeployFiles
    from cage_fsm.engine.ports import Clock
    from cage_fsm.judge.scan import Audited

Place = dict[str, str]
"""`cluster` and `service`."""


@click.command("audit")
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--cluster", envvar="CAGE_CLUSTER", help="Instead of the file's.  [env: CAGE_CLUSTER]")
@click.option("--service", envvar="CAGE_SERVICE", help="Instead of the file's.  [env: CAGE_SERVICE]")
@click.option("--next", "upcoming", is_flag=True, help="What DIR would deploy, instead of what runs.")
@click.option("--detail", is_flag=True, help="Every finding, not only how many there are.")
@click.option(
    "--fail-on",
    type=SEVERITIES,
    default=(),
    metavar="SEVERITIES",
    help="Exit with 1 if there are findings like these, or graver: critical, high, medium, low, "
    "informational; undefined and untriaged only if named.",
)
@click.option("--allow-unknown", is_flag=True, help="Let images pass of which nothing is known.")
@click.option(
    "--waivers",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="TOML with a [[waiver]] for each accepted finding: id, reason, expires.",
)
@global_options
@click.pass_obj
def command(
    kept: Globals,
    /,
    file: Path | None,
    *,
    fail_on: tuple[str, ...],
    detail: bool,
    allow_unknown: bool,
    **which: Any,
) -> int:
    """Show what ECR's scans, basic or enhanced, have found in the images of a service.

    Those that its tasks run, by their digests; with --next those that DIR/task-definition.json names. Of an
    index for several platforms it is the image that the tasks run. A finding counts once for each package.
    Only a scan that is done says CLEAN; whatever was not looked at is UNKNOWN, PUBLIC or NOT_ECR.

    Exits with 1 if --fail-on finds something, or if it is not known what is in an image; without --fail-on
    only if that is so of every image. --allow-unknown lets unknown images pass.

    \b
    Examples:
      cage-fsm audit deploy/web --detail
      cage-fsm audit --cluster prod --service web --fail-on critical,high --waivers waivers.toml
      IMAGE_TAG=v2 cage-fsm audit deploy/web --next --fail-on critical --json
    """
    from cage_fsm.audit.auditing import audit, patiently
    from cage_fsm.audit.waivers import Waivers
    from cage_fsm.preview import asked

    app = app_for(kept)
    waivers = Waivers.of(file, app.clock.now().date())
    files, place = _place(app, **which)
    aws = app.connect()
    subjects = _subjects(aws, app.clock, files, place)
    tell = progress("Looking at images", len(subjects.found), sys.stderr)
    found = asked(app.clock, lambda: audit(aws.ecr, subjects.found, patiently(app.clock), tell))
    against = list(objections(found, fail_on=fail_on, waived=waivers.counting, allow_unknown=allow_unknown))
    notes = [*_notes(subjects, waivers, found), *against]
    if kept.json:
        place |= {"region": aws.region}
        say([as_json_text(as_json(place, found, waivers, subjects, against), indent=2)], sys.stdout)
        say(notes, sys.stderr)
    else:
        _show(kept, _head(place, found), found, waivers.counting, notes, detail=detail)
    return FAILED if against else 0


def as_json(
    place: "Place",
    found: "Sequence[Audited]",
    waivers: "Waivers",
    subjects: "Subjects",
    against: Sequence[str],
) -> dict[str, Any]:
    """The audit as data; `place` says of what."""
    return {
        **place,
        "passed": not against,
        "objections": list(against),
        "images": shown.as_json(found, waivers.counting),
        "not_audited": list(subjects.added),
        "waivers_expired": sorted(waivers.expired),
        "waivers_unused": sorted(waivers.unused(found)),
    }


def _place(
    app: "App", *, directory: Path | None, upcoming: bool, **given: str | None
) -> "tuple[DeployFiles | None, Place]":
    """The files whose images are looked at, unless it is those that run, and the service."""
    if upcoming and not directory:
        message = "--next looks at the files in DIR; name it."
        raise click.UsageError(message)
    files = app.files(directory, registers=upcoming) if directory else None
    cluster, service = place_of(files, given)
    return (files if upcoming else None), {"cluster": cluster, "service": service}


def _subjects(aws: "Aws", clock: "Clock", files: "DeployFiles | None", place: "Place") -> "Subjects":
    from cage_fsm.audit.subjects import of_definition
    from cage_fsm.preview import images_of_service

    if files:
        return of_definition(files.task_definition, "next")
    return images_of_service(aws, clock, **place)


def _show(
    kept: Globals,
    head: str,
    found: "Sequence[Audited]",
    waived: frozenset[str],
    notes: Sequence[str],
    *,
    detail: bool,
) -> None:
    say([head], sys.stdout)
    rows = shown.table(found, waived)
    if can_redraw(sys.stdout):
        from cage_fsm.report.audit_table import show_table

        show_table(rows, sys.stdout, no_color=kept.no_color or None)
    else:
        say(shown.lines(rows), sys.stdout)
    more = shown.detail(found, waived) if detail else ()
    say(fitted([*shown.reasons(found), *more, *notes], sys.stdout), sys.stdout)


def _head(place: "Place", found: "Sequence[Audited]") -> str:
    name = clean(f"{place['service']} in cluster {place['cluster']}")
    begin = {
        "running": f"Images that {name} runs:",
        "service": f"No task of {name} runs; images that it would start:",
        "next": f"Images that would be deployed to {name}:",
    }
    return begin[found[0].subject.origin]


def _notes(subjects: "Subjects", waivers: "Waivers", found: "Sequence[Audited]") -> Iterator[str]:
    if subjects.added:
        yield clean(f"Not audited, since AWS put them beside ours: {', '.join(subjects.added)}.")
    if waivers.expired:
        yield clean(f"Waivers that have expired, and count no more: {', '.join(sorted(waivers.expired))}.")
    if unused := waivers.unused(found):
        yield clean(f"Waivers of what was not found: {', '.join(sorted(unused))}.")
