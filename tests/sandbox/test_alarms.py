"""CloudWatch alarms, and service deployments that watch them."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cage_fsm.sandbox import attach

from .conftest import Build
from .house import ONE_ATTEMPT, SESSION, House, service_json

CLIENT = SESSION.client("cloudwatch", config=ONE_ATTEMPT)


@pytest.fixture
def house(build: Build) -> Iterator[House]:
    """Its deployments watch the alarm `5xx`."""
    made = build(service=_watching(rollback=True))
    undo = attach(CLIENT, made.cloud)
    yield made
    undo()


def _watching(*, rollback: bool) -> dict[str, Any]:
    configuration = service_json()["deploymentConfiguration"]
    alarms = {"alarmNames": ["5xx", "slow"], "enable": True, "rollback": rollback}
    return service_json(deploymentConfiguration=configuration | {"alarms": alarms})


def _names(**params: Any) -> list[str]:
    answer = CLIENT.describe_alarms(**params)
    return [each["AlarmName"] for each in answer["MetricAlarms"] + answer["CompositeAlarms"]]


def test_an_alarm_rolls_the_deployment_back(house: House) -> None:
    house.update(taskDefinition=house.register())
    house.wait(25)
    assert house.rollout()["alarms"] == {
        "status": "MONITORING",
        "alarmNames": ["5xx", "slow"],
        "triggeredAlarmNames": [],
    }
    house.cloud.set_alarm("5xx")
    house.wait(2)
    rollout, web = house.rollout(), house.web()

    assert rollout["status"] == "ROLLBACK_IN_PROGRESS"
    assert (rollout["alarms"]["status"], rollout["alarms"]["triggeredAlarmNames"]) == ("TRIGGERED", ["5xx"])
    assert rollout["rollback"]["reason"] == (
        "Service deployment rolled back because a CloudWatch alarm was triggered."
    )
    assert rollout["deploymentCircuitBreaker"]["status"] == "MONITORING"
    assert web["deployments"][0]["rolloutStateReason"].startswith("ECS deployment alarm: rolling back to")
    assert any(event["message"].endswith("deployment failed: alarm detected.") for event in web["events"])
    house.wait(120)
    assert house.rollout()["status"] == "ROLLBACK_SUCCESSFUL"


def test_alarms_are_watched_a_little_longer_than_the_rollout_takes(house: House) -> None:
    house.update(taskDefinition=house.register())
    house.wait(90)
    assert (house.rollout()["status"], house.web()["runningCount"]) == ("IN_PROGRESS", 2)
    house.wait(60)

    assert house.rollout()["status"] == "SUCCESSFUL"
    assert house.rollout()["alarms"]["status"] == "MONITORING_COMPLETE"


def test_without_rollback_an_alarm_stops_the_deployment(build: Build) -> None:
    house = build(service=_watching(rollback=False))
    house.update(taskDefinition=house.register())
    house.wait(25)
    house.cloud.set_alarm("slow")
    house.wait(2)

    assert house.rollout()["status"] == "STOPPED"
    assert house.web()["deployments"][0]["rolloutState"] == "FAILED"


def test_an_alarm_that_was_on_before_is_ignored(house: House) -> None:
    house.cloud.set_alarm("5xx")
    house.update(taskDefinition=house.register())
    house.wait(90)

    assert house.rollout()["status"] == "SUCCESSFUL"
    assert house.rollout()["alarms"]["status"] == "DISABLED"


def test_missing_data_and_alarms_of_others_do_not_matter(house: House) -> None:
    house.update(taskDefinition=house.register())
    house.wait(25)
    house.cloud.set_alarm("5xx", "INSUFFICIENT_DATA")
    house.cloud.set_alarm("another")
    house.wait(150)

    assert house.rollout()["status"] == "SUCCESSFUL"


def test_composite_alarms_are_described_on_request_only(house: House) -> None:
    house.cloud.set_alarm("both", composite=True)

    assert _names() == ["5xx", "slow"]
    assert _names(AlarmNames=["both"]) == []
    assert _names(AlarmNames=["both", "5xx"], AlarmTypes=["MetricAlarm", "CompositeAlarm"]) == ["5xx", "both"]
    assert _names(AlarmTypes=["MetricAlarm", "CompositeAlarm"], StateValue="ALARM") == ["both"]
    assert _names(AlarmNamePrefix="sl") == ["slow"]
    first = CLIENT.describe_alarms(MaxRecords=1)
    assert _names(MaxRecords=1, NextToken=first["NextToken"]) == ["slow"]


def test_an_alarm_tells_its_state_and_since_when(house: House) -> None:
    house.wait(60)
    CLIENT.set_alarm_state(AlarmName="5xx", StateValue="ALARM", StateReason="a rehearsal")
    alarm = CLIENT.describe_alarms(AlarmNames=["5xx"])["MetricAlarms"][0]

    assert (alarm["StateValue"], alarm["StateReason"]) == ("ALARM", "a rehearsal")
    assert alarm["StateUpdatedTimestamp"] == house.clock.now()
    assert alarm["AlarmArn"].endswith(":alarm:5xx")


def test_alarms_can_be_made_over_the_api(house: House) -> None:
    measured: dict[str, Any] = {
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 1.0,
    }
    CLIENT.put_metric_alarm(AlarmName="new", **measured)
    CLIENT.put_composite_alarm(AlarmName="newer", AlarmRule='ALARM("new")')
    with pytest.raises(ClientError, match="Unknown alarm") as caught:
        CLIENT.set_alarm_state(AlarmName="nobody", StateValue="OK", StateReason="x")

    assert caught.value.response["Error"]["Code"] == "ResourceNotFound"
    assert _names(AlarmTypes=["MetricAlarm", "CompositeAlarm"]) == ["5xx", "slow", "new", "newer"]


@pytest.mark.parametrize(("tag", "of_a_canary"), [("v2-alarm", "ALARM"), ("v2-alarm-in-service", "OK")])
def test_an_image_lets_the_alarms_fire(house: House, tag: str, of_a_canary: str) -> None:
    house.cloud.set_alarm("5xx", "OK")
    house.canary(tag)
    house.wait(60)
    (alarm,) = CLIENT.describe_alarms(AlarmNames=["5xx"])["MetricAlarms"]
    assert alarm["StateValue"] == of_a_canary
    house.update(taskDefinition=house.register(tag))
    house.wait(60)

    assert _names(AlarmNames=["5xx"], StateValue="ALARM") == ["5xx"]
