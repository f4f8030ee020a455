"""The canary as a target of the load balancer: what passes, what fails at once, what may take its time."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.stories.stage import GROUP, Stage, assert_nothing_is_left

PATIENT = {"healthCheckGracePeriodSeconds": 120}


def state_of(stage: Stage) -> str:
    """What the load balancer says of the canary."""
    return stage.cloud.world.target_groups[GROUP].targets[f"{stage.canary.interface.address}:8080"].state


def spent_in(stage: Stage, state: str) -> timedelta:
    """How long the last run was in a state."""
    history = stage.runs[0].history
    entered = next(step.at for step in history if step.to == state)
    return next(step.at for step in history if step.source == state) - entered


def test_one_that_is_initial_for_too_long_fails_before_its_state_runs_out_of_time() -> None:
    stage = Stage()
    runner, run = stage.at("launching_canary")
    stage.cloud.world.timings.registering = 100_000
    stage.cloud.world.target_groups[GROUP].interval = 100_000
    stage.drive(runner, run)

    assert stage.outcome == ("failed", 1)
    assert "is initial: it is being registered" in stage.reason
    evidence = next(each for each in stage.runs[0].evidence if each.state == "checking_targets")
    assert evidence.seen["rule"] == "target_initial"
    assert timedelta(seconds=300) < spent_in(stage, "checking_targets") < timedelta(seconds=360)
    assert_nothing_is_left(stage)


def test_one_that_was_healthy_has_no_grace_any_more() -> None:
    stage = Stage(service=lambda service: service | PATIENT)
    runner, run = stage.at("observing_canary", durations={"bake": 300.0})
    unhealthy = stage.first_time(lambda: state_of(stage) == "unhealthy")
    stage.cloud.break_target(GROUP, stage.canary.interface.address, 8080)
    stage.until(runner, run, "detaching_canary")
    stage.clock.look = None
    stage.drive(runner, run)

    failed = next(step.at for step in stage.runs[0].history if step.trigger == "failed")
    assert failed - unhealthy[0] <= timedelta(seconds=5)
    evidence = next(each for each in stage.runs[0].evidence if each.state == "observing_canary")
    assert evidence.seen["rule"] == "target_unhealthy"
    assert {"last_status", "containers"} <= evidence.seen.keys()


@pytest.mark.parametrize(
    ("meddle", "rule"),
    [
        (lambda stage: stage.cloud.disable_health_checks(GROUP), "target_unchecked"),
        (lambda stage: stage.cloud.unlink_target_group(GROUP), "target_unused"),
        (
            lambda stage: stage.cloud.deregister(GROUP, stage.canary.interface.address, 8080),
            "target_draining",
        ),
    ],
    ids=["health checks disabled", "no listener any more", "deregistered"],
)
@pytest.mark.parametrize("state", ["checking_targets", "observing_canary"])
def test_what_somebody_does_to_the_target_group_is_named(
    state: str, meddle: Callable[[Stage], None], rule: str
) -> None:
    stage = Stage()
    runner, run = stage.at(state)
    meddle(stage)
    stage.drive(runner, run)

    assert stage.outcome == ("failed", 1)
    assert next(each.seen["rule"] for each in stage.runs[0].evidence if each.trigger == "failed") == rule
    assert_nothing_is_left(stage)


def test_a_target_group_without_health_checks_is_refused_before_anything_is_created() -> None:
    stage = Stage()
    stage.cloud.disable_health_checks(GROUP)
    stage.rollout()

    assert stage.outcome == ("refused", 1)
    assert "has its health checks disabled" in stage.reason
    assert stage.calls("RegisterTaskDefinition") == []
