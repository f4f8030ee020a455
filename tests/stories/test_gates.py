"""What beside its own health decides about a canary: alarms, and a probe of the user's."""

from typing import Any

import pytest

from tests.stories.stage import Stage, assert_nothing_is_left, plain, without_breaker

JUDGED = {"alarms": ["web-5xx", "web-down"], "durations": {"bake": 30.0}}
DENIED = "User: arn:aws:iam::1:user/kim is not authorized to perform: cloudwatch:DescribeAlarms"


@pytest.fixture
def stage() -> Stage:
    """Two alarms that are quiet, one of them composite; a deployment that only we roll back."""
    stage = Stage(service=without_breaker)
    stage.cloud.set_alarm("web-5xx", "OK")
    stage.cloud.set_alarm("web-down", "OK", composite=True)
    return stage


def rule(stage: Stage) -> Any:
    return stage.runs[0].evidence[-1].seen["rule"] if stage.runs[0].evidence else None


def test_quiet_alarms_are_asked_for_once_a_look_and_let_the_rollout_pass(stage: Stage) -> None:
    stage.rollout(**JUDGED)

    looks = len(stage.calls("DescribeAlarms"))
    assert stage.outcome == ("succeeded", 0)
    assert 0 < looks <= len(stage.calls("DescribeServices")) + len(stage.calls("DescribeTargetHealth"))
    assert "alarms" in next(e.seen for e in stage.runs[0].evidence if e.state == "observing_canary")


def test_nobody_pays_for_alarms_that_were_not_named() -> None:
    stage = Stage()
    stage.rollout()

    assert stage.calls("DescribeAlarms") == []


@pytest.mark.parametrize("name", ["web-5xx", "web-down"])
def test_an_alarm_during_the_bake_fails_the_canary_at_once(stage: Stage, name: str) -> None:
    stage.poll_seconds = None
    runner, run = stage.at("observing_canary", **JUDGED)
    stage.pass_time(seconds=1)
    stage.cloud.set_alarm(name)
    fired = stage.clock.now()
    stage.drive(runner, run)

    verdict = next(step for step in stage.runs[0].history if step.source == "observing_canary")
    assert stage.outcome == ("failed", 1)
    assert (verdict.at - fired).total_seconds() <= 5
    assert f"Alarm {name} says ALARM: " in stage.reason
    assert stage.calls("UpdateService") == []
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("state", ["detaching_canary", "stopping_canary", "stabilizing_service"])
def test_an_alarm_while_the_service_deploys_rolls_it_back(stage: Stage, state: str) -> None:
    runner, run = stage.at(state, **JUDGED)
    stage.cloud.set_alarm("web-5xx")
    stage.drive(runner, run)

    decided = next(each for each in stage.runs[0].evidence if each.state == state)
    assert stage.outcome == ("rolled_back", 3)
    assert decided.seen["rule"] == "alarm_firing"
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


def test_an_alarm_while_the_service_deploys_is_left_firing_when_that_was_asked_for(stage: Stage) -> None:
    runner, run = stage.at("detaching_canary", **JUDGED, keep_failing=True)
    stage.cloud.set_alarm("web-5xx")
    stage.drive(runner, run)

    assert stage.outcome == ("left_failing", 4)
    assert_nothing_is_left(stage)


@pytest.mark.parametrize(
    ("alarms", "words"),
    [
        (["web-5xx", "web-typo"], "There is no alarm web-typo."),
        (["web-5xx", "firing"], "Alarm firing says ALARM: "),
    ],
)
def test_an_alarm_that_cannot_be_quiet_refuses_the_rollout(
    stage: Stage, alarms: list[str], words: str
) -> None:
    stage.cloud.set_alarm("firing")
    stage.rollout(alarms=alarms)

    assert stage.outcome == ("refused", 1)
    assert words in stage.reason
    assert stage.calls("RegisterTaskDefinition") == []


def test_alarms_that_may_not_be_read_refuse_the_rollout(stage: Stage) -> None:
    stage.cloud.fail_next("DescribeAlarms", "AccessDenied", message=DENIED)
    stage.rollout(**JUDGED)

    assert stage.outcome == ("refused", 1)
    assert f"The alarms web-5xx, web-down cannot be read: AccessDenied: {DENIED}" in stage.reason
    assert stage.calls("RegisterTaskDefinition") == []


def test_alarms_that_may_not_be_read_any_more_do_not_count_against_a_deployment(stage: Stage) -> None:
    runner, run = stage.at("detaching_canary", **JUDGED)
    stage.cloud.fail_next("DescribeAlarms", "AccessDenied", times=100)
    stage.drive(runner, run)

    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)


def test_an_alarm_that_is_deleted_during_the_bake_fails_the_canary(stage: Stage) -> None:
    runner, run = stage.at("observing_canary", **JUDGED)
    del stage.cloud.world.alarms["web-5xx"]
    stage.drive(runner, run)

    assert stage.outcome == ("failed", 1)
    assert stage.reason == "There is no alarm web-5xx."
    assert_nothing_is_left(stage)


