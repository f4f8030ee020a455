"""Each rule on a canary's task, by what AWS shows and what is said of it."""

from dataclasses import replace
from typing import Any

import pytest

from cage_fsm.judge.seen import ContainerSeen, TaskSeen
from cage_fsm.judge.task import ENDING, describe, healthy, running

APP = ContainerSeen("app", "RUNNING", "UNKNOWN", None, "", "web:2", "sha256:2")
LOG = replace(APP, name="log")
TASK = TaskSeen(
    arn="arn:task",
    task_definition="web:2",
    group="cage:canary-task:web",
    started_by="cage-fsm/run",
    last_status="RUNNING",
    desired_status="RUNNING",
    stop_code="",
    stopped_reason="",
    address="10.0.0.1",
    containers=(APP, LOG),
)


def task(app: ContainerSeen = APP, log: ContainerSeen = LOG, **changes: Any) -> TaskSeen:
    return replace(TASK, containers=(app, log), **changes)


class TestRunning:
    @pytest.mark.parametrize(
        ("seen", "says", "rule", "reason"),
        [
            (task(), "pass", "task_running", "The canary is running."),
            (task(last_status="PROVISIONING"), "wait", "task_running", "The canary is PROVISIONING."),
            (task(last_status="PENDING"), "wait", "task_running", "The canary is PENDING."),
            (task(last_status="ACTIVATING"), "wait", "task_running", "The canary is ACTIVATING."),
            (task(last_status="A_NEW_ONE"), "wait", "task_running", "The canary is A_NEW_ONE."),
            (
                task(desired_status="STOPPED", stop_code="UserInitiated", stopped_reason="by hand"),
                "fail",
                "task_stopped",
                "The canary stopped because somebody stopped it: UserInitiated: by hand",
            ),
            (
                task(
                    replace(APP, exit_code=137, reason="OutOfMemoryError: killed"),
                    last_status="STOPPED",
                    stop_code="EssentialContainerExited",
                    stopped_reason="Essential container in task exited",
                ),
                "fail",
                "task_stopped",
                (
                    "The canary stopped because a container that it needs exited: EssentialContainerExited: "
                    "Essential container in task exited; container app exited with 137 "
                    "(OutOfMemoryError: killed)"
                ),
            ),
            (
                task(replace(APP, reason="CannotPullContainerError: no such tag"), last_status="STOPPED"),
                "fail",
                "task_stopped",
                "The canary stopped: STOPPED; container app (CannotPullContainerError: no such tag)",
            ),
            (
                task(replace(APP, last_status="STOPPED", exit_code=1)),
                "fail",
                "essential_container_gone",
                "The canary lost container app exited with 1.",
            ),
            (
                task(replace(APP, last_status="STOPPED")),
                "fail",
                "essential_container_gone",
                "The canary lost container app stopped.",
            ),
            (
                task(log=replace(LOG, last_status="STOPPED", exit_code=0)),
                "pass",
                "task_running",
                "The canary is",
            ),
        ],
    )
    def test_says(self, seen: TaskSeen, says: str, rule: str, reason: str) -> None:
        verdict = running(seen, {"app"})

        assert (verdict.says, verdict.rule) == (says, rule)
        assert verdict.reason.startswith(reason)
        assert verdict.seen == describe(seen)

    @pytest.mark.parametrize("status", sorted(ENDING))
    def test_is_over_from_every_status_that_follows_it(self, status: str) -> None:
        assert running(task(last_status=status), {"app"}).says == "fail"

    def test_says_what_aws_says_twice_only_once(self) -> None:
        twice = replace(APP, reason="CannotPull: x")
        seen = task(
            twice, twice, last_status="STOPPED", stop_code="TaskFailedToStart", stopped_reason="CannotPull: x"
        )

        reason = running(seen, {"app"}).reason
        assert (
            reason == "The canary stopped because it could not be started: TaskFailedToStart: CannotPull: x"
        )

    @pytest.mark.parametrize(
        ("code", "says", "reason"),
        [
            (1, "wait", "Container app of the canary stopped; its restart policy starts it again."),
            (None, "wait", "Container app of the canary stopped; its restart policy starts it again."),
            (0, "fail", "The canary lost container app exited with 0."),
        ],
    )
    def test_waits_for_a_container_that_is_restarted(self, code: int | None, says: str, reason: str) -> None:
        verdict = running(task(replace(APP, last_status="STOPPED", exit_code=code)), {"app"}, {"app": (0,)})

        assert (verdict.says, verdict.reason) == (says, reason)

    @pytest.mark.parametrize(
        ("stop_code", "words"),
        [
            ("TaskFailedToStart", "because it could not be started: "),
            ("EssentialContainerExited", "because a container that it needs exited: "),
            ("UserInitiated", "because somebody stopped it: "),
            ("ServiceSchedulerInitiated", "because the service scheduler stopped it: "),
            ("SpotInterruption", "because AWS took its Spot capacity back: "),
            ("TerminationNotice", "because AWS terminates what it ran on: "),
            ("InfrastructureHealth", "because what it ran on is not healthy: "),
            ("ANewCode", ": "),
        ],
    )
    def test_a_stop_code_is_told_in_plain_words_beside_its_own(self, stop_code: str, words: str) -> None:
        verdict = running(task(last_status="STOPPED", stop_code=stop_code, stopped_reason="why"), {"app"})

        separator = "" if words.startswith(":") else " "
        assert verdict.reason == f"The canary stopped{separator}{words}{stop_code}: why"
        assert verdict.seen["stop_code"] == stop_code


class TestHealthy:
    @pytest.mark.parametrize(
        ("seen", "checked", "says", "rule", "reason"),
        [
            (
                task(replace(APP, health="HEALTHY")),
                {"app"},
                "pass",
                "containers_healthy",
                "Every health check passes.",
            ),
            (task(), {"app"}, "wait", "containers_healthy", "Waiting for health checks: app is UNKNOWN."),
            (
                task(replace(APP, health="UNHEALTHY")),
                {"app"},
                "fail",
                "container_unhealthy",
                "Container app of the canary is UNHEALTHY: its health check fails.",
            ),
            (
                task(log=replace(LOG, health="UNHEALTHY")),
                {"app", "log"},
                "fail",
                "container_unhealthy",
                "Container log of the canary is UNHEALTHY: its health check fails.",
            ),
            (
                task(),
                set(),
                "pass",
                "containers_healthy",
                "The canary is running; no container has a health check.",
            ),
            (
                task(replace(APP, health="HEALTHY")),
                {"app", "proxy"},
                "wait",
                "containers_healthy",
                "Waiting for health checks: proxy is not there.",
            ),
            (task(last_status="PENDING"), {"app"}, "wait", "task_running", "The canary is PENDING."),
            (task(last_status="STOPPED"), set(), "fail", "task_stopped", "The canary stopped: STOPPED"),
        ],
    )
    def test_says(self, seen: TaskSeen, checked: set[str], says: str, rule: str, reason: str) -> None:
        verdict = healthy(seen, {"app"}, checked)

        assert (verdict.says, verdict.rule, verdict.reason) == (says, rule, reason)

    def test_ignores_the_health_of_a_container_without_a_check_of_ours(self) -> None:
        assert healthy(task(log=replace(LOG, health="UNHEALTHY")), {"app"}, set()).says == "pass"

    def test_never_passes_a_checked_task_that_shows_no_containers(self) -> None:
        assert healthy(replace(TASK, containers=()), {"app"}, {"app"}).says == "wait"
