"""The way in without a socket: botocore's `before-send` event."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from cage_fsm.sandbox.cloud import Cloud
from cage_fsm.sandbox.errors import Dropped
from cage_fsm.sandbox.wire.exchange import Around, Proceed, exchange
from cage_fsm.sandbox.wire.read import Call, is_ours
from cage_fsm.sandbox.wire.write import Response


def attach(client_or_session: Any, cloud: Cloud, around: Around | None = None) -> Callable[[], None]:
    """Let a boto3 or botocore client, or every later client of a session, talk to `cloud`.

    `around(call, proceed)` sees each request: it may raise before `proceed()` (the request never
    arrived) or after it (the answer was lost), or return a Response of its own. Requests to services
    that do not exist here go where they always go. Returns what undoes it; clients are expensive to make.
    """

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        body = _body(request)
        if body is None or not is_ours(request.headers, body):
            return None
        response = exchange(cloud, request.headers, body, _dropping(around, request.url))
        return AWSResponse(request.url, response.status, response.headers, _Raw(response.body))

    events = _events(client_or_session)
    events.register("before-send", answer)
    return partial(events.unregister, "before-send", answer)


def _dropping(around: Around | None, url: str) -> Around:
    """Put botocore's exceptions in the place of dropped connections, within reach of `around`."""

    def wrapped(call: Call, proceed: Proceed) -> Response:
        def translated() -> Response:
            try:
                return proceed()
            except Dropped as dropped:
                is_late = dropped.applied or dropped.seconds
                kind = ReadTimeoutError if is_late else ConnectionClosedError
                raise kind(endpoint_url=url, error=dropped) from dropped

        return around(call, translated) if around else translated()

    return wrapped


def _events(target: Any) -> Any:
    if hasattr(target, "meta"):
        return target.meta.events
    return target.events if hasattr(target, "events") else target.get_component("event_emitter")


def _body(request: Any) -> bytes | None:
    """Return a request's body; None for a stream, which is not ours to consume."""
    body = request.body or b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray) else None


class _Raw(BytesIO):
    def stream(self, **_: Any) -> list[bytes]:
        return [self.read()]
