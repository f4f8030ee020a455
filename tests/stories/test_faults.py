"""What can be wrong with a revision, or with AWS: the cause is told, and nobody is left to clean up."""

import json
from datetime import timedelta
from typing import Any

import pytest

from cage_fsm.sandbox import Call, Proceed, Response
from tests.stories.stage import (
    GROUP,
    Stage,
    assert_nothing_is_left,
    plain,
    without_breaker,
)

BAD = {
    "no-capacity": "Capacity is unavailable at this time",
    "bad-image": "CannotPullContainerError",
    "secrets-unreadable": "ResourceInitializationError: unable to pull secrets",
    "crash": "container web exited with 1",
    "exit-137": "exited with 137 (OutOfMemoryError",
    "unhealthy-container": "Container web of the canary is UNHEALTHY",
    "unhealthy-target": "Health checks failed with these codes: [503]",
    "target-timeout": "it did not answer the health check in time",
    "slow-start": "Container web of the canary is UNHEALTHY",
}
TROUBLES = ["throttling", "server-errors", "resets", "lost-answers", "lag", "denied-deployments"]


def assert_untouched(stage: Stage, why: str) -> None:
    assert stage.outcome == ("failed", 1)
    assert why in stage.reason
    assert stage.revision == "web:1"
    assert stage.calls("UpdateService") == []
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("fault", BAD)
def test_an_image_that_is_bad_ends_in_1_with_the_cause_and_the_service_untouched(fault: str) -> None:
    stage = Stage(f"v2-{fault}")
    stage.rollout()

    assert_untouched(stage, BAD[fault])


@pytest.mark.parametrize("fault", BAD)
def test_a_cloud_that_is_bad_ends_in_1_with_the_cause_and_the_service_untouched(fault: str) -> None:
    stage = Stage(scenario=fault)
    stage.rollout()

    assert_untouched(stage, BAD[fault])


@pytest.mark.parametrize("trouble", TROUBLES)
def test_troubles_of_aws_alone_do_not_keep_a_good_revision_out(trouble: str) -> None:
    stage = Stage(scenario=trouble)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert stage.revision == "web:2"
    assert stage.sent_to("web:2") == 1
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("fault", ["crash", "unhealthy-target", "bad-in-service"])
def test_a_bad_revision_is_found_through_all_troubles_at_once(fault: str) -> None:
    stage = Stage(f"v2-{fault}", scenario="throttling,server-errors,resets,lost-answers,lag")
    stage.rollout()

    assert stage.outcome in {("failed", 1), ("rolled_back", 3)}
    assert (stage.outcome[1] == 3) == (fault == "bad-in-service")
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


def _stopping(stage: Stage) -> bool:
    return any(not task.live for task in stage.tasks())


def _unhealthy(stage: Stage) -> bool:
    return any(container.health == "UNHEALTHY" for task in stage.tasks() for container in task.containers)


def _target_unhealthy(stage: Stage) -> bool:
    targets = stage.cloud.world.target_groups[GROUP].targets.values()
    return any(target.state == "unhealthy" for target in targets)


@pytest.mark.parametrize(
    ("fault", "showing"),
    [
        ("crash", _stopping),
        ("bad-image", _stopping),
        ("unhealthy-container", _unhealthy),
        ("unhealthy-target", _target_unhealthy),
    ],
)
def test_the_verdict_comes_within_5_seconds_of_the_cloud_showing_it(fault: str, showing: Any) -> None:
    stage = Stage(f"v2-{fault}")
    shown = stage.first_time(lambda: bool(showing(stage)))
    stage.rollout()

    judged = next(step.at for step in stage.runs[0].history if step.trigger == "failed")
    assert 0 <= (judged - shown[0]).total_seconds() <= 5


@pytest.mark.parametrize("tasks", [0, 2])
def test_no_capacity_never_looks_like_success(tasks: int) -> None:
    stage = Stage(scenario="no-capacity", service=lambda service: plain(service) | {"desiredCount": tasks})
    stage.rollout()

    assert stage.outcome == ("failed", 1)
    assert stage.tasks() == []
    assert stage.calls("StopTask") == []
    assert stage.revision == "web:1"


def test_capacity_that_ends_after_the_canary_is_rolled_back() -> None:
    stage = Stage()
    runner, run = stage.at("updating_service", durations={"stable": 300.0})
    stage.cloud.world.scenarios = frozenset({"no-capacity"})
    stage.drive(runner, run)

    assert stage.outcome == ("rolled_back", 3)
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


def test_a_canary_that_starts_slowly_passes_within_its_start_period_and_grace() -> None:
    def patient(definition: dict[str, Any]) -> dict[str, Any]:
        definition["containerDefinitions"][0]["healthCheck"]["startPeriod"] = 60
        return definition

    def forgiving(service: dict[str, Any]) -> dict[str, Any]:
        return service | {"healthCheckGracePeriodSeconds": 120}

    stage = Stage("v2-slow-start", definition=patient, service=forgiving)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)


def test_a_canary_that_dies_during_the_bake_time_is_not_rolled_out() -> None:
    stage = Stage("v2-dies-later")
    stage.rollout(durations={"bake": 120.0})

    assert_untouched(stage, "container web exited with 1")
    assert stage.path[-4:] == ["observing_canary", "detaching_canary", "stopping_canary", "aborted"]


