"""A parsed file that still knows where everything was written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cage_fsm.deployfiles.places import Place, dotted, quoted
from cage_fsm.deployfiles.problems import Problem
from cage_fsm.deployfiles.variables import variables_of


@dataclass(frozen=True)
class Document:
    """The values of one file. Places are counted from `base`: the top, or what a wrapper holds."""

    file: str
    value: Any = field(repr=False)
    lines: Mapping[Place, int] = field(repr=False)
    templates: Mapping[Place, str] = field(repr=False)
    base: Place = ()

    def line(self, place: Place) -> int:
        return self.lines[self.base + place]

    def problem(self, place: Place, words: str) -> Problem:
        """Return the sentence that says these words of the value at this place."""
        path = dotted(self.base + place)
        return Problem(self.file, f"`{path}` {words}" if path else f"the file {words}", self.line(place))

    def shown(self, place: Place) -> str:
        """Return the scalar at this place as the file has it: a variable by its name, not by its value."""
        template = self.templates.get(self.base + place)
        return quoted(template) if template is not None else _scalar(self._at(place))

    def filled_in(self, environment: Mapping[str, str]) -> frozenset[str]:
        """Return the values that came from variables of the environment."""
        names = {name for template in self.templates.values() for name in variables_of(template)}
        return frozenset(environment[name] for name in names if name in environment)

    def under(self, place: Place) -> "Document":
        return replace(self, value=self._at(place), base=self.base + place)

    def _at(self, place: Place) -> Any:
        value = self.value
        for step in place:
            value = value[step]
        return value


def _scalar(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else json.dumps(value)
