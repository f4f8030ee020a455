"""The closed list of faults."""

import contextlib

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from cage_fsm.sandbox import SCENARIOS, Cloud
from cage_fsm.sandbox.scenarios import of_image

from .conftest import Build
from .house import House, VirtualClock


@pytest.mark.parametrize("by_tag", [True, False], ids=["by image tag", "by cloud"])
@pytest.mark.parametrize(
    ("scenario", "code", "reason", "exit_code"),
    [
        ("bad-image", "TaskFailedToStart", "CannotPullContainerError: pull image manifest has been", None),
        ("secrets-unreadable", "TaskFailedToStart", "ResourceInitializationError: unable to pull secr", None),
        ("crash", "EssentialContainerExited", "Essential container in task exited", 1),
        ("exit-137", "EssentialContainerExited", "Essential container in task exited", 137),
        ("dies-later", "EssentialContainerExited", "Essential container in task exited", 1),
    ],
)
def test_a_task_stops_as_its_scenario_says(
    build: Build, scenario: str, code: str, reason: str, exit_code: int | None, *, by_tag: bool
) -> None:
    house = build() if by_tag else build(scenario)
    arn = house.canary(f"v2-{scenario}" if by_tag else "v2")
    house.wait(20 + 60 + 10)

    task = house.task(arn)
    container = task["containers"][0]
    assert (task["lastStatus"], task["desiredStatus"], task["stopCode"]) == ("STOPPED", "STOPPED", code)
    assert task["stoppedReason"].startswith(reason)
    assert container.get("exitCode") == exit_code
    assert ("startedAt" in task) == (exit_code is not None)
    if exit_code == 137:
        assert container["reason"] == "OutOfMemoryError: Container killed due to memory usage"


def test_a_scenario_of_the_cloud_spares_the_version_that_runs(build: Build) -> None:
    house = build("crash")
    house.wait(600)

    assert house.web()["runningCount"] == 2
    assert not [event for event in house.web()["events"] if "started" in event["message"]]


def test_an_image_called_healthy_is_spared_too(build: Build) -> None:
    house = build("crash")
    arn = house.canary("v2-healthy")
    house.wait(600)

    assert house.task(arn)["lastStatus"] == "RUNNING"


def test_dies_later_is_healthy_first(house: House) -> None:
    arn = house.canary("dies-later")
    house.wait(79)
    assert house.task(arn)["healthStatus"] == "HEALTHY"
    house.wait(2)

    assert house.task(arn)["desiredStatus"] == "STOPPED"


@pytest.mark.parametrize(
    ("tag", "scenario"),
    [
        ("crash", "crash"),
        ("v2-crash", "crash"),
        ("v2-dies-later", "dies-later"),
        ("v2-unhealthy-container", "unhealthy-container"),
        ("crash-v2", None),
        ("throttling", None),
        ("previous", None),
        ("v2@sha256:" + "0" * 64, None),
    ],
)
def test_a_tag_names_a_scenario_by_its_end(tag: str, scenario: str | None) -> None:
    assert of_image(f"localhost:5000/team/web:{tag}") == scenario


def test_scenarios_combine_and_an_unknown_one_is_named() -> None:
    cloud = Cloud(VirtualClock(), scenario="lag, throttling")

    assert cloud.world.scenarios == {"lag", "throttling"}
    with pytest.raises(ValueError, match="no scenario is called 'boom'; there are healthy, throttling"):
        Cloud(VirtualClock(), scenario="boom")
    assert all(scenario.line for scenario in SCENARIOS.values())


@pytest.mark.parametrize(
    ("scenario", "code", "few", "many"),
    [
        ("throttling", "ThrottlingException", 20, 40),
        ("server-errors", "ServerException", 3, 20),
        ("resets", "dropped", 3, 20),
    ],
)
def test_a_share_of_the_calls_fails(build: Build, scenario: str, code: str, few: int, many: int) -> None:
    house = build(scenario)
    for _ in range(100):
        with contextlib.suppress(ClientError, ConnectionClosedError):
            house.web()

    failed = [call for call in house.cloud.calls if call.outcome == code]
    assert few <= len(failed) <= many
    assert {call.outcome for call in house.cloud.calls} == {"ok", code}


def test_faults_are_the_same_for_the_same_seed(build: Build) -> None:
    def outcomes(seed: int) -> list[str]:
        house = build("throttling", seed=seed)
        for _ in range(30):
            with contextlib.suppress(ClientError):
                house.web()
        return [call.outcome for call in house.cloud.calls]

    assert outcomes(1) == outcomes(1)
    assert outcomes(1) != outcomes(2)


def test_a_lost_answer_comes_after_the_effect(build: Build) -> None:
    house = build("lost-answers")
    with pytest.raises(ReadTimeoutError):
        house.register()
    definition = house.register()
    assert definition.endswith(":3")
    with pytest.raises(ReadTimeoutError):
        house.run(definition, clientToken="t-1")

    arn = house.run(definition, clientToken="t-1")["tasks"][0]["taskArn"]

    assert house.ecs.list_tasks(cluster="demo", startedBy="cage-fsm/1")["taskArns"] == [arn]


def test_service_deployments_may_be_denied(build: Build) -> None:
    house = build("denied-deployments")

    with pytest.raises(ClientError, match="not authorized to perform: ecs:ListServiceDeployments") as caught:
        house.rollout()

    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    assert house.web()["deployments"]


def test_cleaning_up_may_be_denied(build: Build) -> None:
    house = build("denied-cleanup")
    arn = house.canary()
    house.wait(2)
    for call, words in (
        (lambda: house.ecs.stop_task(cluster="demo", task=arn), "ecs:StopTask"),
        (lambda: house.dismiss("10.0.0.10"), "elasticloadbalancing:DeregisterTargets"),
    ):
        with pytest.raises(ClientError, match=f"not authorized to perform: {words}") as caught:
            call()
        assert caught.value.response["Error"]["Code"].startswith("AccessDenied")

    assert house.task(arn)["desiredStatus"] == "RUNNING"
