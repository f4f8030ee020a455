"""Which words name a place in S3, where it is in the bucket, and how the bucket is found."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cage_fsm.aws.clients import connect_s3, sign_in
from cage_fsm.aws.s3 import S3
from cage_fsm.checkpoints import StoreAddressError, open_store
from cage_fsm.checkpoints.s3 import S3Store
from cage_fsm.checkpoints.s3_place import s3_place

ODD_PREFIXES = ["", "a", "a/b c", "a+b", "100%", "%2e%2e", "what?", "#1", "ünï✓💥", "a'b\"<&>", "runs", "a/"]


@pytest.mark.parametrize("prefix", ODD_PREFIXES)
def test_a_prefix_is_taken_as_it_is_typed(s3: S3, bucket: str, prefix: str) -> None:
    store = S3Store(s3, s3_place(f"{bucket}/{prefix}"))
    version = store.create("runs/a", "text")

    assert list(s3.keys(bucket, "")) == [f"{prefix.rstrip('/')}/runs/a".lstrip("/")]
    assert list(store.list("runs/")) == ["runs/a"]
    assert store.load("runs/a") == ("text", version)


def test_a_store_sees_nothing_of_its_neighbours(s3: S3, bucket: str) -> None:
    for prefix in ("a", "ab", "a/b", ""):
        S3Store(s3, s3_place(f"{bucket}/{prefix}")).create(f"runs/{prefix or 'none'}", "text")

    assert list(S3Store(s3, s3_place(f"{bucket}/a")).list("runs/")) == ["runs/a"]
    assert list(S3Store(s3, s3_place(bucket)).list("runs/")) == ["runs/none"]


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("s3://", "it has no bucket"),
        ("s3:///runs", "it has no bucket"),
        ("s3://ab", "3 to 63"),
        ("s3://Runs", "lower-case"),
        ("s3://under_score", "3 to 63"),
        ("s3://-runs", "3 to 63"),
        ("s3://a..b", "3 to 63"),
        ("s3://192.168.0.1", "3 to 63"),
        ("s3://bucket?x", "3 to 63"),
        ("s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/runs", "give the alias"),
        ("s3://runs--use1-az4--x-s3", "not a directory bucket"),
        ("s3://bucket//a", "an empty part"),
        ("s3://bucket/a//b", "an empty part"),
        ("s3://bucket/a//", "an empty part"),
        ("s3://bucket/../a", "`..`"),
        ("s3://bucket/a/./b", "`..`"),
        ("s3://bucket/a\nb", "cannot be printed"),
        ("s3://bucket/\udcff", "cannot be printed"),
        ("s3://bucket/" + "ü" * 201, "longer than 400 bytes"),
    ],
)
def test_a_place_that_could_be_mistaken_is_refused_with_the_reason(where: str, why: str) -> None:
    with pytest.raises(StoreAddressError) as refusal:
        open_store(where)
    assert why in str(refusal.value)


@pytest.mark.parametrize("bucket", ["abc", "my.runs-1", "runs-abcdefgh-s3alias", "a" * 63])
def test_what_may_be_a_bucket_is_taken_for_one(bucket: str) -> None:
    assert str(s3_place(f"{bucket}/p/")) == f"s3://{bucket}/p"


def test_a_key_for_encryption_goes_with_s3_only(tmp_path: object) -> None:
    with pytest.raises(StoreAddressError, match="--sse-kms-key"):
        open_store(str(tmp_path), kms_key="alias/runs")


class ElsewhereHandler(BaseHTTPRequestHandler):
    """A bucket in eu-west-1, asked through any door. Answers in the words of S3."""

    regions: list[str] = []

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        region = self.headers["Authorization"].split("/")[2]
        self.regions.append(region)
        if region == "eu-west-1":
            self._say(200, b"", ETag='"1"')
        else:
            body = b"<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>"
            self._say(301, body, **{"x-amz-bucket-region": "eu-west-1"})

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, *_: object) -> None:
        """Be silent."""


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, s3_environment: None) -> Iterator[list[str]]:
    """Lead clients to a bucket in another region; gives the regions that requests were signed for."""
    ElsewhereHandler.regions.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), ElsewhereHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_port}")
    yield ElsewhereHandler.regions
    server.shutdown()
    server.server_close()


def test_a_bucket_in_another_region_is_found(elsewhere: list[str]) -> None:
    found = connect_s3(sign_in("us-east-1"))
    for _ in range(2):
        assert found.put("bucket", "runs/a", b"text", IfNoneMatch="*") == '"1"'

    assert elsewhere == ["us-east-1", "eu-west-1", "eu-west-1"]


def test_on_a_server_that_is_not_amazon_s_the_bucket_is_in_the_path(
    s3_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://localhost:9000")

    assert connect_s3(sign_in())._client.meta.config.s3 == {"addressing_style": "path"}


@pytest.mark.parametrize(
    ("endpoint", "checksums"),
    [("https://s3.example.com", "when_required"), ("https://s3.us-east-1.amazonaws.com", "when_supported")],
)
def test_only_amazon_is_sent_checksums_that_other_servers_refuse(
    s3_environment: None, monkeypatch: pytest.MonkeyPatch, endpoint: str, checksums: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    config = connect_s3(sign_in("us-east-1"))._client.meta.config

    assert config.request_checksum_calculation == checksums
    assert config.response_checksum_validation == checksums
