"""--audit-gate: what would be deployed brings no grave finding that the running images do not have."""

from collections.abc import Callable
from typing import Any

import pytest

from cage_fsm.engine.ports import Finished, Suspended
from cage_fsm.sandbox.image_records import Scan
from cage_fsm.sandbox.scans import finding
from tests.stories.stage import MUTATING, Stage, assert_nothing_is_left

Json = dict[str, Any]
RUNNING, NEXT = "web:previous", "web:v2"
GATE = ["CRITICAL"]


def scanned(stage: Stage, image: str, *findings: Json, status: str = "COMPLETE") -> None:
    stage.cloud.scan_image(stage.cloud.digest(image), Scan(status, findings=list(findings)))


def gated(stage: Stage, **inputs: Any) -> Suspended | Finished:
    return stage.rollout(audit_gate=GATE, **inputs)


def assert_refused(stage: Stage) -> None:
    assert stage.outcome == ("refused", 1)
    assert [name for name in MUTATING if stage.calls(name)] == []
    assert_nothing_is_left(stage)


def test_images_without_new_findings_are_rolled_out() -> None:
    stage = Stage()
    scanned(stage, RUNNING, finding("CVE-1", version="1"))
    scanned(stage, NEXT, finding("CVE-1", version="2"), finding("CVE-2", "HIGH"))
    gated(stage)

    assert stage.outcome == ("succeeded", 0)
    assert stage.runs[0].history[0].reason.endswith("The new images bring no finding of severity critical.")


def test_a_new_finding_refuses_before_anything_is_registered_and_is_kept() -> None:
    stage = Stage()
    scanned(stage, RUNNING, finding("CVE-1"))
    scanned(stage, NEXT, finding("CVE-1"), *(finding(f"CVE-{n}", package="curl") for n in range(2, 32)))
    gated(stage)
    kept = stage.runs[0].evidence[-1].seen

    assert_refused(stage)
    assert "findings of severity critical (30): web: CVE-2 (curl 3.0.1)" in stage.reason
    assert kept["findings"] == 30
    new = kept["new_findings"]
    assert isinstance(new, list)
    assert (new[0], len(new)) == ("web: CRITICAL CVE-2 curl 3.0.1", 20)


def test_a_finding_counts_as_new_where_it_is_not_known_what_runs() -> None:
    stage = Stage()
    scanned(stage, RUNNING, status="PENDING")
    scanned(stage, NEXT, finding("CVE-1"))
    gated(stage)

    assert_refused(stage)
    assert "What is in the running image of web is not known, so that each finding counts as new. " in (
        stage.reason
    )
    assert "ECR says PENDING" in stage.reason


@pytest.mark.parametrize(("expires", "outcome"), [("2026-01-01", "succeeded"), ("2025-12-31", "refused")])
def test_a_waived_finding_passes_up_to_its_day(expires: str, outcome: str) -> None:
    stage = Stage()
    scanned(stage, NEXT, finding("CVE-1"))
    gated(stage, audit_waivers={"CVE-1": expires})

    assert stage.outcome[0] == outcome


def test_what_runs_is_not_looked_at_where_nothing_is_to_be_compared() -> None:
    stage = Stage()
    gated(stage)

    assert stage.outcome == ("succeeded", 0)
    assert len(stage.calls("DescribeImageScanFindings")) == 1


def never_scanned(stage: Stage) -> None:
    stage.cloud.scan_image(stage.cloud.digest(NEXT), None)


def denied(stage: Stage) -> None:
    stage.cloud.fail_next("BatchGetImage", "AccessDeniedException")


@pytest.mark.parametrize("make_unknown", [never_scanned, denied])
def test_an_image_of_which_nothing_is_known_is_refused_unless_that_is_allowed(
    make_unknown: Callable[[Stage], None],
) -> None:
    stage, allowing = Stage(), Stage()
    make_unknown(allowing)
    gated(allowing, audit_allow_unknown=True)
    assert allowing.outcome == ("succeeded", 0)

    stage = Stage()
    make_unknown(stage)
    gated(stage)
    assert_refused(stage)
    assert "web is not known; --audit-allow-unknown lets that pass." in stage.reason


def test_a_scan_that_is_under_way_is_waited_for() -> None:
    stage = Stage()
    scanned(stage, NEXT, status="IN_PROGRESS")
    runner, run = stage.start(audit_gate=GATE)
    runner.advance(run)
    assert "The image of web is being scanned." in stage.events[-1].words
    stage.pass_time(seconds=30)
    scanned(stage, NEXT)
    stage.drive(runner, run)

    assert stage.outcome == ("succeeded", 0)


def test_a_scan_that_takes_too_long_ends_the_rollout() -> None:
    stage = Stage()
    scanned(stage, NEXT, status="PENDING")
    gated(stage)

    assert stage.outcome == ("failed", 1)
    assert "The image of web is being scanned. `cage-fsm audit DIR --next` shows when" in stage.reason
    assert [name for name in MUTATING if stage.calls(name)] == []


def test_an_image_outside_of_ecr_is_not_known() -> None:
    def elsewhere(definition: Json) -> Json:
        (web,) = definition["containerDefinitions"]
        return definition | {"containerDefinitions": [web | {"image": "public.ecr.aws/team/web:v2"}]}

    stage = Stage(definition=elsewhere)
    gated(stage)

    assert_refused(stage)


def test_a_throttled_call_is_asked_again_by_the_next_look_and_an_answer_is_not() -> None:
    stage = Stage()
    stage.cloud.fail_next("DescribeImageScanFindings", "ThrottlingException", 3)
    gated(stage)

    assert stage.outcome == ("succeeded", 0)
    assert len(stage.calls("BatchGetImage")) == 1


def test_an_ecr_that_never_answers_leaves_the_image_unknown() -> None:
    stage = Stage()
    stage.cloud.fail_next("BatchGetImage", "ThrottlingException", 1000)
    gated(stage)

    assert_refused(stage)
    assert "ECR did not answer" in stage.reason


def test_expired_credentials_suspend_and_a_resume_audits_anew() -> None:
    stage = Stage()
    stage.cloud.fail_next("BatchGetImage", "ExpiredTokenException")
    end = gated(stage)
    assert isinstance(end, Suspended)
    assert [name for name in MUTATING if stage.calls(name)] == []
    stage.resume(stage.runs[0].id)

    assert stage.outcome == ("succeeded", 0)
    assert len(stage.calls("BatchGetImage")) == 1


def test_a_revision_that_exists_is_audited_as_well() -> None:
    stage = Stage()
    scanned(stage, RUNNING)
    first = gated(stage, task_definition="web:1", force_new_deployment=True)

    assert isinstance(first, Finished)
    assert stage.calls("DescribeImageScanFindings")
