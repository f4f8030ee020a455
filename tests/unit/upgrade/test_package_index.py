"""What an index says, in JSON or HTML, over HTTP on this machine."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cage_fsm.upgrade.package_index import IndexTroubleError, index_url, is_newer, newest, without_login

KIND = "application/vnd.pypi.simple.v1+json"
FILES: list[dict[str, object]] = [
    {"filename": "cage_fsm-0.9.0-py3-none-any.whl"},
    {"filename": "cage_fsm-0.10.0.tar.gz", "requires-python": ">=3.11", "yanked": False},
    {"filename": "cage_fsm-0.11.0.tar.gz", "yanked": "it deletes things"},
    {"filename": "cage_fsm-0.12.0-py3-none-any.whl", "requires-python": ">=3.99"},
    {"filename": "cage_fsm-1.0.0rc1.tar.gz"},
    {"filename": "cage_fsm-1.0.dev3-py3-none-any.whl"},
    {"filename": "cage_fsm_extras-9.0-py3-none-any.whl"},
    {"filename": "cage_fsm-0.13.0.exe"},
    {"filename": "nonsense.whl", "requires-python": "nonsense"},
    {"filename": "cage_fsm-0.1.0.tar.gz", "requires-python": 4},
]
PAGE = """<!DOCTYPE html><html><body><a href="../../files/cage_fsm-0.9.0-py3-none-any.whl#sha256=0">a</a>
<a href="https://files/cage_fsm-0.10.0.tar.gz#sha256=0" data-requires-python="&gt;=3.11">b</a>
<a href="cage_fsm-0.11.0.tar.gz" data-yanked>c</a>
<a href="cage_fsm-0.12.0.tar.gz" data-yanked="why">d</a></body>"""


@dataclass
class Asked:
    """What the index was asked."""

    url: str
    paths: list[str] = field(default_factory=list)
    logins: list[str | None] = field(default_factory=list)


@contextmanager
def index(body: str, kind: str = KIND, status: int = 200, location: str = "") -> Iterator[Asked]:
    """Serve this answer on this machine."""
    asked = Asked("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.paths.append(self.path)
            asked.logins.append(self.headers["Authorization"])
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        asked.url = f"http://127.0.0.1:{server.server_port}/simple"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield asked
        server.shutdown()


@pytest.mark.parametrize(
    ("body", "kind"), [(json.dumps({"files": FILES}), KIND), (PAGE, "text/html; charset=utf-8")]
)
def test_the_newest_is_neither_yanked_nor_a_pre_release_nor_for_another_python(body: str, kind: str) -> None:
    with index(body, kind) as asked:
        assert newest(asked.url, "cage-fsm", "3.11.4") == "0.10.0"

    assert asked.paths == ["/simple/cage-fsm/"]


def test_an_index_may_have_nothing_for_use() -> None:
    with index('{"files": []}') as asked:
        assert newest(asked.url + "/", "cage-fsm") is None

    assert asked.paths == ["/simple/cage-fsm/"]


def test_a_login_is_sent_to_the_index_and_shown_to_nobody() -> None:
    with index("", status=403) as asked, index("", status=302, location=f"{asked.url}/") as first:
        url = first.url.replace("http://", "http://me:pass%40word@")
        with pytest.raises(IndexTroubleError) as raised:
            newest(url, "cage-fsm")

    assert first.logins == [f"Basic {base64.b64encode(b'me:pass@word').decode()}"]
    assert asked.logins == [None]
    assert str(raised.value) == f"The package index {first.url} answers 403 Forbidden."
    assert without_login(url) == first.url


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("", 404, "has no cage-fsm: it is not released there"),
        ("", 407, "answers 407 Proxy Authentication Required"),
        ("", 503, "answers 503"),
        ("<html>", 200, "is no list of packages"),
        ("[]", 200, "is no list of packages"),
        ('{"files": [{}]}', 200, "is no list of packages"),
        ('{"files": [null]}', 200, "is no list of packages"),
        ("[" * 100_000, 200, "is no list of packages"),
    ],
)
def test_trouble_is_a_sentence_with_the_index_in_it(body: str, status: int, words: str) -> None:
    with index(body, status=status) as asked, pytest.raises(IndexTroubleError, match=words) as raised:
        newest(asked.url, "cage-fsm")

    assert asked.url in str(raised.value)


def test_a_page_that_leads_to_no_release_is_no_index() -> None:
    page = '<html><a href="/login?next=cage_fsm-9.0-py3-none-any.whl">Log in</a></html>'
    with index(page, "text/html") as asked, pytest.raises(IndexTroubleError, match="is no list of packages"):
        newest(asked.url, "cage-fsm")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/simple", "file:///etc", "simple", "http://[", "http://a b/", "http://x:y/"]
)
def test_an_index_that_is_not_there_does_not_answer(url: str) -> None:
    with pytest.raises(IndexTroubleError, match="does not answer"):
        newest(url, "cage-fsm")


@pytest.mark.parametrize(
    ("environ", "of_uv", "url"),
    [
        ({}, False, "https://pypi.org/simple/"),
        ({"PIP_INDEX_URL": "https://a/"}, False, "https://a/"),
        ({"PIP_INDEX_URL": "https://a/"}, True, "https://pypi.org/simple/"),
        ({"UV_INDEX_URL": "https://b/"}, True, "https://b/"),
        ({"UV_INDEX_URL": "https://b/", "UV_DEFAULT_INDEX": "mine=https://c/"}, True, "https://c/"),
    ],
)
def test_the_index_is_that_of_what_will_upgrade(environ: dict[str, str], of_uv: bool, url: str) -> None:
    assert index_url(environ, of_uv=of_uv) == url


def test_versions_are_compared_as_versions() -> None:
    assert is_newer("0.10.0", "0.9.0")
    assert not is_newer("0.9.0", "0.10.0")
    assert not is_newer("1.0", "1.0.0")
    assert is_newer("1.0", "1.0rc1")
    assert not is_newer(None, "0.1.0")
