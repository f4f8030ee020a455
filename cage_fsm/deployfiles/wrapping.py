"""The output of `aws ecs describe-*` loses its wrapper, and `null` members count as absent."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cage_fsm.deployfiles.document import Document
from cage_fsm.deployfiles.models import FileModel
from cage_fsm.deployfiles.places import Place
from cage_fsm.deployfiles.problems import DeployFileError, Problem, refuse


def unwrap(document: Document, model: FileModel) -> Document:
    """Return the object that the file is about, without its `null` members."""
    if not isinstance(document.value, dict):
        raise DeployFileError([document.problem((), "must hold one JSON object, from { to }")])
    place = _inside(document, model)
    refuse(_beside(document, place[:1]) if place else ())
    inner = document.under(place)
    return replace(inner, value=without_nulls(inner.value))


def without_nulls(value: Any) -> Any:
    """Return the value without `null` members at any depth, which canarycage ignores as well.

    A `null` in a list stays, and is refused later as a value of the wrong type.
    """
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def _inside(document: Document, model: FileModel) -> Place:
    for wrapper in model.wrappers:
        match document.value.get(wrapper):
            case dict():
                return (wrapper,)
            case [dict()]:
                return (wrapper, 0)
            case list():
                words = "must hold exactly one object; keep the one that this directory is about"
                raise DeployFileError([document.problem((wrapper,), words)])
    return ()


def _beside(document: Document, wrapper: Place) -> Iterator[Problem]:
    for key, value in document.value.items():
        if key not in wrapper and value not in (None, [], {}):
            words = f"stands beside `{wrapper[0]}`; move it inside or delete it"
            yield document.problem((key,), words)
