"""From an answer to an HTTP response: JSON or XML, driven by the service's model."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.wire import models


@dataclass(frozen=True, slots=True)
class Response:
    """What goes over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes


def answer(service: str, operation: str, value: dict[str, Any], request_id: str) -> Response:
    """Write an answer. A member that the model does not know is a mistake of ours: KeyError."""
    shape = models.model(service).operation_model(operation).output_shape
    if models.is_json(service):
        return _json_response(200, _plain(shape, value) if shape else {}, request_id)
    if _is_ec2(service):
        inside = f"<requestId>{request_id}</requestId>{_xml(shape, value)}"
        return _xml_response(service, 200, f"{operation}Response", inside, request_id)
    inside = f"<{operation}Result>{_xml(shape, value) if shape else ''}</{operation}Result>"
    metadata = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    return _xml_response(service, 200, f"{operation}Response", inside + metadata, request_id)


def error(service: str, problem: ApiError, request_id: str) -> Response:
    """Write an error in the service's own shape."""
    if models.is_json(service):
        body = {"__type": problem.code, "message": problem.message, **problem.fields}
        return _json_response(problem.status, body, request_id)
    kind = "Sender" if problem.status < 500 else "Receiver"  # noqa: PLR2004
    words = f"<Code>{escape(problem.code)}</Code><Message>{escape(problem.message)}</Message>"
    if _is_ec2(service):
        inside = f"<Errors><Error>{words}</Error></Errors><RequestID>{request_id}</RequestID>"
        return _xml_response(service, problem.status, "Response", inside, request_id)
    inside = f"<Error><Type>{kind}</Type>{words}</Error><RequestId>{request_id}</RequestId>"
    return _xml_response(service, problem.status, "ErrorResponse", inside, request_id)


def _is_ec2(service: str) -> bool:
    """Whether a service speaks EC2's own kind of query."""
    return bool(models.model(service).metadata["protocol"] == "ec2")


def _json_response(status: int, value: Any, request_id: str) -> Response:
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": request_id}
    return Response(status, headers, json.dumps(value).encode())


def _xml_response(service: str, status: int, root: str, inside: str, request_id: str) -> Response:
    namespace = models.model(service).metadata["xmlNamespace"]
    headers = {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}
    return Response(status, headers, f'<{root} xmlns="{namespace}">{inside}</{root}>'.encode())


def _plain(shape: Any, value: Any) -> Any:
    """Make JSON of a value; members that are None are left out, times stay seconds since 1970."""
    kind = shape.type_name
    if kind == "structure":
        members = shape.members
        return {name: _plain(members[name], each) for name, each in value.items() if each is not None}
    if kind == "list":
        return [_plain(shape.member, each) for each in value]
    return value


def _xml(shape: Any, value: Any) -> str:
    kind = shape.type_name
    if kind == "structure":
        members = shape.members
        return "".join(
            _element(members[name].serialization.get("name", name), _xml(members[name], each))
            for name, each in value.items()
            if each is not None
        )
    if kind == "list":
        name = shape.member.serialization.get("name", "member")
        return "".join(_element(name, _xml(shape.member, each)) for each in value)
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "timestamp":
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return escape(str(value))


def _element(name: str, inside: str) -> str:
    return f"<{name}>{inside}</{name}>"
