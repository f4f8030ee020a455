"""A package index on this machine: PEP 691's list of a directory's files, and the files."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@contextmanager
def package_index(place: Path) -> Iterator[str]:
    """Serve the files in `place` as releases of every project; gives the address."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *given: object) -> None:
            super().__init__(*given, directory=str(place))  # type: ignore[arg-type]

        def do_GET(self) -> None:
            if not self.path.startswith("/simple/"):
                super().do_GET()
                return
            if not place.is_dir():
                self.send_error(404)
                return
            name = self.path.removeprefix("/simple/").strip("/")
            files = [
                {"filename": each.name, "url": f"/{each.name}", "hashes": {}} for each in place.iterdir()
            ]
            body = json.dumps({"meta": {"api-version": "1.0"}, "name": name, "files": files}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple/"
        server.shutdown()
