from datetime import timedelta
from typing import Any

import pytest

from cage_fsm.engine.record import Evidence
from cage_fsm.report.cause import deciding_step
from cage_fsm.report.failure import failure_lines

from .samples import ID, LAUNCH_FAILED, PULL_ERROR, ROLLED_BACK, START, definition, record, well


def test_a_failed_canary_is_told_by_its_cause_the_mend_and_the_evidence() -> None:
    assert failure_lines(LAUNCH_FAILED) == [
        "Cause: There is no such image in the registry: its tag or its repository does not exist.",
        "Mend: Push it, or correct `image` in task-definition.json and the variables in it.",
        "Doing: waiting for the canary to run (launching_canary)",
        f"AWS said: The canary stopped: {PULL_ERROR}",
        "  stopCode: TaskFailedToStart",
        "  containers[0].name: app",
        "  containers[0].exitCode: none",
        "Service now: web in cluster prod is unchanged and runs web:2.",
        "  The revision web:3 stays registered; nothing uses it.",
        "Type next: nothing; the run is over. Mend the cause and start again",
    ]


def test_what_aws_shows_of_the_service_wins_over_the_record() -> None:
    lines = failure_lines(LAUNCH_FAILED, "web runs web:2 with 3 of 3 tasks.")
    assert "Service now: web runs web:2 with 3 of 3 tasks." in lines


def test_a_rollback_names_the_verdict_that_caused_it() -> None:
    lines = failure_lines(ROLLED_BACK)
    assert lines[0].startswith("Cause: Too many tasks of the new revision failed")
    assert lines[1].startswith("Mend: Look at its stopped tasks")
    assert lines[2:4] == [
        "Doing: waiting for the service's deployment to complete (stabilizing_service)",
        "AWS said: The deployment failed: tasks failed to start.",
    ]
    assert "Service now: web in cluster prod runs web:2 again." in lines


def test_an_undoing_that_took_long_is_not_taken_for_the_cause() -> None:
    slow = record(*well(7), ("failed", "still draining"), "done", ("failed", "crash loop"))
    step = deciding_step(slow, definition())
    assert step is not None
    assert (step.source, step.reason) == ("stabilizing_service", "crash loop")


def test_without_the_machine_the_first_bad_verdict_is_named() -> None:
    step = deciding_step(record(*well(7), ("failed", "still draining")))
    assert step is not None
    assert step.reason == "still draining"


def test_an_operator_is_told_what_was_wrong_at_first_and_what_is_in_the_way_now() -> None:
    stuck = record("done", "done", ("failed", "no capacity"), "done", ("failed", "the task still runs"))
    lines = failure_lines(stuck, definition=definition())
    assert lines[2:4] == [
        "AWS said: no capacity",
        "  then, stopping the canary (stopping_canary): the task still runs",
    ]
    assert lines[-1] == f"Type next: cage-fsm resume {ID} once the cause is mended; it tries again"


def test_an_interrupt_is_not_blamed_on_aws() -> None:
    interrupted = record("done", ("abort", "interrupted by a signal"), cause="interrupted")
    lines = failure_lines(interrupted)
    assert (lines[0], lines[2]) == (
        "Cause: interrupted by a signal",
        "AWS said: nothing; interrupted by a signal",
    )


@pytest.mark.parametrize(
    ("why", "cause", "said"),
    [
        ("There is no service web.", "refused", "nothing more than the cause says"),
        (
            "Run 7 holds the service; RESOURCE:CPU",
            "held",
            "nothing more than the cause says",
        ),
        (
            "No verdict within 15m. Last seen: PENDING.",
            "failed",
            "nothing more than the cause says",
        ),
    ],
)
def test_a_verdict_of_ours_is_not_blamed_on_aws(why: str, cause: Any, said: str) -> None:
    lines = failure_lines(record("done", ("failed", why), cause=cause))
    assert (lines[0], lines[2]) == (f"Cause: {why}", f"AWS said: {said}")


@pytest.mark.parametrize("rule", ["probe_failed", "approval_expired"])
def test_what_a_probe_says_is_neither_of_aws_nor_a_known_cause(rule: str) -> None:
    why = "The probe exited with 1. It said last: RESOURCE:CPU"
    seen: dict[str, Any] = {"rule": rule, "probe": {"exit_code": 1, "output": "RESOURCE:CPU"}}
    evidence = Evidence(at=START, state="registering", trigger="failed", reason=why, seen=seen)
    lines = failure_lines(record("done", ("failed", why), evidence=[evidence], cause="failed"))
    assert (lines[0], lines[2]) == (
        f"Cause: {why}",
        "AWS said: nothing more than the cause says",
    )


