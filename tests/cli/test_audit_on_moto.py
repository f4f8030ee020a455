"""`audit` against another ECR than ours: moto's, which keeps what is pushed and says what it is told to."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.s3_server import s3_server

from .desk import Desk

Json = dict[str, Any]
HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
INDEX = "application/vnd.oci.image.index.v1+json"
IMAGE = "application/vnd.oci.image.manifest.v1+json"


class Registry:
    """A repository of moto's."""

    def __init__(self, url: str) -> None:
        self._url = url
        session = boto3.Session("sandbox", "sandbox", region_name="us-east-1")
        self._client = session.client("ecr", endpoint_url=url)
        self._client.create_repository(repositoryName="app")

    def push(self, tag: str, manifest: Json) -> str:
        """Push a manifest; returns its digest, which moto wants to be told for an index."""
        digest = {"imageDigest": "sha256:" + "1" * 64} if "manifests" in manifest else {}
        pushed = self._client.put_image(
            repositoryName="app",
            imageTag=tag,
            imageManifest=json.dumps({"schemaVersion": 2, **manifest}),
            **digest,
        )
        return str(pushed["image"]["imageId"]["imageDigest"])

    def scan(self, digest: str, status: str, count: int) -> None:
        """Let the scan of an image say this."""
        self._client.start_image_scan(repositoryName="app", imageId={"imageDigest": digest})
        found = [{"name": f"CVE-{n}", "severity": "HIGH", "attributes": []} for n in range(count)]
        result = {
            "repositoryName": "app",
            "imageId": {"imageDigest": digest},
            "imageScanStatus": {"status": status, "description": "as planted"},
            "imageScanFindings": {"findings": found, "findingSeverityCounts": {"HIGH": count}},
        }
        request = urllib.request.Request(
            f"{self._url}/moto-api/static/ecr/scan-finding-results",
            json.dumps({"results": [result], "region": "us-east-1"}).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request).close()


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    with s3_server() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ECR", url)
        yield Registry(url)


def layers(name: str) -> Json:
    """What makes an image of its own for moto."""
    return {"mediaType": IMAGE, "config": {}, "layers": [{"digest": f"sha256:{name}"}]}


def test_an_index_a_digest_a_pending_scan_and_two_hundred_findings(desk: Desk, registry: Registry) -> None:
    many = registry.push("many", layers("many"))
    registry.scan(many, "COMPLETE", 200)
    child = registry.push("child", layers("child"))
    registry.scan(child, "COMPLETE", 0)
    entries = [{"digest": child, "mediaType": IMAGE, "platform": {"os": "linux", "architecture": "amd64"}}]
    registry.push("index", {"mediaType": INDEX, "manifests": entries})
    registry.scan(registry.push("pending", layers("pending")), "PENDING", 0)
    registry.push("never", layers("never"))
    references = {
        "index": f"{HOST}/app:index",
        "digest": f"{HOST}/app:gone@{many}",
        "many": f"{HOST}/app:many",
        "pending": f"{HOST}/app:pending",
        "never": f"{HOST}/app:never",
        "missing": f"{HOST}/app:missing",
        "public": "public.ecr.aws/nginx/nginx:1",
    }
    desk.change(lambda definition: _with(definition, references))
    done = desk.type("audit", desk.deploy, "--next", "--json", "--fail-on", "high")
    images = {each["container"]: each for each in done.json()["images"]}

    assert done.code == 1
    assert {name: (each["status"], each["error"], each["counts"]) for name, each in images.items()} == {
        "index": ("CLEAN", None, {}),
        "digest": ("FOUND", None, {"HIGH": 200}),
        "many": ("FOUND", None, {"HIGH": 200}),
        "pending": ("UNKNOWN", "PENDING", {}),
        "never": ("UNKNOWN", "ScanNotFoundException", {}),
        "missing": ("UNKNOWN", "ImageNotFound", {}),
        "public": ("PUBLIC", None, {}),
    }
    assert images["index"]["digest"] == child


def _with(definition: Json, references: dict[str, str]) -> Json:
    (web,) = definition["containerDefinitions"]
    containers = [
        {"name": name, "image": reference, "essential": True, "memory": 64}
        for name, reference in references.items()
    ]
    return definition | {"containerDefinitions": [web | containers[0], *containers[1:]]}
