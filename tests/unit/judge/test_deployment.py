"""Each rule on our deployment and on the one back, by what ECS shows."""

from dataclasses import replace

import pytest

from cage_fsm.judge.deployment import FAILED_TASKS, complete, restored
from cage_fsm.judge.seen import DeploymentSeen, ServiceDeploymentSeen, ServiceSeen

OLD, NEW, OTHER = (f"arn:aws:ecs:eu-west-1:1:task-definition/web:{number}" for number in (1, 2, 3))
OURS = DeploymentSeen(
    "ecs-svc/2", "PRIMARY", NEW, "IN_PROGRESS", "", desired=4, running=1, pending=1, failed=0
)
BEFORE = replace(OURS, id="ecs-svc/1", status="ACTIVE", task_definition=OLD, running=4, desired=4)
DONE = replace(OURS, rollout_state="COMPLETED", running=4)


def service(*deployments: DeploymentSeen, **changes: object) -> ServiceSeen:
    now = deployments[0].task_definition if deployments else OLD
    made = ServiceSeen("ACTIVE", now, desired=4, running=4, circuit_breaker=True, deployments=deployments)
    return replace(made, **changes)  # type: ignore[arg-type]


def history(status: str, reason: str = "") -> ServiceDeploymentSeen:
    return ServiceDeploymentSeen("arn:deployment", status, reason)


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
        verdict = complete(service(BEFORE), history(status), NEW, was_visible=True)

        assert (verdict.says, verdict.rule) == (says, rule)
        assert verdict.seen["status"] == status

    def test_a_rollback_is_told_with_ecs_s_reason(self) -> None:
        verdict = complete(
            service(BEFORE), history("ROLLBACK_SUCCESSFUL", "circuit breaker"), NEW, was_visible=True
        )

        assert verdict.reason == "ECS rolled our deployment back: circuit breaker"

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
            ([replace(OURS, rollout_state="", running=4)], "pass", "deployment_completed"),
            ([replace(OURS, rollout_state="", running=4), BEFORE], "wait", "deployment_complete"),
            ([replace(OURS, rollout_state="")], "wait", "deployment_complete"),
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

    def test_progress_is_told_in_numbers(self) -> None:
        verdict = complete(service(replace(OURS, failed=1), BEFORE), None, NEW, was_visible=True)

        assert verdict.reason == (
            "1 of 4 tasks run web:2, 1 failed; 4 of other revisions have not stopped yet."
        )


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


class TestAServiceThatIsGone:
    @pytest.mark.parametrize("status", ["DRAINING", "INACTIVE", "MISSING", None])
    def test_fails_whatever_its_deployments_say(self, status: str | None) -> None:
        seen = service(DONE, status=status) if status else None

        for verdict in (
            complete(seen, history("SUCCESSFUL"), NEW, was_visible=False),
            restored(seen, OLD, NEW),
        ):
            assert (verdict.says, verdict.rule) == ("fail", "service_gone")
            assert verdict.reason == f"The service is {status or 'MISSING'}."


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

    def test_is_not_proved_by_a_service_that_shows_no_deployment(self) -> None:
        assert restored(service(task_definition=NEW), OLD, NEW).says == "wait"
        assert restored(service(task_definition=OTHER), OLD, NEW).says == "fail"