def test_an_alarm_without_data_keeps_the_bake_open_until_there_is_some(stage: Stage) -> None:
    stage.cloud.set_alarm("web-5xx", "INSUFFICIENT_DATA")
    runner, run = stage.at("observing_canary", **JUDGED)
    for _ in range(20):
        runner.advance(run)
        stage.pass_time(seconds=5)
    assert run.record.state == "observing_canary"
    stage.cloud.set_alarm("web-5xx", "OK")
    stage.drive(runner, run)

    assert stage.outcome == ("succeeded", 0)


@pytest.mark.parametrize(
    ("policy", "outcome", "words"),
    [
        ("wait", ("failed", 1), "No verdict within 5m30s."),
        ("ignore", ("succeeded", 0), ""),
        ("fail", ("refused", 1), "Alarm web-5xx says INSUFFICIENT_DATA: "),
    ],
)
def test_what_no_data_means_is_the_users_to_say(
    stage: Stage, policy: str, outcome: tuple[str, int], words: str
) -> None:
    stage.cloud.set_alarm("web-5xx", "INSUFFICIENT_DATA")
    stage.rollout(**JUDGED, alarm_without_data=policy)

    assert stage.outcome == outcome
    assert not words or (words in stage.reason and "web-5xx" in stage.reason)
    assert_nothing_is_left(stage)


def test_the_bake_waits_for_alarms_that_are_throttled_and_the_release_does_not(stage: Stage) -> None:
    runner, run = stage.at("observing_canary", **JUDGED)
    stage.cloud.fail_next("DescribeAlarms", "Throttling", times=5)
    stage.until(runner, run, "detaching_canary")
    stage.cloud.fail_next("DescribeAlarms", "Throttling", times=10)
    stage.until(runner, run, "stabilizing_service")
    stage.drive(runner, run)

    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)


def test_a_probe_is_told_where_the_canary_is_and_passes_beside_the_bake() -> None:
    stage = Stage()
    stage.rollout(probe="exit 0 after 8", durations={"bake": 10.0})

    (probe,) = stage.probes
    address = stage.canary.interface.address
    assert stage.outcome == ("succeeded", 0)
    assert probe.settings == {
        "CANARY_IP": address,
        "CANARY_PORT": "8080",
        "CANARY_TASK_ARN": stage.canary.arn,
        "CANARY_URL": f"http://{address}:8080",
    }
    assert probe.ended


def test_without_a_load_balancer_the_probe_gets_the_first_port_of_the_task_definition() -> None:
    stage = Stage(service=plain)
    stage.rollout(probe="exit 0")

    assert stage.outcome == ("succeeded", 0)
    assert stage.probes[0].settings["CANARY_PORT"] == "8080"


def test_the_bake_does_not_end_before_the_probe() -> None:
    stage = Stage()
    stage.rollout(probe="exit 0 after 60", probe_seconds=90, durations={"bake": 10.0})

    moves = {step.to: step.at for step in stage.runs[0].history}
    assert stage.outcome == ("succeeded", 0)
    assert (moves["updating_service"] - moves["observing_canary"]).total_seconds() >= 60


@pytest.mark.parametrize(
    ("command", "failed_by", "words"),
    [
        ("exit 3", "probe_failed", "The probe exited with 3. It said last: 503 Service Unavailable"),
        ("exit -9", "probe_failed", "The probe died of signal 9."),
        ("hang", "probe_timed_out", "The probe took longer than 30s."),
        ("missing", "probe_failed", "The probe cannot be run: "),
    ],
)
def test_a_probe_that_does_not_pass_fails_the_canary(command: str, failed_by: str, words: str) -> None:
    stage = Stage()
    stage.rollout(probe=command, durations={"bake": 120.0})

    decided = next(each for each in stage.runs[0].evidence if each.state == "observing_canary")
    assert stage.outcome == ("failed", 1)
    assert words in stage.reason
    assert decided.seen["rule"] == failed_by
    assert all(probe.ended for probe in stage.probes)
    assert stage.calls("UpdateService") == []
    assert_nothing_is_left(stage)


def test_a_probe_does_not_outlive_a_canary_that_dies() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary", probe="hang")
    runner.advance(run)
    stage.cloud.stop_task(stage.canary.arn)
    stage.drive(runner, run)

    assert stage.outcome == ("failed", 1)
    assert [probe.ended for probe in stage.probes] == [True]


def test_a_resume_runs_the_probe_again() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary", probe="exit 0 after 5", durations={"bake": 10.0})
    runner.advance(run)
    stage.resume(run.record.id)

    assert stage.outcome == ("succeeded", 0)
    assert len(stage.probes) == 2
