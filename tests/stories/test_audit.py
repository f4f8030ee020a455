"""Audits: which images run or would run, and what ECR says of them."""

from collections.abc import Mapping
from threading import Barrier, Lock
from typing import Any

import pytest

from cage_fsm.audit.auditing import audit, patiently
from cage_fsm.audit.subjects import of_definition, of_service
from cage_fsm.judge.scan import Audited
from cage_fsm.sandbox import Call, Cloud, Proceed, Response, attach
from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.image_records import Scan
from cage_fsm.sandbox.scans import finding
from cage_fsm.sandbox.wire import write
from tests.stories.stage import Stage

Json = dict[str, Any]
HERE = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
INDEX = "application/vnd.oci.image.index.v1+json"
LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
IMAGE = "application/vnd.oci.image.manifest.v1+json"
ENHANCED: Json = {
    "severity": "HIGH",
    "status": "ACTIVE",
    "packageVulnerabilityDetails": {
        "vulnerabilityId": "CVE-7",
        "sourceUrl": "https://example.com/CVE-7",
        "vulnerablePackages": [
            {"name": "curl", "version": "8.1", "release": "2", "fixedInVersion": "8.2"},
            {"name": "libcurl", "version": "8.1", "fixedInVersion": "NotAvailable"},
        ],
    },
}


def image(name: str, reference: str) -> Json:
    return {"name": name, "image": reference}


def looked_at(stage: Stage, *containers: Json, **more: Any) -> list[Audited]:
    """What an audit of a task definition says."""
    subjects = of_definition({"containerDefinitions": containers, **more}, "next")
    return audit(stage.aws.ecr, subjects.found, patiently(stage.clock), lambda _: None, width=1)


def running(stage: Stage) -> list[Audited]:
    """What an audit of the service says."""
    ask = patiently(stage.clock)
    found = stage.aws.ecs.service("demo", "web")
    assert found
    return audit(stage.aws.ecr, of_service(stage.aws.ecs, found, ask).found, ask, lambda _: None, width=1)


def ids(audited: Audited) -> list[tuple[str, str]]:
    return [(each.id, each.package) for each in audited.open()]


def entry(digest: str, platform: Mapping[str, str] | None, media_type: str = IMAGE) -> Json:
    return {"digest": digest, "mediaType": media_type, **({"platform": platform} if platform else {})}


def push_index(stage: Stage, reference: str, media_type: str = INDEX) -> dict[str, str]:
    """Push an index for two processors, with an attestation, inside of another one."""
    made = {name: stage.cloud.push_image(f"{reference}-{name}", {"of": name}) for name in ("amd64", "arm64")}
    entries = [entry(digest, {"os": "linux", "architecture": name}) for name, digest in made.items()]
    attestation = entry("sha256:x", {"os": "unknown", "architecture": "unknown"})
    inner = stage.cloud.push_image(
        f"{reference}-inner", {"mediaType": media_type, "manifests": [attestation, *entries]}
    )
    outer = {"mediaType": INDEX, "manifests": [entry(inner, None, media_type)]}
    return made | {"index": stage.cloud.push_image(reference, outer)}


@pytest.mark.parametrize("media_type", [INDEX, LIST])
@pytest.mark.parametrize(("cpu", "name"), [(None, "amd64"), ("ARM64", "arm64")])
def test_through_an_index_the_image_of_the_platform_is_found(
    media_type: str, cpu: str | None, name: str
) -> None:
    stage = Stage()
    made = push_index(stage, f"{HERE}/team/app:v1", media_type)
    stage.cloud.scan_image(made[name], Scan(findings=[finding("CVE-5")]))
    platform = {"runtimePlatform": {"cpuArchitecture": cpu}} if cpu else {}
    by_tag, by_digest, by_both = looked_at(
        stage,
        image("tag", f"{HERE}/team/app:v1"),
        image("digest", f"{HERE}/team/app@{made['index']}"),
        image("both", f"{HERE}/team/app:gone@{made['index']}"),
        **platform,
    )

    for each in (by_tag, by_digest, by_both):
        assert (each.status, each.digest, each.platform) == ("FOUND", made[name], f"linux/{name}")
        assert ids(each) == [("CVE-5", "openssl")]
    for call in stage.calls("BatchGetImage"):
        assert call.params["registryId"] == "123456789012"
        assert len(call.params["acceptedMediaTypes"]) == 5
    assert {call.params["imageId"]["imageDigest"] for call in stage.calls("DescribeImageScanFindings")} == {
        made[name]
    }


def test_a_platform_that_an_index_has_not_is_named_with_those_it_has() -> None:
    stage = Stage()
    push_index(stage, f"{HERE}/app:v1")
    windows = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}
    (found,) = looked_at(stage, image("web", f"{HERE}/app:v1"), runtimePlatform=windows)

    assert (found.status, found.error) == ("UNKNOWN", "NoSuchPlatform")
    assert "no image for windows/amd64/10.0.20348" in found.reason


