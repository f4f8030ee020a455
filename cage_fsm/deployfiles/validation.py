"""Every field of a file is held against the shapes of the ECS API.

botocore's own validator knows neither lines nor near matches, and lets unknown enum values pass.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from cage_fsm.deployfiles.document import Document
from cage_fsm.deployfiles.hints import hint, listed
from cage_fsm.deployfiles.kinds import EXPECTED, kind_of, mend_of
from cage_fsm.deployfiles.models import SOURCE, FileModel
from cage_fsm.deployfiles.places import Place
from cage_fsm.deployfiles.problems import Problem


def check(document: Document, model: FileModel) -> Iterator[Problem]:
    """Yield everything in the document that ECS would not accept."""
    special = model.read_only | model.refused.keys()
    yield from _read_only(document, model)
    yield from (document.problem((key,), why) for key, why in model.refused.items() if key in document.value)
    plain = {key: value for key, value in document.value.items() if key not in special}
    yield from _Checker(document).members(plain, model.members, model.required, ())


def _read_only(document: Document, model: FileModel) -> Iterator[Problem]:
    found = [key for key in document.value if key in model.read_only]
    if found:
        lines = ", ".join(f"`{key}` (line {document.line((key,))})" for key in found)
        words = f"has fields that AWS fills in and no call accepts; delete {lines}"
        yield Problem(document.file, f"the file {words}", document.line((found[0],)))


class _Checker:
    def __init__(self, document: Document) -> None:
        self._document = document

    def members(
        self, value: Mapping[str, Any], members: Mapping[str, Any], required: frozenset[str], place: Place
    ) -> Iterator[Problem]:
        for key, inner in value.items():
            if key in members:
                yield from self._any(inner, members[key], (*place, key))
            else:
                words = f"is not a field of the ECS API ({SOURCE}){hint(key, members.keys() - value.keys())}"
                yield self._document.problem((*place, key), words)
        for key in sorted(required - value.keys()):
            yield self._document.problem(place, f"has no `{key}`, which ECS requires")

    def _any(self, value: Any, shape: Any, place: Place) -> Iterator[Problem]:
        expected = EXPECTED.get(shape.type_name)
        if expected is None or getattr(shape, "is_document_type", False):
            return  # new in botocore, or free by definition: AWS will judge
        if expected.accepts(value):
            yield from self._INSIDE[shape.type_name](self, value, shape, place)
        else:
            words = f"must be {expected.words}, but is {kind_of(value)}{mend_of(value, shape.type_name)}"
            yield self._document.problem(place, words)

    def _structure(self, value: Mapping[str, Any], shape: Any, place: Place) -> Iterator[Problem]:
        yield from self.members(value, shape.members, frozenset(shape.required_members), place)
        if shape.is_tagged_union and len(value) != 1:
            yield self._document.problem(place, f"must have exactly one of {listed(shape.members)}")

    def _list(self, value: list[Any], shape: Any, place: Place) -> Iterator[Problem]:
        yield from self._within(len(value), shape, place, "must have a length of")
        for index, inner in enumerate(value):
            yield from self._any(inner, shape.member, (*place, index))

    def _map(self, value: Mapping[str, Any], shape: Any, place: Place) -> Iterator[Problem]:
        for key, inner in value.items():
            yield from self._any(inner, shape.value, (*place, key))

    def _string(self, value: str, shape: Any, place: Place) -> Iterator[Problem]:
        yield from self._within(len(value), shape, place, "must have a length of")
        if shape.enum and value not in shape.enum:
            unknown = f"is `{self._document.shown(place)}`, which ECS does not know ({SOURCE})"
            yield self._document.problem(place, unknown + hint(value, shape.enum))

    def _number(self, value: float, shape: Any, place: Place) -> Iterator[Problem]:
        yield from self._within(value, shape, place, "must be")

    def _within(self, size: float, shape: Any, place: Place, must: str) -> Iterator[Problem]:
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if least is not None and size < least:
            yield self._document.problem(place, f"{must} at least {least} ({SOURCE})")
        if most is not None and size > most:
            yield self._document.problem(place, f"{must} at most {most} ({SOURCE})")

    def _nothing(self, _value: Any, _shape: Any, _place: Place) -> Iterator[Problem]:
        return iter(())

    _INSIDE: ClassVar[Mapping[str, Callable[["_Checker", Any, Any, Place], Iterator[Problem]]]] = {
        "structure": _structure,
        "list": _list,
        "map": _map,
        "string": _string,
        "integer": _number,
        "long": _number,
        "float": _number,
        "double": _number,
        "boolean": _nothing,
    }
