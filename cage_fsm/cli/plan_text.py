"""A plan for people, and for programs."""

import shlex
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cage_fsm.cli.options import Globals
from cage_fsm.engine.durations import words
from cage_fsm.report.safely import say
from cage_fsm.report.terminal import Marks, fitted, marks
from cage_fsm.report.text import as_json_text, clean

if TYPE_CHECKING:
    from cage_fsm.plan.shapes import Change, Image, Named, OldImage, Plan, WayBack

NO_CLUSTER = "There is no active cluster "
"""So begins the refusal where the service cannot be created either."""

_READY = {True: "can be sent again", False: "cannot be sent again", None: "may be sent again or not"}


def plan_said(plan: "Plan", kept: Globals, directory: Path) -> None:
    """Print a plan on stdout: as words, or as JSON."""
    if kept.json:
        say([as_json_text(asdict(plan), indent=2)], sys.stdout)
    else:
        said = lines(plan, marks(sys.stdout), directory)
        say(fitted(said, sys.stdout), sys.stdout)


def lines(plan: "Plan", signs: Marks, directory: Path) -> Iterator[str]:
    """A plan as lines."""
    yield clean(_head(plan))
    yield from _part("It would be refused", _refusals(plan, signs, directory))
    yield from _part("Warnings", map(clean, plan.warnings))
    if plan.runs:
        yield from _part("Changes", _changes(plan, signs))
        yield from _part("The canary is not like a task of the service", _points(plan))
    yield from _part("Images", (line for each in plan.images for line in _image(each, signs)))
    yield from _part("What the files name", (line for each in plan.things for line in _thing(each, signs)))
    if plan.runs:
        yield from _part("The way back", _way_back(plan.way_back, signs))
        yield from _part("The way through the machine", _path(plan))
    unanswered = (clean(f"{each.what}: {each.said}. {each.words}") for each in plan.unanswered)
    yield from _part("What could not be looked at", unanswered)
    yield ""
    yield "Nothing was touched."


def _part(title: str, inner: Iterable[str]) -> Iterator[str]:
    if found := list(inner):
        yield ""
        yield f"{title}:"
        yield from (f"  {line}" for line in found)


def _head(plan: "Plan") -> str:
    where = f"{plan.service} in cluster {plan.cluster} ({plan.region})"
    gets = plan.revision.rpartition("/")[2] if plan.revision else "a new revision"
    if plan.exists is False:
        return f"{where} does not exist."
    if plan.runs is None:
        return f"What {where} runs cannot be told."
    return f"{where} runs {plan.runs}. A rollout gives it {gets}."


def _refusals(plan: "Plan", signs: Marks, directory: Path) -> Iterator[str]:
    for each in plan.refusals:
        yield clean(f"{signs.status['failed']} {each}")
    if plan.exists is False and not any(NO_CLUSTER in each for each in plan.refusals):
        names = ("--cluster", plan.cluster, "--service", plan.service)
        yield clean(f"`{shlex.join(('cage-fsm', 'up', str(directory), *names))}` creates the service.")


def _changes(plan: "Plan", signs: Marks) -> Iterator[str]:
    applied = [each for each in plan.changes if each.applied]
    for each in applied:
        yield from _change(each, signs)
    if not applied:
        yield "none" if plan.changed is False else "What the service runs could not be read."
    left = [each for each in plan.changes if not each.applied]
    if left:
        yield "Differs from service.json, and is left as it is:"
    for each in left:
        yield from (f"  {line}" for line in _change(each, signs))


def _change(change: "Change", signs: Marks) -> Iterator[str]:
    is_default = change.of == "service" and not change.path.startswith("tags[")
    nothing = "AWS's default" if is_default else "nothing"
    old, new = (value if value is not None else nothing for value in (change.old, change.new))
    yield clean(f"{change.of}: {change.path}")
    yield f"    {clean(old)} {signs.arrow} {clean(new)}"


def _points(plan: "Plan") -> Iterator[str]:
    for each in plan.points:
        yield clean(f"{each.name}: {each.words}")


def _image(image: "Image", signs: Marks) -> Iterator[str]:
    yield clean(f"{_sign(image.said, signs)} {image.container}: {image.image}")
    yield f"    {_said(image)}{'; this image would run:' if image.digest else ''}"
    if image.digest:
        yield f"    {clean(image.digest)}"


def _thing(thing: "Named", signs: Marks) -> Iterator[str]:
    yield clean(f"{_sign(thing.said, signs)} {thing.kind} {thing.name}")
    yield f"    {clean(thing.field)}: {_said(thing)}"


def _way_back(way: "WayBack", signs: Marks) -> Iterator[str]:
    sign = {True: "exists", False: "missing", None: ""}[way.ready]
    status = f" is {way.status}, and" if way.status else ""
    yield clean(f"{_sign(sign, signs)} {way.revision}{status} {_READY[way.ready]}.")
    for each in way.images:
        yield clean(f"{_sign(each.said, signs)} {each.container}: {each.image}")
        yield f"    {_said(each)}{'; this image runs:' if each.digest else ''}"
        if each.digest:
            yield f"    {clean(each.digest)}"
        if each.moved:
            yield "    The name stands for another image by now, and that one would run."


def _path(plan: "Plan") -> Iterator[str]:
    for each in plan.path:
        time = "?" if each.seconds is None else words(round(each.seconds, 1))
        yield f"{each.state:<22}{time:>9}   {each.source}"
    known = words(sum(each.seconds or 0 for each in plan.path))
    more = "" if all(each.seconds is not None for each in plan.path) else "   and what is not known"
    yield f"{'together':<22}{known:>9}{more}"


def _said(found: "Image | Named | OldImage") -> str:
    return clean(f"{found.said}{f': {found.words}' if found.words else ''}")


def _sign(said: str, signs: Marks) -> str:
    status = {"exists": signs.status["done"], "missing": signs.status["failed"]}
    return status.get(said, signs.status["to_come"])