def test_an_index_that_holds_itself_comes_to_an_end() -> None:
    stage = Stage()
    digest = stage.cloud.push_image(f"{HERE}/app:v1", {"mediaType": INDEX, "manifests": []})
    looped = {"mediaType": INDEX, "manifests": [entry(digest, None, INDEX)]}
    stage.cloud.world.images[digest].manifest = str(looped).replace("'", '"')
    (found,) = looked_at(stage, image("web", f"{HERE}/app:v1"))

    assert (found.status, found.error) == ("UNKNOWN", "NoSuchPlatform")


def test_an_entry_of_an_index_without_a_digest_stands_for_no_other_image() -> None:
    stage = Stage()
    nameless = {"mediaType": IMAGE, "platform": {"os": "linux", "architecture": "amd64"}}
    stage.cloud.push_image(f"{HERE}/app:v1", {"mediaType": INDEX, "manifests": [nameless]})
    (found,) = looked_at(stage, image("web", f"{HERE}/app:v1"))

    assert (found.status, found.error) == ("UNKNOWN", "NoSuchPlatform")
    assert stage.calls("DescribeImageScanFindings") == []


def test_an_answer_that_says_nothing_is_asked_for_again_and_never_a_missing_image() -> None:
    def around(call: Call, proceed: Proceed) -> Response:
        return Response(200, {}, b"{}") if call.operation == "BatchGetImage" else proceed()

    stage = Stage(around=around)
    (found,) = looked_at(stage, image("web", f"{HERE}/app:v1"))

    assert (found.status, found.error) == ("UNKNOWN", "NoAnswer")


def test_a_registry_is_asked_in_its_own_region_and_account() -> None:
    stage = Stage()
    elsewhere = Cloud(stage.clock, region="eu-west-1")
    undo = attach(stage.aws.ecr.client("eu-west-1"), elsewhere)
    hosts = (
        "dkr.ecr.eu-west-1.amazonaws.com",
        "dkr.ecr-fips.eu-west-1.amazonaws.com",
        "dkr-ecr.eu-west-1.on.aws",
    )
    digest = elsewhere.push_image(f"210987654321.{hosts[0]}/app:v1", {"schemaVersion": 2})
    elsewhere.scan_image(digest, Scan(findings=[finding("CVE-6")]))
    found = looked_at(stage, *(image(host, f"210987654321.{host}/app:v1") for host in hosts))
    undo()

    assert [ids(each) for each in found] == [[("CVE-6", "openssl")]] * 3
    assert {call.params["registryId"] for call in elsewhere.calls} == {"210987654321"}
    assert not stage.calls("BatchGetImage")


def test_credentials_that_another_region_does_not_know_leave_its_image_unknown() -> None:
    stage = Stage()
    cloud = Cloud(stage.clock, region="cn-north-1")
    cloud.fail_next("BatchGetImage", "UnrecognizedClientException")
    undo = attach(stage.aws.ecr.client("cn-north-1"), cloud)
    (found,) = looked_at(stage, image("web", "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app:v1"))
    undo()

    assert (found.status, found.error) == ("UNKNOWN", "NoAccess")


def test_every_page_of_findings_counts() -> None:
    stage = Stage()
    stage.cloud.scan_image(
        stage.cloud.digest("web:v2"), Scan(findings=[finding(f"CVE-{n}") for n in range(2500)])
    )
    (found,) = looked_at(stage, image("web", f"{HERE}/web:v2"))

    assert len(found.findings) == 2500
    assert len(stage.calls("DescribeImageScanFindings")) == 3


def test_a_page_that_is_throttled_costs_none_of_the_others() -> None:
    calls = 0

    def around(call: Call, proceed: Proceed) -> Response:
        nonlocal calls
        calls += call.operation == "DescribeImageScanFindings"
        if call.operation == "DescribeImageScanFindings" and calls % 3 == 0:
            return write.error(call.service, ApiError("ThrottlingException", "Rate exceeded"), "id")
        return proceed()

    stage = Stage(around=around)
    stage.cloud.scan_image(
        stage.cloud.digest("web:v2"), Scan(findings=[finding(f"CVE-{n}") for n in range(5500)])
    )
    (found,) = looked_at(stage, image("web", f"{HERE}/web:v2"))

    assert len(found.findings) == 5500
    assert len(stage.calls("DescribeImageScanFindings")) <= 9


def test_inspectors_findings_count_for_each_package_and_suppressed_ones_apart() -> None:
    stage = Stage()
    suppressed = ENHANCED | {"status": "SUPPRESSED", "severity": "CRITICAL"}
    scan = Scan("ACTIVE", enhanced=True, findings=[ENHANCED, suppressed, {"severity": "UNTRIAGED"}])
    stage.cloud.scan_image(stage.cloud.digest("web:v2"), scan)
    (found,) = looked_at(stage, image("web", f"{HERE}/web:v2"))

    assert found.status == "FOUND"
    assert ids(found) == [("CVE-7", "curl"), ("CVE-7", "libcurl"), ("", "")]
    assert len(found.suppressed) == 2
    first, second, _ = found.open()
    assert (first.version, first.fixed_in, first.uri) == ("8.1-2", "8.2", "https://example.com/CVE-7")
    assert second.fixed_in == ""


