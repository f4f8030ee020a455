"""ECR: manifests that were pushed, and what scans have found."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cage_fsm.sandbox import Cloud, attach
from cage_fsm.sandbox.image_records import Scan
from cage_fsm.sandbox.scans import finding

from .house import ONE_ATTEMPT, SESSION, VirtualClock

INDEX = "application/vnd.oci.image.index.v1+json"
FOREIGN = "210987654321.dkr.ecr.eu-west-1.amazonaws.com/team/web"


@pytest.fixture
def cloud() -> Cloud:
    return Cloud(VirtualClock())


@pytest.fixture
def ecr(cloud: Cloud) -> Any:
    client = SESSION.client("ecr", config=ONE_ATTEMPT)
    attach(client, cloud)
    return client


def test_an_index_is_got_as_it_was_pushed_from_its_own_registry(cloud: Cloud, ecr: Any) -> None:
    child = cloud.push_image(f"{FOREIGN}:v1-amd64", {"schemaVersion": 2})
    digest = cloud.push_image(f"{FOREIGN}:v1", {"mediaType": INDEX, "manifests": [{"digest": child}]})
    (got,) = ecr.batch_get_image(
        registryId="210987654321", repositoryName="team/web", imageIds=[{"imageTag": "v1"}]
    )["images"]

    assert (got["imageId"]["imageDigest"], got["imageManifestMediaType"]) == (digest, INDEX)
    assert json.loads(got["imageManifest"])["manifests"] == [{"digest": child}]
    with pytest.raises(ClientError, match="RepositoryNotFoundException"):
        ecr.batch_get_image(repositoryName="team/web", imageIds=[{"imageDigest": digest}])


def test_findings_come_in_pages_with_the_status_and_the_counts(cloud: Cloud, ecr: Any) -> None:
    digest = cloud.digest("web:v2")
    cloud.scan_image(digest, Scan(findings=[finding(f"CVE-{n}", "HIGH") for n in range(250)]))
    asked = {"repositoryName": "web", "imageId": {"imageDigest": digest}}
    pages = list(ecr.get_paginator("describe_image_scan_findings").paginate(**asked))

    assert [len(page["imageScanFindings"]["findings"]) for page in pages] == [100, 100, 50]
    assert pages[0]["imageScanStatus"]["status"] == "COMPLETE"
    assert pages[0]["imageScanFindings"]["findingSeverityCounts"] == {"HIGH": 250}
    whole = ecr.describe_image_scan_findings(**asked, maxResults=1000)
    assert len(whole["imageScanFindings"]["findings"]) == 250


@pytest.mark.parametrize(
    ("tag", "found"), [("v2", 0), ("v2-vulnerable", 1), ("v2-unscanned", None), ("bad-image", None)]
)
def test_a_tag_says_what_the_scan_has_found(cloud: Cloud, ecr: Any, tag: str, found: int | None) -> None:
    asked = {"repositoryName": "web", "imageId": {"imageTag": tag}}
    if found is None:
        with pytest.raises(ClientError, match=r"ScanNotFoundException|ImageNotFoundException"):
            ecr.describe_image_scan_findings(**asked)
        return
    answer = ecr.describe_image_scan_findings(**asked)
    assert len(answer["imageScanFindings"]["findings"]) == found


def test_an_index_was_never_scanned(cloud: Cloud, ecr: Any) -> None:
    cloud.push_image("web:v1", {"mediaType": INDEX, "manifests": []})
    with pytest.raises(ClientError, match="ScanNotFoundException"):
        ecr.describe_image_scan_findings(repositoryName="web", imageId={"imageTag": "v1"})
