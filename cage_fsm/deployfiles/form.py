"""The normal form of what is described in AWS's words, by tables that say what means nothing.

Left out are empty values and those that AWS takes by default. Lists of objects become dicts, by name where
their order means nothing and by position elsewhere: `[web]`, `[0]`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Form:
    """The tables, by the name of the field that holds an object, or a list of them.

    `named_by`: the field that names an entry and, for entries that are a mere pair, the one with the value.
    `unordered`: lists of plain values, and those of objects that have no name of their own. `defaults_of`
    gives the defaults of an object.
    """

    named_by: Mapping[str, tuple[str, str | None]]
    unordered: frozenset[str]
    defaults_of: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]

    def object(self, field: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """The normal form of the object in this field."""
        defaults = self.defaults_of(field, value)
        inner = {key: self._value(key, member) for key, member in value.items()}
        return {
            key: member for key, member in inner.items() if member not in (None, {}, [], defaults.get(key))
        }

    def _value(self, field: str, value: Any) -> Any:
        if isinstance(value, dict):
            return self.object(field, value)
        return self._list(field, value) if isinstance(value, list) else value

    def _list(self, field: str, value: list[Any]) -> Any:
        if not all(isinstance(inner, dict) for inner in value):
            return sorted(value) if field in self.unordered else value
        items = [self.object(field, inner) for inner in value]
        name, content = self.named_by.get(field, (None, None))
        names = {f"[{inner[name]}]": inner for inner in value if name in inner}
        if len(names) < len(value):  # a name is missing, or there twice
            listed = sorted(items, key=_written) if field in self.unordered else items
            return {f"[{index}]": item for index, item in enumerate(listed)}
        if content and all(inner.keys() <= {name, content} for inner in value):
            return {key: inner.get(content, "") for key, inner in names.items()}
        return dict(zip(names, items, strict=True))


def _written(item: Mapping[str, Any]) -> str:
    return json.dumps(item, sort_keys=True)