@pytest.mark.parametrize(
    ("reference", "status"),
    [
        ("public.ecr.aws/nginx/nginx:1", "PUBLIC"),
        ("nginx", "NOT_ECR"),
        ("ghcr.io/team/web:v1", "NOT_ECR"),
        (f"{HERE}/web:v2", "CLEAN"),
        (f"{HERE}/web:v2-unscanned", "UNKNOWN"),
        (f"{HERE}/web:v2-bad-image", "UNKNOWN"),
    ],
)
def test_what_no_scan_tells_about_is_never_clean(reference: str, status: str) -> None:
    (found,) = looked_at(Stage(), image("web", reference))

    assert found.status == status
    assert (found.reason == "") == (status == "CLEAN")


@pytest.mark.parametrize("operation", ["BatchGetImage", "DescribeImageScanFindings"])
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDeniedException", "Allow ecr:"),
        ("RepositoryNotFoundException", "no such repository"),
        ("ImageNotFoundException", "no such image"),
        ("UnableToGetUpstreamImageException", "pull-through cache"),
        ("ValidationException", "AWS says ValidationException: Injected fault."),
    ],
)
def test_what_ecr_refuses_is_unknown_with_the_reason(operation: str, code: str, words: str) -> None:
    stage = Stage()
    stage.cloud.fail_next(operation, code)
    denied, fine = looked_at(stage, image("web", f"{HERE}/web:v2"), image("side", f"{HERE}/side:v2"))

    assert (denied.status, denied.error) == ("UNKNOWN", code)
    assert words in denied.reason
    assert fine.status == "CLEAN"


@pytest.mark.parametrize(("times", "status"), [(4, "CLEAN"), (5, "UNKNOWN")])
def test_a_throttled_call_is_asked_again_up_to_a_limit(times: int, status: str) -> None:
    stage = Stage()
    stage.cloud.fail_next("DescribeImageScanFindings", "ThrottlingException", times)
    (found,) = looked_at(stage, image("web", f"{HERE}/web:v2"))

    assert (found.status, found.error) == (status, "NoAnswer" if status == "UNKNOWN" else "")


def test_images_are_looked_at_side_by_side_and_told_in_their_order() -> None:
    together, one_by_one = Barrier(3, timeout=10), Lock()

    def around(call: Call, proceed: Proceed) -> Response:
        if call.operation == "BatchGetImage":
            together.wait()
        with one_by_one:
            return proceed()

    stage = Stage(around=around)
    wanted = {"containerDefinitions": [image(name, f"{HERE}/app-{name}:v1") for name in "abc"]}
    told: list[int] = []
    subjects = of_definition(wanted, "next").found
    found = audit(stage.aws.ecr, subjects, patiently(stage.clock), told.append, width=3)

    assert [(each.subject.container, each.status) for each in found] == [(name, "CLEAN") for name in "abc"]
    assert told == [1, 2, 3]


def test_what_runs_is_found_by_its_digests_all_of_them() -> None:
    stage = Stage()
    older, newer = stage.tasks("service:web")
    newer.containers[0].digest = stage.cloud.move_tag("web", "previous")
    stage.cloud.scan_image(newer.containers[0].digest, Scan(findings=[finding()]))
    found = running(stage)

    assert {(each.digest, each.status) for each in found} == {
        (older.containers[0].digest, "CLEAN"),
        (newer.containers[0].digest, "FOUND"),
    }
    assert {each.subject.origin for each in found} == {"running"}


def test_a_digest_that_ecs_puts_behind_the_tag_makes_no_other_image() -> None:
    stage = Stage()
    _, later = stage.tasks("service:web")
    later.containers[0].image += f"@{later.containers[0].digest}"
    (found,) = running(stage)

    assert found.subject.image == f"{HERE}/web:previous"


def test_a_task_that_shows_no_digest_yet_is_no_other_image() -> None:
    stage = Stage()
    starting, _ = stage.tasks("service:web")
    starting.containers[0].digest = ""
    assert len(running(stage)) == 1


def test_without_a_task_it_is_what_the_service_would_start() -> None:
    stage = Stage(service=lambda service: service | {"desiredCount": 0})
    (found,) = running(stage)

    assert (found.subject.origin, found.status) == ("service", "CLEAN")


def test_a_service_without_tasks_and_task_definition_has_no_images() -> None:
    stage = Stage()
    nobody = {"clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/demo", "serviceName": "web"}
    for task in stage.tasks("service:web"):
        task.service = "other"
    assert of_service(stage.aws.ecs, nobody, patiently(stage.clock)).found == {}


def test_containers_that_aws_put_beside_ours_are_named_and_left_out() -> None:
    stage = Stage()
    for task in stage.tasks("service:web"):
        task.containers.append(type(task.containers[0])(**_fields(task.containers[0]) | {"name": "agent"}))
    service = stage.aws.ecs.service("demo", "web")
    assert service
    subjects = of_service(stage.aws.ecs, service, patiently(stage.clock))

    assert subjects.added == ("agent",)
    assert [each.container for each in subjects.found] == ["web"]


def _fields(container: Any) -> Json:
    return {name: getattr(container, name) for name in type(container).__slots__}
