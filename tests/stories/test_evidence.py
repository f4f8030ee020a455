"""What is found when a run fails, while it can be found; nothing of it holds up the release."""

from dataclasses import replace
from typing import Any

import pytest

from cage_fsm.aws.logs import Logs
from cage_fsm.report.cause import deciding_step, evidence_of, explanation
from cage_fsm.report.failure import failure_lines
from tests.stories.stage import ROLLOUT, Stage, assert_nothing_is_left, plain

SECRET = "hunter2-0xC0FFEE"


def evidence(stage: Stage) -> dict[str, Any]:
    """What the verdict that decided was judged on, and what was found besides."""
    assert stage.record
    found = evidence_of(stage.record, deciding_step(stage.record, ROLLOUT))
    assert found
    return dict(found.seen)


def known_as(stage: Stage) -> str | None:
    """By which row of the table the cause is known."""
    assert stage.record
    step = deciding_step(stage.record, ROLLOUT)
    assert step
    return explanation(stage.record, step).known_as


def written(stage: Stage) -> list[tuple[float, str]]:
    """The log stream of the canary; what is added to it is the newest."""
    return stage.cloud.world.logs["/ecs/web"][f"web/web/{stage.canary.id}"]


def logging(**changes: Any) -> Any:
    """A change of the container's log configuration; None takes it away."""

    def change(definition: dict[str, Any]) -> dict[str, Any]:
        (web,) = definition["containerDefinitions"]
        options = web["logConfiguration"]["options"]
        for name, value in changes.items():
            options.pop(f"awslogs-{name.replace('_', '-')}", None)
            if value:
                options[f"awslogs-{name.replace('_', '-')}"] = value
        return definition

    return change


@pytest.mark.parametrize(
    ("fault", "row"),
    [
        ("bad-image", "image-not-found"),
        ("no-manifest", "image-platform"),
        ("no-route", "image-no-route"),
        ("pull-denied", "image-denied"),
        ("secrets-unreadable", "secret-denied"),
        ("role-not-assumable", "role-not-assumable"),
        ("eni-shortage", "interface-unavailable"),
        ("no-capacity", "fargate-capacity"),
        ("quota", "quota"),
        ("crash", "exits"),
        ("exit-137", "out-of-memory"),
        ("wrong-architecture", "exec-format"),
        ("unhealthy-container", "container-unhealthy"),
        ("unhealthy-target", "target-fails"),
        ("target-timeout", "target-times-out"),
        ("redirect", "target-redirects"),
        ("port-not-listening", "target-no-connection"),
        ("bad-in-service", "exits"),
    ],
)
def test_the_cause_of_a_fault_is_known(fault: str, row: str) -> None:
    stage = Stage(f"v2-{fault}")
    stage.rollout()

    assert known_as(stage) == row


def test_a_crash_shows_what_the_container_wrote_last_without_its_secrets() -> None:
    def secretive(definition: dict[str, Any]) -> dict[str, Any]:
        (web,) = definition["containerDefinitions"]
        web["environment"].append({"name": "DATABASE_PASSWORD", "value": SECRET})
        return definition

    stage = Stage("v2-crash", definition=secretive)
    runner, run = stage.at("launching_canary")
    stage.pass_time(seconds=60)
    written(stage).extend([(0.0, f"login with {SECRET} refused"), (0.0, "x" * 5000), (0.0, "\x1b[2J")])
    stage.drive(runner, run)
    found = evidence(stage)

    assert found["containers"] == ["web: STOPPED, health UNKNOWN, exit code 1"]
    assert found["log"]["lines"][-4:] == [
        "KeyError: 'DATABASE_URL'",
        "login with [redacted] refused",
        "x" * 300,
        "\x1b[2J",
    ]
    assert not [write.key for write in stage.store.writes if SECRET in write.text]
    assert stage.record
    assert "\x1b" not in "".join(failure_lines(stage.record, definition=ROLLOUT))


def test_of_a_long_log_the_last_twenty_lines_are_kept() -> None:
    stage = Stage("v2-crash")
    runner, run = stage.at("launching_canary")
    stage.pass_time(seconds=60)
    written(stage).extend((0.0, f"{number} a\n{number} b") for number in range(40))
    stage.drive(runner, run)

    kept = evidence(stage)["log"]["lines"]
    assert len(kept) == 20
    assert (kept[0], kept[-1]) == ("30 a", "39 b")


@pytest.mark.parametrize(
    ("definition", "scenario", "why"),
    [
        (logging(), "denied-logs", "AccessDenied"),
        (lambda definition: _with_driver(definition, None), "healthy", "it has no log driver"),
        (
            lambda definition: _with_driver(definition, "awsfirelens"),
            "healthy",
            "is awsfirelens, not awslogs",
        ),
    ],
)
def test_a_log_that_cannot_be_read_is_said_in_a_line(definition: Any, scenario: str, why: str) -> None:
    stage = Stage("v2-crash", scenario=scenario, definition=definition)
    stage.rollout()

    assert stage.outcome == ("failed", 1)
    assert why in evidence(stage)["log"]["not_read"]
    assert known_as(stage) == "exits"
    assert_nothing_is_left(stage)


