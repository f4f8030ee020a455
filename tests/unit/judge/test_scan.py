"""What a scan tells: clean only where it was looked."""

import pytest

from cage_fsm.judge.audit import brought, named, objections, or_graver
from cage_fsm.judge.scan import Audited, Finding, ScanSeen, Status, Subject, counts, is_grave, judged

CRITICAL = Finding("CVE-1", "CRITICAL", "openssl", "3.0.1")


@pytest.mark.parametrize("status", ["COMPLETE", "ACTIVE"])
def test_only_a_scan_that_is_done_says_what_is_there(status: str) -> None:
    assert judged(ScanSeen(status, "")) == ("CLEAN", "")
    assert judged(ScanSeen(status, "", (CRITICAL,), 1)) == ("FOUND", "")
    assert judged(ScanSeen(status, "", (), 3))[0] == "UNKNOWN"


@pytest.mark.parametrize(
    "status",
    [
        *(
            "PENDING",
            "IN_PROGRESS",
            "FAILED",
            "UNSUPPORTED_IMAGE",
            "SCAN_ELIGIBILITY_EXPIRED",
            "LIMIT_EXCEEDED",
        ),
        *("FINDINGS_UNAVAILABLE", "IMAGE_ARCHIVED", "IMAGE_SIZE_EXCEEDED", "OF_NEXT_YEAR", ""),
    ],
)
def test_every_other_status_is_unknown_and_explained(status: str) -> None:
    verdict, reason = judged(ScanSeen(status, "as AWS says it."))

    assert verdict == "UNKNOWN"
    assert reason.endswith(f"ECR says {status or 'nothing'}: as AWS says it.")
    assert ("does not know this status" in reason) == (status in ("OF_NEXT_YEAR", ""))


@pytest.mark.parametrize(
    ("named", "grave"),
    [
        ({"CRITICAL"}, {"CRITICAL"}),
        ({"HIGH"}, {"CRITICAL", "HIGH"}),
        ({"CRITICAL", "LOW"}, {"CRITICAL", "HIGH", "MEDIUM", "LOW"}),
        ({"UNDEFINED"}, {"UNDEFINED", "UNTRIAGED", "NEW"}),
        ({"UNTRIAGED"}, {"UNTRIAGED"}),
        (set(), set()),
    ],
)
def test_a_severity_counts_with_those_that_are_graver(named: set[str], grave: set[str]) -> None:
    everything = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED", "UNTRIAGED", "NEW")

    assert {each for each in everything if is_grave(each, named)} == grave


def test_severities_are_counted_the_gravest_first() -> None:
    found = [Finding(str(n), each) for n, each in enumerate(("NEW", "LOW", "UNDEFINED", "CRITICAL", "LOW"))]

    assert list(counts(found).items()) == [("CRITICAL", 1), ("LOW", 2), ("UNDEFINED", 1), ("NEW", 1)]


def image(*findings: Finding, status: Status = "FOUND", name: str = "web") -> Audited:
    return Audited(Subject(name, f"repo/{name}:v1", "running"), status, findings=findings)


UNKNOWN = image(status="UNKNOWN", name="side")


def test_findings_fail_an_audit_unless_they_are_waived_suppressed_or_not_asked_for() -> None:
    suppressed = Finding("CVE-2", "CRITICAL", suppressed=True)

    assert list(objections([image(CRITICAL)], fail_on=("CRITICAL",))) == [
        "Findings of severity critical (1): web: CVE-1 (openssl 3.0.1)."
    ]
    for passes in (
        objections([image(CRITICAL)]),
        objections([image(CRITICAL)], fail_on=("CRITICAL",), waived={"CVE-1"}),
        objections([image(suppressed)], fail_on=("CRITICAL",)),
        objections([image(Finding("CVE-3", "HIGH"))], fail_on=("CRITICAL",)),
    ):
        assert list(passes) == []


@pytest.mark.parametrize("status", ["UNKNOWN", "PUBLIC", "NOT_ECR"])
def test_what_is_not_known_fails_an_audit_that_may_fail(status: Status) -> None:
    unknown = image(status=status, name="side")
    clean = image(status="CLEAN")

    assert "side is not known" in next(objections([clean, unknown], fail_on=("HIGH",)))
    assert list(objections([clean, unknown], fail_on=("HIGH",), allow_unknown=True)) == []
    assert list(objections([clean, unknown])) == []
    assert "Of no image" in next(objections([unknown]))
    assert list(objections([unknown], allow_unknown=True)) == []


def test_findings_of_an_image_of_which_not_everything_is_known_count_all_the_same() -> None:
    expired = image(CRITICAL, status="UNKNOWN")

    assert len(list(objections([expired], fail_on=("CRITICAL",)))) == 2


def test_a_version_brings_what_the_same_container_did_not_have() -> None:
    newer = Finding("CVE-1", "CRITICAL", "openssl", "3.0.2")
    elsewhere = Finding("CVE-1", "CRITICAL", "libssl", "3.0.1")
    after = [image(newer, elsewhere, Finding("CVE-4", "LOW"))]

    assert brought(after, [image(CRITICAL)], ("CRITICAL",)) == [(after[0], elsewhere)]
    assert brought(after, [image(CRITICAL, name="other")], ("CRITICAL",)) == [
        (after[0], newer),
        (after[0], elsewhere),
    ]
    assert brought(after, [UNKNOWN], ("HIGH",)) == [(after[0], newer), (after[0], elsewhere)]


def test_of_many_findings_some_are_named() -> None:
    many = [(UNKNOWN, Finding(f"CVE-{n}", "LOW")) for n in range(7)]

    assert named(many).endswith("side: CVE-4 (?), and 2 more")
    assert or_graver(("CRITICAL", "HIGH")) == "critical, high"
    assert or_graver(("HIGH", "UNDEFINED")) == "high, undefined or graver"
