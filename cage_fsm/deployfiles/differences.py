"""What changes from one task definition to another, without showing what may be secret."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cage_fsm.deployfiles.normal import normal
from cage_fsm.deployfiles.places import quoted

# People put passwords into all of these.
_HIDDEN = {
    "command",
    "dockerLabels",
    "driverOpts",
    "entryPoint",
    "environment",
    "hookDetails",
    "labels",
    "options",
    "properties",
    "tags",
}


@dataclass(frozen=True)
class Difference:
    """One field that changes. None stands for a field that is not there, or has the default of AWS."""

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class _Leaf:
    text: str
    hidden: bool


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Return the fields that differ, by path; none when ECS would run both alike.

    Either side may be what RegisterTaskDefinition takes or what DescribeTaskDefinition gives.
    """
    return compared(normal(old), normal(new))


def compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Return the fields in which two normal forms differ, by path."""
    before, after = dict(_leaves(old, "")), dict(_leaves(new, ""))
    paths = sorted(before.keys() | after.keys())
    return [
        _difference(path, before.get(path), after.get(path))
        for path in paths
        if before.get(path) != after.get(path)
    ]


def _difference(path: str, old: _Leaf | None, new: _Leaf | None) -> Difference:
    return Difference(path, _shown(old, "(a value)"), _shown(new, "(another value)" if old else "(a value)"))


def _shown(leaf: _Leaf | None, instead: str) -> str | None:
    if leaf is None:
        return None
    return instead if leaf.hidden else leaf.text


def _leaves(value: Any, path: str, *, hidden: bool = False) -> Iterator[tuple[str, _Leaf]]:
    if not isinstance(value, dict):
        yield path, _Leaf(quoted(value) if isinstance(value, str) else json.dumps(value), hidden)
        return
    for key, inner in value.items():
        step = key if key.startswith("[") or not path else f".{key}"
        yield from _leaves(inner, path + step, hidden=hidden or key in _HIDDEN)
