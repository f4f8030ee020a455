"""`audit` as it is typed."""

import json
from pathlib import Path
from typing import Any

import pytest

from cage_fsm.sandbox.image_records import Scan
from cage_fsm.sandbox.scans import finding

from .desk import Desk
from .test_json import assert_as_documented

Json = dict[str, Any]
CVES = ("CVE-1", "CVE-2")


@pytest.fixture
def vulnerable(desk: Desk) -> Desk:
    """A desk where the running image has two critical findings, and the next one none."""
    scan = Scan(findings=[finding(name) for name in CVES])
    desk.cloud.scan_image(desk.cloud.digest("web:previous"), scan)
    return desk


def waivers(desk: Desk, *ids: str, expires: str = "2099-12-31") -> Path:
    file = desk.place / "waivers.toml"
    file.write_text(
        "".join(f'[[waiver]]\nid = "{each}"\nreason = "why"\nexpires = {expires}\n' for each in ids), "utf-8"
    )
    return file


def test_a_table_of_what_runs_and_what_was_found(vulnerable: Desk) -> None:
    done = vulnerable.type("audit", vulnerable.deploy)
    head, names, row = done.out.splitlines()

    assert done.code == 0
    assert head == "Images that web in cluster demo runs:"
    assert names.split() == ["CONTAINER", "IMAGE", "DIGEST", "STATUS", "CRITICAL", "HIGH", "MEDIUM", "LOW"]
    assert row.split()[3:] == ["FOUND", "2", "0", "0", "0"]
    assert done.err == ""


def test_service_and_cluster_are_as_good_as_files(vulnerable: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    named = vulnerable.type("audit", "--cluster", "demo", "--service", "web", "--detail")
    monkeypatch.setenv("CAGE_SERVICE", "web")
    monkeypatch.setenv("CAGE_CLUSTER", "demo")
    by_variable = vulnerable.type("audit", "--detail")

    assert by_variable.out == named.out
    assert "  CRITICAL CVE-2 openssl 3.0.1 https://example.com/CVE-2\n" in named.out


def test_what_would_be_deployed_is_audited_without_asking_ecs(vulnerable: Desk) -> None:
    done = vulnerable.type("audit", vulnerable.deploy, "--next", "--fail-on", "critical")

    assert done.code == 0
    assert "Images that would be deployed to web" in done.out
    assert {call.service for call in vulnerable.cloud.calls} == {"ecr"}


def test_findings_fail_it_unless_they_are_waived(vulnerable: Desk) -> None:
    audit = ("audit", vulnerable.deploy, "--fail-on", "high")
    failed = vulnerable.type(*audit)
    waived = vulnerable.type(*audit, "--waivers", waivers(vulnerable, *CVES, "CVE-3"))
    expired = vulnerable.type(*audit, "--waivers", waivers(vulnerable, *CVES, expires="2026-01-01"))

    assert (failed.code, waived.code, expired.code) == (1, 0, 1)
    assert "Findings of severity high or graver (2): web: CVE-1 (openssl 3.0.1), " in failed.out
    assert "Waivers of what was not found: CVE-3." in waived.out
    assert "Waivers that have expired, and count no more: CVE-1, CVE-2." in expired.out


def test_what_is_not_known_fails_it_unless_that_is_allowed(desk: Desk) -> None:
    desk.tag("v2-unscanned")
    audit = ("audit", desk.deploy, "--next")
    codes = [
        desk.type(*audit, *more).code
        for more in ((), ("--fail-on", "low"), ("--fail-on", "low", "--allow-unknown"), ("--allow-unknown",))
    ]

    assert codes == [1, 1, 0, 0]
    assert "web: It was never scanned" in desk.type(*audit).out


def test_json_is_as_documented(vulnerable: Desk) -> None:
    file = waivers(vulnerable, "CVE-1")
    done = vulnerable.type("audit", vulnerable.deploy, "--json", "--fail-on", "critical", "--waivers", file)
    found = done.json()
    (image,) = found["images"]

    assert done.code == 1
    assert_as_documented("audit", found)
    assert_as_documented("audit: images", image)
    assert_as_documented("audit: findings", image["findings"][0])
    assert (found["passed"], image["status"], image["counts"], image["waived"]) == (
        *(False, "FOUND"),
        *({"CRITICAL": 1}, 1),
    )
    assert [each["because"] for each in image["findings"]] == ["waived", None]
    assert "Findings of severity critical" in done.err
    vulnerable.tag("v2-unscanned")
    unknown = vulnerable.type("audit", vulnerable.deploy, "--next", "--json").json()["images"][0]
    assert_as_documented("audit: images", unknown)
    assert (unknown["status"], unknown["error"]) == ("UNKNOWN", "ScanNotFoundException")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Which service? Give a DIR whose service.json names it, or --service"),
        (("--next",), "--next looks at the files in DIR; name it."),
        (("--service", "web", "--fail-on", "grave"), "'grave' is no severity; there are critical, high,"),
        (("--service", "web", "--waivers", "nowhere.toml"), "nowhere.toml: No such file"),
        (("--service", "w b"), "'w b' is no name of a service"),
        (("--service", "other", "--cluster", "demo"), "There is no service other in cluster demo"),
    ],
)
def test_what_cannot_be_audited_is_2(desk: Desk, words: tuple[str, ...], says: str) -> None:
    done = desk.type("audit", *words)

    assert done.code == 2
    assert says in done.err


def test_a_bad_file_of_waivers_is_2_before_aws_is_asked(desk: Desk) -> None:
    file = waivers(desk, "CVE-1", expires='"soon"')
    done = desk.type("audit", desk.deploy, "--waivers", file)

    assert done.code == 2
    assert f"{file}:1: [[waiver]] `expires`: it is not as it has to be." in done.err
    assert desk.cloud.calls == []


def test_the_gate_of_a_rollout_refuses_what_is_new(desk: Desk) -> None:
    desk.tag("v2-vulnerable")
    file = waivers(desk, "CVE-1")
    done = desk.rollout("--audit-gate", "critical,high", "--audit-waivers", file)
    kept = desk.type("show", "last", "--json").json()

    assert done.code == 1
    assert "Cause: The new images bring findings of severity critical, high (1)" in done.out
    assert desk.changes == []
    assert kept["inputs"]["audit_gate"] == ["CRITICAL", "HIGH"]
    assert kept["inputs"]["audit_waivers"] == {"CVE-1": "2099-12-31"}
    assert json.dumps(kept["evidence"]).count("CVE-2026-0001") >= 1
