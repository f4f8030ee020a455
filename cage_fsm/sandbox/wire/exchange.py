"""One request and its response, whichever way it came in."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from cage_fsm.sandbox.cloud import Cloud
from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.wire import write
from cage_fsm.sandbox.wire.read import Call, Unread, checked, read
from cage_fsm.sandbox.wire.write import Response

Proceed: TypeAlias = Callable[[], Response]
Around: TypeAlias = Callable[[Call, Proceed], Response]


def exchange(cloud: Cloud, headers: Mapping[str, str], body: bytes, around: Around | None = None) -> Response:
    """Answer a request. Dropped leaves this function: each way in drops connections differently."""
    request_id = cloud.world.request_id()
    try:
        service, operation, raw = read(headers, body)
    except Unread as problem:
        cloud.refuse(problem.service, "", problem)
        return write.error(problem.service, problem, request_id)
    try:
        call = checked(service, operation, raw)
    except ApiError as problem:
        cloud.refuse(service, operation, problem)
        return write.error(service, problem, request_id)

    def proceed() -> Response:
        return _answer(cloud, call, request_id)

    return around(call, proceed) if around else proceed()


def _answer(cloud: Cloud, call: Call, request_id: str) -> Response:
    try:
        value = cloud.request(call)
    except ApiError as problem:
        return write.error(call.service, problem, request_id)
    return write.answer(call.service, call.operation, value, request_id)
