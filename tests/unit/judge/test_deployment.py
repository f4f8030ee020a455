"""Each rule on our deployment and on the one back, by what ECS shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cage_fsm.judge.deployment import UNDONE, complete, restored
from cage_fsm.judge.deployment_entry import FAILED_TASKS, SETTLED_SECONDS, STUCK_SECONDS, by_tasks
from cage_fsm.judge.failures import failed
from cage_fsm.judge.seen import (
    ContainerSeen,
    DeploymentSeen,
    EventSeen,
    ServiceDeploymentSeen,
    ServiceSeen,
    TaskSeen,
)

OLD, NEW, OTHER = (f"arn:aws:ecs:eu-west-1:1:task-definition/web:{number}" for number in (1, 2, 3))
OURS = DeploymentSeen(
    "ecs-svc/2", "PRIMARY", NEW, "IN_PROGRESS", "", desired=4, running=1, pending=1, failed=0
)
BEFORE = replace(OURS, id="ecs-svc/1", status="ACTIVE", task_definition=OLD, running=4, desired=4)
DONE = replace(OURS, rollout_state="COMPLETED", running=4)
STILL = replace(OURS, running=4, pending=0)
"""The counts fit, and ECS does not say that it is complete."""
AGAIN = replace(OURS, id="ecs-svc/3")
BEFORE_IT = replace(DONE, status="ACTIVE")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
UNABLE = "(service web) was unable to place a task. Reason: Capacity is unavailable at this time."
UNLAUNCHED = "(service web) failed to launch a task with (error ECS was unable to assume the role)."
STARTED = "(service web) has started 1 tasks: (task 1)."
STEADY = "(service web) has reached a steady state."


def service(*deployments: DeploymentSeen, **changes: object) -> ServiceSeen:
    now = deployments[0].task_definition if deployments else OLD
    made = ServiceSeen("ACTIVE", now, desired=4, running=4, circuit_breaker=True, deployments=deployments)
    return replace(made, **changes)  # type: ignore[arg-type]


def history(status: str, reason: str = "") -> ServiceDeploymentSeen:
    return ServiceDeploymentSeen("arn:deployment", status, reason)


def stopped(
    code: str = "EssentialContainerExited", reason: str = "Essential container in task exited"
) -> TaskSeen:
    web = ContainerSeen("web", "STOPPED", "UNKNOWN", 1, "", "web:2", "")
    return TaskSeen("arn", NEW, "service:web", "", "STOPPED", "STOPPED", code, reason, None, (web,))


def events(*messages: str, since: datetime = BEGAN) -> tuple[EventSeen, ...]:
    """Events a minute apart, the first one first; ECS shows the newest first."""
    told = [EventSeen(since + timedelta(minutes=n), text) for n, text in enumerate(messages)]
    return tuple(reversed(told))


class TestByWhatIsLeftOut:
    def test_a_history_without_a_status_leaves_the_judgement_to_the_service(self) -> None:
        assert complete(service(DONE), history(""), NEW, was_visible=True).rule == "deployment_completed"
        assert complete(service(OURS), history(""), NEW, was_visible=True).says == "wait"

    def test_a_deployment_without_a_status_is_superseded_only_by_another_revision(self) -> None:
        nameless = replace(DONE, status="")

        assert complete(service(nameless), None, NEW, was_visible=True).says == "pass"
        away = complete(service(nameless, task_definition=OTHER), None, NEW, was_visible=True)
        assert away.rule == "deployment_superseded"
        assert restored(service(replace(nameless, task_definition=OLD)), OLD, NEW).says == "pass"

    def test_an_inactive_deployment_neither_runs_tasks_nor_keeps_another_from_being_complete(self) -> None:
        ours = replace(STILL, rollout_state="")
        seen = service(ours, replace(BEFORE, status="INACTIVE"))
        verdict = complete(seen, None, NEW, was_visible=True, unchanged_seconds=SETTLED_SECONDS)

        assert verdict.says == "pass"
        assert verdict.seen["running_of_others"] == 0

    @pytest.mark.parametrize(
        ("revisions", "unchanged", "says"),
        [
            ([NEW] * 4, SETTLED_SECONDS, "pass"),
            ([NEW] * 4, SETTLED_SECONDS - 1, "wait"),
            ([NEW] * 3, SETTLED_SECONDS, "wait"),
            ([NEW] * 4 + [OLD], SETTLED_SECONDS, "wait"),
        ],
    )
    def test_a_service_without_deployments_is_judged_by_what_its_tasks_run(
        self, revisions: list[str], unchanged: float, says: str
    ) -> None:
        tasks = [replace(stopped(), task_definition=each, last_status="RUNNING") for each in revisions]
        bare = service(task_definition=NEW)
        seen = replace(bare, deployments=by_tasks(bare, tasks))

        assert complete(seen, None, NEW, was_visible=True, unchanged_seconds=unchanged).says == says


class TestByTheHistoryOfTheService:
    @pytest.mark.parametrize(
        ("status", "says", "rule"),
        [
            ("SUCCESSFUL", "pass", "deployment_successful"),
            ("PENDING", "wait", "deployment_complete"),
            ("IN_PROGRESS", "wait", "deployment_complete"),
            ("STOP_REQUESTED", "fail", "deployment_stopped"),
            ("STOPPED", "fail", "deployment_stopped"),
            ("ROLLBACK_REQUESTED", "fail", "deployment_rolled_back"),
            ("ROLLBACK_IN_PROGRESS", "fail", "deployment_rolled_back"),
            ("ROLLBACK_SUCCESSFUL", "fail", "deployment_rolled_back"),
            ("ROLLBACK_FAILED", "fail", "deployment_rolled_back"),
            ("A_NEW_ONE", "wait", "deployment_complete"),
        ],
    )
    def test_a_deployment_is_judged_by_its_status(self, status: str, says: str, rule: str) -> None:
        seen = service(replace(OURS, rollout_state=""), BEFORE, desired=9)
        verdict = complete(seen, history(status), NEW, was_visible=True)

        assert (verdict.says, verdict.rule) == (says, rule)
        assert verdict.seen["status"] in {status, "PRIMARY"}

    def test_a_rollback_is_told_with_ecs_s_reason(self) -> None:
        verdict = complete(
            service(BEFORE), history("ROLLBACK_SUCCESSFUL", "circuit breaker"), NEW, was_visible=True
        )

        assert verdict.reason == "ECS rolled our deployment back: circuit breaker"

    @pytest.mark.parametrize(
        ("status", "cause", "rule", "reason"),
        [
            (
                "ROLLBACK_IN_PROGRESS",
                {"breaker": "TRIGGERED"},
                "deployment_rolled_back",
                "ECS rolls our deployment back because its circuit breaker opened: why",
            ),
            (
                "ROLLBACK_SUCCESSFUL",
                {"alarms": ("errors", "latency")},
                "deployment_rolled_back",
                "ECS rolled our deployment back because alarm errors, latency went off: why",
            ),
            (
                "STOPPED",
                {"breaker": "TRIGGERED"},
                "deployment_failed",
                "Our deployment failed because its circuit breaker opened: why",
            ),
            (
                "STOPPED",
                {"alarms": ("errors",)},
                "deployment_failed",
                "Our deployment failed because alarm errors went off: why",
            ),
            (
                "STOP_REQUESTED",
                {"breaker": "MONITORING"},
                "deployment_stopped",
                "Our deployment was stopped, by someone or by a newer deployment: why",
            ),
        ],
    )
    def test_what_ended_it_is_named(self, status: str, cause: Any, rule: str, reason: str) -> None:
        ours = replace(history(status, "why"), **cause)
        verdict = complete(service(OURS, BEFORE), ours, NEW, was_visible=True)

        assert (verdict.rule, verdict.reason) == (rule, reason)
        assert verdict.seen["service_deployment"] == "arn:deployment"

    def test_one_that_a_newer_deployment_replaced_is_superseded_by_name(self) -> None:
        theirs = replace(OURS, task_definition=OTHER)
        verdict = complete(service(theirs, BEFORE), history("STOPPED"), NEW, was_visible=True)

        assert verdict.rule == "deployment_superseded"
        assert verdict.reason == "Our deployment was superseded: the service goes to web:3."

    def test_what_ecs_has_not_undone_can_be_left_failing(self) -> None:
        assert "deployment_rolled_back" in UNDONE
        assert {"deployment_failed", "tasks_failing", "stuck_placing", "image_moved"}.isdisjoint(UNDONE)

    def test_a_deployment_under_way_is_judged_by_the_service_as_well(self) -> None:
        failing = replace(OURS, failed=9)
        verdict = complete(
            service(failing, BEFORE, circuit_breaker=False), history("IN_PROGRESS"), NEW, was_visible=True
        )

        assert verdict.rule == "tasks_failing"

    def test_a_success_counts_though_the_old_tasks_still_run(self) -> None:
        assert complete(service(OURS, BEFORE), history("SUCCESSFUL"), NEW, was_visible=True).says == "pass"


class TestByTheServiceAlone:
    @pytest.mark.parametrize(
        ("deployments", "says", "rule"),
        [
            ([DONE], "pass", "deployment_completed"),
            ([DONE, BEFORE], "pass", "deployment_completed"),
            ([OURS, BEFORE], "wait", "deployment_complete"),
            ([replace(OURS, running=4)], "wait", "deployment_complete"),
            ([replace(OURS, rollout_state="FAILED")], "fail", "deployment_failed"),
            ([BEFORE, replace(OURS, status="ACTIVE")], "fail", "deployment_superseded"),
            (
                [BEFORE, replace(OURS, status="ACTIVE", rollout_state="FAILED")],
                "fail",
                "deployment_rolled_back",
            ),
            ([replace(OURS, rollout_state="", running=4), BEFORE], "wait", "deployment_complete"),
            ([replace(OURS, rollout_state="")], "wait", "deployment_complete"),
            ([], "fail", "deployment_gone"),
        ],
    )
    def test_our_deployment_is_judged_by_its_entry(
        self, deployments: list[DeploymentSeen], says: str, rule: str
    ) -> None:
        verdict = complete(service(*deployments), None, NEW, was_visible=True)

        assert (verdict.says, verdict.rule) == (says, rule)

    def test_its_absence_fails_it_only_once_it_must_be_visible(self) -> None:
        back = replace(BEFORE, status="PRIMARY", rollout_state="COMPLETED")

        assert complete(service(back), None, NEW, was_visible=False).says == "wait"
        verdict = complete(service(back), None, NEW, was_visible=True)
        assert (verdict.says, verdict.rule) == ("fail", "deployment_gone")
        assert "web:1" in verdict.reason

    def test_a_stable_service_at_the_old_revision_is_no_success(self) -> None:
        rolled_back = replace(BEFORE, status="PRIMARY", rollout_state="COMPLETED")

        assert complete(service(rolled_back), None, NEW, was_visible=True).says == "fail"

    def test_the_primary_of_two_entries_of_our_revision_counts(self) -> None:
        earlier = replace(OURS, id="ecs-svc/0", status="ACTIVE", rollout_state="COMPLETED")

        assert complete(service(earlier, OURS), None, NEW, was_visible=True).says == "wait"

    @pytest.mark.parametrize(
        ("deployments", "says", "rule"),
        [
            ((AGAIN, BEFORE_IT), "wait", "deployment_complete"),
            ((replace(AGAIN, rollout_state="COMPLETED"),), "pass", "deployment_completed"),
            ((BEFORE_IT,), "fail", "deployment_gone"),
            ((replace(AGAIN, rollout_state="FAILED"), BEFORE_IT), "fail", "deployment_failed"),
            (
                (
                    replace(BEFORE_IT, status="PRIMARY"),
                    replace(AGAIN, status="ACTIVE", rollout_state="FAILED"),
                ),
                "fail",
                "deployment_rolled_back",
            ),
            (
                (replace(BEFORE_IT, status="PRIMARY"), replace(AGAIN, status="ACTIVE")),
                "fail",
                "deployment_superseded",
            ),
        ],
    )
    def test_of_a_revision_that_ran_before_only_the_entry_with_our_id_counts(
        self, deployments: tuple[DeploymentSeen, ...], says: str, rule: str
    ) -> None:
        verdict = complete(service(*deployments), None, NEW, was_visible=True, deployment=AGAIN.id)

        assert (verdict.says, verdict.rule) == (says, rule)

    def test_of_a_revision_that_ran_before_none_counts_while_our_id_is_not_known(self) -> None:
        verdict = complete(service(DONE), None, NEW, was_visible=False, deployment="")

        assert verdict.says == "wait"

    def test_progress_is_told_in_numbers(self) -> None:
        verdict = complete(service(replace(OURS, failed=1), BEFORE), None, NEW, was_visible=True)

        assert verdict.reason == (
            "1 of 4 tasks run web:2, 1 failed; 4 of other revisions have not stopped yet."
        )


class TestCountsThatFit:
    """`rolloutState` may be missing, or IN_PROGRESS for ever: then it takes more than counts to pass."""

    @pytest.mark.parametrize(
        ("entry", "seconds", "told", "says"),
        [
            (STILL, 9999, (), "wait"),
            (STILL, 0, (STARTED, STEADY), "pass"),
            (replace(STILL, pending=1), 0, (STEADY,), "wait"),
            (replace(STILL, running=3), 0, (STEADY,), "wait"),
            (replace(STILL, rollout_state=""), SETTLED_SECONDS - 1, (), "wait"),
            (replace(STILL, rollout_state=""), SETTLED_SECONDS, (), "pass"),
            (replace(STILL, rollout_state="", failed=1), SETTLED_SECONDS, (), "wait"),
            (replace(STILL, rollout_state=""), 0, (STEADY,), "pass"),
        ],
    )
    def test_pass_when_ecs_says_steady_or_where_it_never_says_more(
        self, entry: DeploymentSeen, seconds: float, told: tuple[str, ...], says: str
    ) -> None:
        seen = service(replace(entry, created_at=BEGAN), events=events(*told))

        assert complete(seen, None, NEW, was_visible=True, unchanged_seconds=seconds).says == says
        assert restored(seen, NEW, OLD, unchanged_seconds=seconds).says == says

    def test_are_no_pass_by_what_ecs_said_before_the_deployment_or_beside_another_one(self) -> None:
        entry = replace(STILL, created_at=BEGAN)
        before = events(STEADY, since=BEGAN - timedelta(seconds=1))

        assert complete(service(entry, events=before), None, NEW, was_visible=True).says == "wait"
        both = service(entry, BEFORE, events=events(STEADY))
        assert complete(both, None, NEW, was_visible=True).says == "wait"


class TestAServiceScaledToZero:
    def test_passes_and_says_that_nothing_runs_the_revision(self) -> None:
        nothing = service(replace(DONE, desired=0, running=0), desired=0, running=0)
        for ours in (None, history("SUCCESSFUL")):
            verdict = complete(nothing, ours, NEW, was_visible=True)

            assert verdict.says == "pass"
            assert verdict.reason == (
                "Our deployment is complete, but the service is scaled to zero: "
                "no task of it runs the revision."
            )


class TestTasksThatFindNoPlace:
    @pytest.mark.parametrize(
        ("told", "seconds", "says", "rule"),
        [
            ((UNABLE,), STUCK_SECONDS - 1, "wait", "deployment_complete"),
            ((UNABLE,), STUCK_SECONDS, "fail", "stuck_placing"),
            ((STARTED, UNABLE), STUCK_SECONDS, "fail", "stuck_placing"),
            ((UNLAUNCHED,), STUCK_SECONDS, "fail", "stuck_placing"),
            ((UNABLE, STARTED), STUCK_SECONDS, "wait", "deployment_complete"),
            ((), STUCK_SECONDS, "wait", "deployment_complete"),
        ],
    )
    def test_fail_the_deployment_once_nothing_has_moved_for_long(
        self, told: tuple[str, ...], seconds: float, says: str, rule: str
    ) -> None:
        seen = service(replace(OURS, created_at=BEGAN), BEFORE, events=events(*told))
        verdict = complete(seen, None, NEW, was_visible=True, unchanged_seconds=seconds)

        assert (verdict.says, verdict.rule) == (says, rule)

    def test_are_named_while_they_are_waited_for(self) -> None:
        seen = service(replace(OURS, created_at=BEGAN), BEFORE, events=events(UNABLE))
        verdict = complete(seen, None, NEW, was_visible=True)

        assert verdict.reason.endswith(f"ECS says: {UNABLE}")
        assert verdict.seen["event"] == UNABLE

    def test_are_none_when_all_have_a_place_or_the_event_is_an_old_one(self) -> None:
        placed = replace(OURS, running=3, pending=1, created_at=BEGAN)
        later = replace(OURS, created_at=BEGAN + timedelta(seconds=1))
        for entry in (placed, later, OURS):
            seen = service(entry, BEFORE, events=events(UNABLE))

            assert complete(seen, None, NEW, was_visible=True, unchanged_seconds=9999).says == "wait"


class TestTasksThatFail:
    @pytest.mark.parametrize(
        ("failed", "desired", "circuit_breaker", "says"),
        [
            (FAILED_TASKS, 1, False, "fail"),
            (FAILED_TASKS - 1, 1, False, "wait"),
            (9, 10, False, "wait"),
            (10, 10, False, "fail"),
            (99, 1, True, "wait"),
        ],
    )
    def test_fail_a_deployment_that_no_circuit_breaker_watches(
        self, failed: int, desired: int, circuit_breaker: bool, says: str
    ) -> None:
        entry = replace(OURS, failed=failed, desired=desired, running=0)

        assert (
            complete(service(entry, circuit_breaker=circuit_breaker), None, NEW, was_visible=True).says
            == says
        )

    @pytest.mark.parametrize(("count", "says"), [(4, "fail"), (3, "wait")])
    def test_are_counted_though_ecs_forgot_them_when_one_ran(self, count: int, says: str) -> None:
        seen = service(OURS, BEFORE, circuit_breaker=False)
        verdict = complete(seen, None, NEW, was_visible=True, failures=[stopped()] * count)

        assert verdict.says == says
        if says == "fail":
            assert verdict.rule == "tasks_failing"
            assert verdict.seen["example"] == "Essential container in task exited; web exited with 1"


@pytest.mark.parametrize(
    ("task", "counts"),
    [
        (stopped(), True),
        (stopped("TaskFailedToStart", "CannotPullContainerError"), True),
        (stopped("ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group x)"), True),
        (stopped("ServiceSchedulerInitiated", "Task failed container health checks"), True),
        (stopped("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment x)"), False),
        (stopped("UserInitiated", "by hand"), False),
        (stopped("SpotInterruption", ""), False),
        (stopped("", ""), False),
        (replace(stopped(), task_definition=OLD), False),
    ],
)
def test_only_a_task_of_ours_that_stopped_by_itself_counts_as_failed(task: TaskSeen, counts: bool) -> None:
    assert bool(failed([task], NEW)) is counts


class TestAServiceThatIsGone:
    @pytest.mark.parametrize("status", ["DRAINING", "INACTIVE", "MISSING", None])
    def test_fails_whatever_its_deployments_say(self, status: str | None) -> None:
        seen = service(DONE, status=status) if status else None

        for verdict in (
            complete(seen, history("SUCCESSFUL"), NEW, was_visible=False),
            restored(seen, OLD, NEW),
        ):
            assert (verdict.says, verdict.rule) == ("fail", "service_gone")
            assert verdict.reason == f"The service is {status or 'MISSING'}: somebody deleted it."


class TestTheWayBack:
    BACK = replace(BEFORE, id="ecs-svc/3", status="PRIMARY")

    @pytest.mark.parametrize(
        ("deployments", "says", "rule"),
        [
            ([replace(BACK, rollout_state="COMPLETED")], "pass", "deployment_completed"),
            ([BACK, replace(OURS, status="ACTIVE")], "wait", "deployment_complete"),
            ([replace(BACK, rollout_state="FAILED")], "fail", "deployment_failed"),
            ([OURS, BEFORE], "wait", "baseline_restored"),
            ([replace(OURS, task_definition=OTHER), BEFORE], "fail", "baseline_superseded"),
        ],
    )
    def test_is_judged_by_what_the_service_goes_to(
        self, deployments: list[DeploymentSeen], says: str, rule: str
    ) -> None:
        verdict = restored(service(*deployments), OLD, NEW)

        assert (verdict.says, verdict.rule) == (says, rule)

    def test_waits_for_a_place_and_fails_by_tasks_that_fail(self) -> None:
        back = replace(self.BACK, running=0, created_at=BEGAN)
        stuck = service(back, events=events(UNABLE))
        failing = service(replace(back, failed=4), circuit_breaker=False)

        assert restored(stuck, OLD, NEW, unchanged_seconds=9999).says == "wait"
        assert restored(failing, OLD, NEW).rule == "tasks_failing"

    def test_is_not_proved_by_a_service_that_shows_no_deployment(self) -> None:
        assert restored(service(task_definition=NEW), OLD, NEW).says == "wait"
        assert restored(service(task_definition=OTHER), OLD, NEW).says == "fail"
