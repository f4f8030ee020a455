"""The way in over HTTP, for any SDK and the AWS CLI (AWS_ENDPOINT_URL)."""

import contextlib
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from cage_fsm.sandbox.cloud import Cloud
from cage_fsm.sandbox.errors import Dropped
from cage_fsm.sandbox.wire.exchange import exchange

_BAD_REQUEST = (
    b"<ErrorResponse><Error><Code>InvalidAction</Code><Message>%s</Message></Error></ErrorResponse>"
)


class Server:
    """A cloud behind a port of 127.0.0.1. A context manager; `shutdown()` ends it."""

    def __init__(self, cloud: Cloud, port: int) -> None:
        handler = type("Handler", (_Handler,), {"cloud": cloud, "lock": threading.Lock()})
        self._http = _Listener(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """What AWS_ENDPOINT_URL is to be set to."""
        return f"http://127.0.0.1:{self.port}"

    def shutdown(self) -> None:
        """Stop listening and wait for the thread; open connections end."""
        self._http.shutdown()
        self._http.server_close()
        self._http.hang_up()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()


def serve(cloud: Cloud, port: int = 0) -> Server:
    """Serve `cloud` on 127.0.0.1, port 0 meaning any free one, in a thread. OSError: the port is taken."""
    return Server(cloud, port)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep alive."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error of ours; a mistake of ours shows its traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet per answer: two of them wait 40 ms for each other
    cloud: Cloud
    lock: threading.Lock

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.title(): value for name, value in self.headers.items()}
        try:
            with self.lock:
                response = exchange(self.cloud, headers, body)
        except Dropped as dropped:
            time.sleep(dropped.seconds)
            self.close_connection = True
            return
        self._send(response.status, response.headers, response.body)

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {"Content-Type": "text/xml", "x-amzn-RequestId": "00000000-0000-0000-0000-000000000000"}
        self._send(
            400,
            headers,
            _BAD_REQUEST % b"The sandbox knows ECS, ELBv2, STS, ECR, CloudWatch and its Logs only.",
        )

    do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing: cloud.calls is the log."""

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