def test_a_log_is_looked_for_where_its_configuration_says() -> None:
    asked = list[tuple[object, ...]]()

    class Elsewhere(Logs):
        def newest(self, *where: Any) -> list[str]:
            asked.append(where)
            return ["from afar"]

    stage = Stage("v2-crash", definition=logging(region="eu-west-1"))
    stage.aws = replace(stage.aws, logs=Elsewhere(None, None))
    stage.rollout()

    assert asked == [("eu-west-1", "/ecs/web", f"web/web/{stage.canary.id}", 50)]
    assert evidence(stage)["log"]["lines"] == ["from afar"]


def test_a_stream_without_a_prefix_has_the_name_of_the_container() -> None:
    stage = Stage("v2-crash", definition=logging(stream_prefix=None))
    stage.rollout()

    assert evidence(stage)["log"]["lines"][-1] == "KeyError: 'DATABASE_URL'"


def test_a_container_that_never_ran_is_not_asked_for_its_log() -> None:
    stage = Stage("v2-bad-image")
    stage.rollout()

    assert "log" not in evidence(stage)
    assert stage.calls("GetLogEvents") == []


def test_a_stream_that_is_not_there_yet_is_said_as_well() -> None:
    stage = Stage("v2-crash")
    gone = "The specified log stream does not exist."
    stage.cloud.fail_next("GetLogEvents", "ResourceNotFoundException", message=gone)
    stage.rollout()

    assert evidence(stage)["log"]["not_read"] == f"ResourceNotFoundException: {gone}"


@pytest.mark.parametrize("code", ["ThrottlingException", "ServiceUnavailable"])
def test_logs_that_do_not_answer_do_not_hold_up_the_release(code: str) -> None:
    quick = Stage("v2-crash")
    quick.rollout()
    slow = Stage("v2-crash")
    slow.cloud.fail_next("GetLogEvents", code, times=99)
    slow.rollout()

    assert slow.outcome == ("failed", 1)
    assert "GetLogEvents" in evidence(slow)["not_answered"]
    assert known_as(slow) == "exits"
    assert _released_after(slow) == _released_after(quick)


def test_an_answer_that_nobody_expected_costs_its_evidence_and_nothing_else() -> None:
    class Odd(Logs):
        def newest(self, *_: Any) -> list[str]:
            raise TypeError

    stage = Stage("v2-crash")
    stage.aws = replace(stage.aws, logs=Odd(None, None))
    stage.rollout()

    assert stage.outcome == ("failed", 1)
    assert "log" not in evidence(stage)
    assert_nothing_is_left(stage)


def test_the_first_call_without_an_answer_ends_the_asking() -> None:
    stage = Stage("v2-crash")
    runner, run = stage.at("launching_canary")
    stage.cloud.fail_next("DescribeTaskDefinition", "ServerException", times=9)
    stage.drive(runner, run)

    assert "DescribeTaskDefinition" in evidence(stage)["not_answered"]
    assert stage.calls("GetLogEvents") == []
    assert_nothing_is_left(stage)


def test_a_deployment_that_fails_shows_a_stopped_task_its_log_and_the_events() -> None:
    stage = Stage("v2-bad-in-service")
    stage.rollout()
    found = evidence(stage)

    assert stage.outcome == ("rolled_back", 3)
    assert all(
        "EssentialContainerExited" in line and "exit code 1" in line for line in found["stopped_tasks"]
    )
    assert 1 <= len(found["stopped_tasks"]) <= 3
    assert found["log"]["lines"][-1] == 'ConnectionError: too many connections for role "web"'
    assert not [event for event in found.get("events", []) if "steady state" in event]


def test_a_deployment_without_room_shows_the_service_events_since_the_run_began() -> None:
    stage = Stage(service=plain)
    runner, run = stage.at("updating_service", durations={"stable": 120.0})
    stage.cloud.world.scenarios = frozenset({"no-capacity"})
    stage.drive(runner, run)

    assert any("Capacity is unavailable" in event for event in evidence(stage)["events"])
    assert known_as(stage) == "fargate-capacity"


def test_a_passed_deadline_has_evidence_of_the_canary() -> None:
    stage = Stage()
    runner, run = stage.start(durations={"launch": 5.0})
    stage.drive(runner, run)

    assert stage.reason.startswith("No verdict within 5s")
    assert evidence(stage)["containers"][0].startswith("web: ")


def test_of_an_interrupted_run_nothing_is_asked_and_no_cause_is_invented() -> None:
    stage = Stage("v2-crash")
    runner, run = stage.at("launching_canary")
    stage.pass_time(seconds=60)
    run.signals = 1
    stage.drive(runner, run)

    assert stage.outcome == ("interrupted", 130)
    assert stage.calls("GetLogEvents") == []
    assert known_as(stage) is None


def _with_driver(definition: dict[str, Any], driver: str | None) -> dict[str, Any]:
    (web,) = definition["containerDefinitions"]
    web["logConfiguration"] = {"logDriver": driver} if driver else None
    return definition


def _released_after(stage: Stage) -> float:
    history = stage.runs[0].history
    failed = next(step.at for step in history if step.trigger == "failed")
    return (history[-1].at - failed).total_seconds()
