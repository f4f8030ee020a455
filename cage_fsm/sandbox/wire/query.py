"""Reading the query protocol: `Targets.member.1.Id=10.0.0.10`, with EC2 `Filter.1.Name=subnet-id`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from cage_fsm.sandbox.errors import ApiError

Form = dict[str, str]


def unflatten(shape: Any, form: Form, prefix: str = "") -> Any:
    """Build the value of a shape from form fields that begin with `prefix`; None when there are none."""
    if prefix and not any(name.startswith(prefix) for name in form):
        return None
    if shape.type_name == "structure":
        return _structure(shape, form, prefix)
    if shape.type_name == "list":
        return _list(shape, form, prefix)
    text = form.get(prefix)
    return None if text is None else _scalar(shape, text)


def _structure(shape: Any, form: Form, prefix: str) -> dict[str, Any] | None:
    found = {}
    for name, member in shape.members.items():
        wire_name = member.serialization.get("name", name)
        value = unflatten(member, form, f"{prefix}.{wire_name}" if prefix else wire_name)
        if value is not None:
            found[name] = value
    return found if found or not prefix else None


def _list(shape: Any, form: Form, prefix: str) -> list[Any] | None:
    found: list[Any] = []
    is_flat = any(name.startswith(f"{prefix}.1") for name in form)  # as EC2 has it
    inner = prefix if is_flat else f"{prefix}.member"
    while True:
        value = unflatten(shape.member, form, f"{inner}.{len(found) + 1}")
        if value is None:
            return found or None
        found.append(value)


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


_SCALARS: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "boolean": _boolean,
    "timestamp": _moment,
}


def _scalar(shape: Any, text: str) -> Any:
    try:
        return _SCALARS.get(shape.type_name, str)(text)
    except (KeyError, ValueError):
        raise ApiError("MalformedInput", f"{text!r} is not a {shape.type_name}") from None
