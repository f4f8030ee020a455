"""From an HTTP request to a call."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.wire import models
from cage_fsm.sandbox.wire.coerce import coerce
from cage_fsm.sandbox.wire.query import unflatten


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `ecs`, `RunTask` and what was asked for."""

    service: str
    operation: str
    params: dict[str, Any]


class Unread(ApiError):
    """A request that names no operation of ours; `service` says whose error shape to use."""

    def __init__(self, service: str, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message, status)
        self.service = service


def is_ours(headers: Mapping[str, str], body: bytes) -> bool:
    """Say whether a request is for one of the services that exist here."""
    target = text_of(headers.get("X-Amz-Target", ""))
    if target:
        return target.partition(".")[0] in models.by_target_prefix()
    if "x-www-form-urlencoded" not in text_of(headers.get("Content-Type", "")):
        return False
    return dict(parse_qsl(body.decode("utf-8", "replace"))).get("Version") in models.by_version()


def read(headers: Mapping[str, str], body: bytes) -> tuple[str, str, Any]:
    """Find service, operation and raw parameters; Unread when that cannot be done."""
    target = text_of(headers.get("X-Amz-Target", ""))
    if target:
        return _read_json(target, body)
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    action = form.get("Action", "")
    service = models.by_version().get(form.get("Version", ""), "sts")
    if not action:
        raise Unread(service, "MissingAction", "The request must contain the parameter Action", 400)
    if action not in models.operations(service):
        words = f"Could not find operation {action} for version {form.get('Version', '')}"
        raise Unread(service, "InvalidAction", words, 400)
    shape = models.model(service).operation_model(action).input_shape
    try:
        return service, action, unflatten(shape, form) if shape else {}
    except ApiError as error:
        raise Unread(service, error.code, error.message) from None


def checked(service: str, operation: str, raw: Any) -> Call:
    """Check raw parameters against the model; ApiError says what is wrong with them."""
    shape = models.model(service).operation_model(operation).input_shape
    code = "InvalidParameterException" if models.is_json(service) else "ValidationError"
    return Call(service, operation, coerce(shape, raw, "", code) if shape else {})


def text_of(value: str | bytes) -> str:
    """Return a header's value as text: botocore prepares some of them as bytes."""
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _read_json(target: str, body: bytes) -> tuple[str, str, Any]:
    prefix, _, operation = target.partition(".")
    service = models.by_target_prefix().get(prefix)
    if service is None or operation not in models.operations(service):
        raise Unread(service or "ecs", "UnknownOperationException", "")
    try:
        return service, operation, json.loads(body or b"{}")
    except ValueError:
        raise Unread(service, "SerializationException", "The request body is not valid JSON.") from None
