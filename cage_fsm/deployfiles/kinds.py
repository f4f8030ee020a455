"""The kinds of JSON values, as the ECS API and as people call them."""

import re
from dataclasses import dataclass
from typing import Any

_KINDS = {str: "a string", bool: "true or false", int: "a number", float: "a number with a fraction"}
_CONTAINERS = {dict: "an object", list: "a list", type(None): "null"}
_UNQUOTED = {
    "integer": re.compile(r"-?[0-9]+"),
    "long": re.compile(r"-?[0-9]+"),
    "float": re.compile(r"-?[0-9]+(\.[0-9]+)?"),
    "double": re.compile(r"-?[0-9]+(\.[0-9]+)?"),
    "boolean": re.compile(r"true|false"),
}


@dataclass(frozen=True)
class Expected:
    words: str
    types: tuple[type, ...]

    def accepts(self, value: Any) -> bool:
        return type(value) in self.types  # not isinstance: to Python, true is the number 1


EXPECTED = {
    "structure": Expected("an object", (dict,)),
    "list": Expected("a list", (list,)),
    "map": Expected("an object", (dict,)),
    "string": Expected("a string", (str,)),
    "integer": Expected("a whole number", (int,)),
    "long": Expected("a whole number", (int,)),
    "float": Expected("a number", (int, float)),
    "double": Expected("a number", (int, float)),
    "boolean": Expected("true or false", (bool,)),
}


def kind_of(value: Any) -> str:
    return (_KINDS | _CONTAINERS)[type(value)]


def mend_of(value: Any, expected: str) -> str:
    """Return how to write the value that was probably meant, or nothing when that is not plain to see."""
    if expected == "list":
        return "; put it in [ ]"
    if expected == "string" and isinstance(value, bool | int | float):
        return "; put it in quotes"
    unquoted = _UNQUOTED.get(expected)
    if unquoted and isinstance(value, str) and unquoted.fullmatch(value):
        return "; remove the quotes"
    return ""
