"""A container that its restart policy starts again: counted, told, and no pass while it is judged."""

from collections.abc import Mapping
from typing import Any

from tests.stories.stage import Change, Stage, assert_nothing_is_left

POLICY = {"enabled": True, "restartAttemptPeriod": 60}


def restarted(policy: Mapping[str, Any] = POLICY) -> Change:
    def change(definition: dict[str, Any]) -> dict[str, Any]:
        (web,) = definition["containerDefinitions"]
        return definition | {"containerDefinitions": [web | {"restartPolicy": dict(policy)}]}

    return change


def test_a_restart_begins_the_bake_anew_and_is_told() -> None:
    stage = Stage(definition=restarted())
    runner, run = stage.at("observing_canary", durations={"bake": 80.0})
    stage.pass_time(seconds=50)
    before = stage.clock.now()
    stage.cloud.exit_container(stage.canary.arn)
    stage.drive(runner, run)

    entered = next(step.at for step in stage.runs[0].history if step.to == "updating_service")
    assert stage.outcome == ("succeeded", 0)
    assert (entered - before).total_seconds() >= 80
    assert any("ECS restarted container web" in event.words for event in stage.events)
    evidence = next(each for each in stage.runs[0].evidence if each.state == "observing_canary")
    assert evidence.seen["restarts"] == ["web: 1"]


def test_a_container_that_does_not_stay_up_fails_though_its_policy_restarts_it() -> None:
    stage = Stage("v2-dies-later", definition=restarted())
    stage.rollout(durations={"bake": 600.0})

    assert stage.outcome == ("failed", 1)
    assert stage.reason == "Container web of the canary does not stay up: ECS restarted it 3 times."
    assert stage.runs[0].evidence[-1].seen["rule"] == "container_restarting"
    assert stage.calls("UpdateService") == []
    assert_nothing_is_left(stage)


def test_restarts_are_counted_across_processes() -> None:
    stage = Stage(definition=restarted())
    runner, run = stage.at("observing_canary", durations={"bake": 600.0})
    stage.pass_time(seconds=65)
    for _ in range(2):
        stage.cloud.exit_container(stage.canary.arn)
        runner.advance(run)
        stage.pass_time(seconds=65)
        runner, run = stage.take(run.record.id)
        runner.advance(run)
    stage.cloud.exit_container(stage.canary.arn)
    stage.drive(runner, run)

    assert stage.outcome == ("failed", 1)
    assert "ECS restarted it 3 times" in stage.reason
    assert_nothing_is_left(stage)


def test_a_container_that_is_not_restarted_after_this_exit_code_is_gone() -> None:
    stage = Stage("v2-dies-later", definition=restarted({**POLICY, "ignoredExitCodes": [1]}))
    stage.rollout(durations={"bake": 600.0})

    assert stage.outcome == ("failed", 1)
    assert "container web exited with 1" in stage.reason
    assert_nothing_is_left(stage)