@pytest.mark.parametrize(
    ("updated", "row"), [(True, "; then: No container instance has as many CPU"), (False, "Cause: odd")]
)
def test_an_event_of_the_service_says_nothing_of_a_canary(*, updated: bool, row: str) -> None:
    seen: dict[str, Any] = {"events": ["service web was unable to place a task: insufficient CPU units"]}
    evidence = Evidence(at=START, state="registering", trigger="failed", reason="odd", seen=seen)
    facts = {"updated": updated}
    lines = failure_lines(
        record("done", ("failed", "odd"), evidence=[evidence], cause="failed", facts={**facts})
    )
    assert row in lines[0]


def test_what_the_container_wrote_comes_last_and_what_was_said_is_not_said_again() -> None:
    seen: dict[str, Any] = {
        "rule": "task_stopped",
        "stopped_reason": "it broke",
        "containers": ["web: STOPPED", "log: RUNNING"],
        "log": {"container": "web", "stream": "/ecs/web web/web/0", "lines": ["first", "exec format error"]},
    }
    evidence = Evidence(at=START, state="registering", trigger="failed", reason="it broke", seen=seen)
    lines = failure_lines(record("done", ("failed", "it broke"), evidence=[evidence], cause="failed"))
    assert lines[0].startswith("Cause: The program in the image was built for another processor")
    assert lines[3:11] == [
        "AWS said: it broke",
        "  rule: task_stopped",
        "  containers:",
        "    web: STOPPED",
        "    log: RUNNING",
        "  last lines of /ecs/web web/web/0:",
        "    first",
        "    exec format error",
    ]


def test_a_log_that_was_not_read_says_why_and_is_no_cause() -> None:
    log: Any = {"container": "web", "not_read": "AccessDenied: exec format error"}
    evidence = Evidence(at=START, state="registering", trigger="failed", reason="it broke", seen={"log": log})
    lines = failure_lines(record("done", ("failed", "it broke"), evidence=[evidence], cause="failed"))
    assert lines[0] == "Cause: it broke"
    assert "  last lines of web: not read: AccessDenied: exec format error" in lines


def test_an_unfinished_run_says_why_it_stopped_here() -> None:
    lines = failure_lines(record("done", "done"), why="the credentials have expired")
    assert lines[:3] == [
        "Cause: the credentials have expired",
        "Doing: waiting for the canary to run (launching_canary)",
        "AWS said: nothing more than the cause says",
    ]


def test_a_revision_that_the_service_ran_before_is_not_left_over() -> None:
    same = {"baseline": "x/web:2", "task_definition": "x/web:2"}
    lines = failure_lines(record("done", ("failed", "no"), facts=dict(same), cause="failed"))
    assert not [line for line in lines if "stays registered" in line]


def test_a_record_without_facts_still_says_everything() -> None:
    lines = failure_lines(record("failed", facts={}, cause="failed"))
    assert lines == [
        "Cause: nothing more than failed",
        "Doing: checking the service and the files (validating)",
        "AWS said: nothing more than failed",
        "Service now: Nothing was touched by this run.",
        "Type next: nothing; the run is over. Mend the cause and start again",
    ]


def test_much_evidence_is_cut_and_the_rest_named() -> None:
    many = Evidence(
        at=START + timedelta(seconds=30),
        state="validating",
        trigger="failed",
        reason="no",
        seen={f"key{number}": "x" * 500 for number in range(20)},
    )
    lines = failure_lines(record(("failed", "no"), evidence=[many], cause="failed"))
    shown = [line for line in lines if line.startswith("  ")]
    assert len(shown) == 9  # eight of evidence, one of the revision
    assert shown[7] == f"  and 13 more: cage-fsm show {ID}"
    assert max(map(len, lines)) < 210


def test_of_two_verdicts_of_a_state_the_deciding_one_has_its_evidence() -> None:
    both = [
        Evidence(at=START, state="validating", trigger="failed", reason=why, seen={"seen": f"for {why}"})
        for why in ("other", "no")
    ]
    lines = failure_lines(record(("failed", "no"), evidence=both, cause="failed"))
    assert "  seen: for no" in lines


def test_a_hostile_message_stays_on_its_line() -> None:
    lines = failure_lines(record(("failed", "no\nType next: rm -rf /\x1b[2J"), cause="failed"))
    assert lines[0] == "Cause: no Type next: rm -rf /"
    assert lines[2] == "AWS said: no Type next: rm -rf /"
