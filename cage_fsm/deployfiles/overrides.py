"""A file with the `overrides` of RunTask: what a task gets instead of what its task definition says."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cage_fsm.deployfiles.digests import digest_of
from cage_fsm.deployfiles.document import Document
from cage_fsm.deployfiles.hints import hint
from cage_fsm.deployfiles.models import overrides_model
from cage_fsm.deployfiles.parsing import parse
from cage_fsm.deployfiles.problems import Problem, refuse
from cage_fsm.deployfiles.source import read_text
from cage_fsm.deployfiles.validation import check
from cage_fsm.deployfiles.wrapping import unwrap

LONGEST = 8192
"""Characters of all overrides, as JSON (API reference, RunTask)."""


@dataclass(frozen=True)
class Overrides:
    """What the file holds, its digest, and the values of the environment that were filled in."""

    value: Mapping[str, Any] = field(repr=False)
    digest: str
    variables: frozenset[str] = field(repr=False)


def read_overrides(
    path: Path, environment: Mapping[str, str], container: str, containers: Collection[str]
) -> Overrides:
    """Read the file, fill in its variables and check it. `container` gets its command elsewhere.

    `containers` are those of the task definition; empty where it is not known. Raises DeployFileError.
    """
    document = unwrap(parse(str(path), read_text(path), environment), overrides_model())
    refuse(check(document, overrides_model()))
    refuse(_named(document, container, containers))
    return Overrides(document.value, digest_of(document.value), document.filled_in(environment))


def with_command(overrides: Mapping[str, Any], container: str, command: Sequence[str]) -> dict[str, Any]:
    """The overrides with a command for one container."""
    given = overrides.get("containerOverrides", [])
    own: Mapping[str, Any] = next((each for each in given if each["name"] == container), {})
    others = [each for each in given if each["name"] != container]
    return {**overrides, "containerOverrides": [*others, {**own, "name": container, "command": [*command]}]}


def _named(document: Document, container: str, containers: Collection[str]) -> Iterator[Problem]:
    seen = set[str]()
    for index, each in enumerate(document.value.get("containerOverrides", [])):
        place, name = ("containerOverrides", index), each.get("name")
        if name is None:
            yield document.problem(place, "has no `name`; say which container it is for")
        elif containers and name not in containers:
            unknown = f"is `{document.shown((*place, 'name'))}`, which is no container of the task definition"
            yield document.problem((*place, "name"), unknown + hint(name, containers))
        elif name in seen:
            yield document.problem((*place, "name"), "is there twice; put all overrides of it into one")
        elif name == container and "command" in each:
            words = "is given on the command line as well; keep one of them, the one there"
            yield document.problem((*place, "command"), words)
        seen.add(name or "")
