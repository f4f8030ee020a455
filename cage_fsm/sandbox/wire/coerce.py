"""Checking what was sent against the service's model.

As AWS does: unknown members are ignored, a wrong type is a SerializationException,
a missing or impossible value is a validation error.
"""

from collections.abc import Callable
from typing import Any

from cage_fsm.sandbox.errors import ApiError

_WORDS = {str: "STRING_VALUE", bool: "TRUE_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE"}


def coerce(shape: Any, value: Any, path: str, code: str) -> Any:
    """Return `value` as the shape wants it; `code` is the service's validation error."""
    return _BY_TYPE[shape.type_name](shape, value, path, code)


def _structure(shape: Any, value: Any, path: str, code: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unreadable(value, "a structure")
    members = shape.members
    found = {
        name: coerce(members[name], each, f"{path}.{name}" if path else name, code)
        for name, each in value.items()
        if name in members and each is not None
    }
    for name in shape.required_members:
        if name not in found:
            where = f"{path}.{name}" if path else name
            raise _unacceptable(code, "null", where, "Member must not be null")
    return found


def _list(shape: Any, value: Any, path: str, code: str) -> list[Any]:
    if not isinstance(value, list):
        raise _unreadable(value, "a list")
    return [coerce(shape.member, each, f"{path}.{n}.member", code) for n, each in enumerate(value, 1)]


def _map(shape: Any, value: Any, path: str, code: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unreadable(value, "a map")
    return {key: coerce(shape.value, each, f"{path}.{key}", code) for key, each in value.items()}


def _string(shape: Any, value: Any, path: str, code: str) -> str:
    if not isinstance(value, str):
        raise _unreadable(value, "a String")
    if shape.enum and value not in shape.enum:
        allowed = ", ".join(shape.enum)
        raise _unacceptable(code, f"'{value}'", path, f"Member must satisfy enum value set: [{allowed}]")
    return value


def _integer(_shape: Any, value: Any, _path: str, _code: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _unreadable(value, "an Integer")
    return value


def _number(_shape: Any, value: Any, _path: str, _code: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unreadable(value, "a Double")
    return value


def _boolean(_shape: Any, value: Any, _path: str, _code: str) -> bool:
    if not isinstance(value, bool):
        raise _unreadable(value, "a Boolean")
    return value


def _unreadable(value: Any, wanted: str) -> ApiError:
    if isinstance(value, dict):
        return ApiError("SerializationException", "Start of structure or map found where not expected.")
    if isinstance(value, list):
        return ApiError("SerializationException", "Start of list found where not expected")
    word = _WORDS.get(type(value), "VALUE")
    return ApiError("SerializationException", f"{word} can not be converted to {wanted}")


def _unacceptable(code: str, value: str, path: str, constraint: str) -> ApiError:
    words = (
        f"1 validation error detected: Value {value} at '{path}' failed to satisfy constraint: {constraint}"
    )
    return ApiError(code, words)


_BY_TYPE: dict[str, Callable[[Any, Any, str, str], Any]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "character": _string,
    "blob": _string,
    "integer": _integer,
    "long": _integer,
    "float": _number,
    "double": _number,
    "timestamp": _number,
    "boolean": _boolean,
}