def test_a_target_that_fails_during_the_bake_time_is_not_rolled_out() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary", durations={"bake": 120.0})
    stage.cloud.break_target(GROUP, stage.canary.interface.address, 8080)
    stage.drive(runner, run)

    assert_untouched(stage, "[503]")


def test_a_canary_that_never_gets_healthy_fails_when_its_time_is_over() -> None:
    stage = Stage(health_check_interval=300)
    stage.rollout(durations={"healthy": 120.0})

    assert_untouched(stage, "No verdict within 2m.")
    assert "the first health checks are under way" in stage.reason


def test_a_deployment_that_the_circuit_breaker_undoes_is_3_and_not_sent_again() -> None:
    stage = Stage("v2-bad-in-service")
    stage.rollout()

    assert stage.outcome == ("rolled_back", 3)
    assert "circuit breaker" in stage.reason
    assert stage.sent_to("web:2") == 1
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


def test_a_deployment_that_no_circuit_breaker_watches_is_judged_and_rolled_back_by_us() -> None:
    stage = Stage("v2-bad-in-service", service=without_breaker)
    stage.rollout()

    assert stage.outcome == ("rolled_back", 3)
    assert "tasks failed, and the service has no circuit breaker" in stage.reason
    assert (stage.sent_to("web:2"), stage.sent_to("web:1")) == (1, 1)
    assert stage.left.services == ("web runs web:1, 2 of 2 tasks",)
    assert_nothing_is_left(stage)


def test_a_bad_deployment_is_rolled_back_at_once_and_not_after_the_drain() -> None:
    stage = Stage("v2-bad-in-service", service=without_breaker, deregistration_delay=900)
    stage.rollout()

    moves = {step.to: step.at for step in reversed(stage.runs[0].history)}
    assert stage.outcome == ("rolled_back", 3)
    assert (moves["rolling_back"] - moves["updating_service"]).total_seconds() < 300
    assert [step.trigger for step in stage.runs[0].history if step.to == "rolling_back"] == ["service_failed"]
    assert_nothing_is_left(stage)


def test_keep_failing_leaves_the_bad_revision_and_releases_the_canary() -> None:
    stage = Stage("v2-bad-in-service", service=without_breaker)
    stage.rollout(keep_failing=True)

    assert stage.outcome == ("left_failing", 4)
    assert stage.revision == "web:2"
    assert stage.sent_to("web:1") == 0
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("operation", ["RegisterTaskDefinition", "RunTask", "RegisterTargets"])
def test_a_call_that_aws_refuses_ends_in_1_with_its_words(operation: str) -> None:
    stage = Stage()
    stage.cloud.fail_next(operation, "AccessDeniedException", message=f"{operation} is not allowed")
    stage.rollout()

    assert_untouched(stage, f"AccessDeniedException: {operation} is not allowed")


def test_an_update_that_aws_refuses_leaves_the_service_and_releases_the_canary() -> None:
    stage = Stage()
    stage.cloud.fail_next("UpdateService", "AccessDeniedException", message="not allowed")
    stage.rollout()

    assert stage.outcome == ("refused", 1)
    assert "AccessDeniedException: not allowed" in stage.reason
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("operation", ["StopTask", "DeregisterTargets"])
def test_a_canary_that_cannot_be_released_needs_an_operator_and_a_resume_tries_again(operation: str) -> None:
    stage = Stage()
    stage.cloud.fail_next(operation, "AccessDeniedException", times=10_000)
    stage.rollout()
    (run,) = stage.runs

    assert stage.outcome == ("needs_operator", 4)
    assert "AccessDeniedException" in run.history[-1].reason
    assert stage.claims == [run.id]

    stage.cloud.world.planned.clear()
    stage.resume(run.id)

    assert stage.outcome[1] in {0, 3}
    assert_nothing_is_left(stage)


def test_credentials_that_expire_suspend_the_run_and_fresh_ones_finish_it() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    stage.cloud.fail_next("DescribeTasks", "ExpiredTokenException")
    end = stage.drive(runner, run)

    assert getattr(end, "code", None) == 75
    assert stage.outcome == ("suspended", 75)

    stage.resume(run.record.id)

    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)


def test_keep_failing_does_not_claim_what_the_breaker_has_undone() -> None:
    stage = Stage("v2-bad-in-service")
    stage.rollout(keep_failing=True)

    assert stage.revision == "web:1"
    assert stage.outcome == ("rolled_back", 3)


def test_answers_that_do_not_show_the_canary_for_a_while_are_no_proof_that_it_is_gone() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary", durations={"bake": 60.0})
    stale_until = stage.clock.now() + timedelta(seconds=40)

    def around(call: Call, proceed: Proceed) -> Response:
        if call.operation == "DescribeTasks" and stage.clock.now() < stale_until:
            failures = [{"arn": arn, "reason": "MISSING"} for arn in call.params["tasks"]]
            return Response(200, {}, json.dumps({"tasks": [], "failures": failures}).encode())
        return proceed()

    stage.around = around
    stage.drive(runner, run)

    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)
