"""What a container does that is given a command by RunTask."""

from collections.abc import Iterator
from typing import Any

import pytest

from cage_fsm.sandbox import attach

from .house import ONE_ATTEMPT, SESSION, House

LOGS = SESSION.client("logs", config=ONE_ATTEMPT)


@pytest.fixture
def house_with_logs(house: House) -> Iterator[House]:
    undo = attach(LOGS, house.cloud)
    yield house
    undo()


def run(house: House, *command: str, tag: str = "v2") -> str:
    overrides = {"containerOverrides": [{"name": "web", "command": [*command]}]}
    return str(house.run(house.register(tag), overrides=overrides)["tasks"][0]["taskArn"])


def lines(arn: str) -> list[str]:
    answer = LOGS.get_log_events(logGroupName="/ecs/web", logStreamName=f"web/web/{arn.rpartition('/')[2]}")
    return [event["message"] for event in answer["events"]]


def exit_code(task: dict[str, Any]) -> int | None:
    found: int | None = task["containers"][0].get("exitCode")
    return found


def test_a_script_writes_sleeps_and_exits(house_with_logs: House) -> None:
    house = house_with_logs
    arn = run(house, "sh", "-c", "echo 'it  begins' {0}; sleep 30 && echo ends; exit 7; echo never")
    house.wait(25)
    assert (house.task(arn)["lastStatus"], lines(arn)) == ("RUNNING", ["it  begins {0}"])

    house.wait(40)
    assert (house.task(arn)["lastStatus"], exit_code(house.task(arn))) == ("STOPPED", 7)
    assert lines(arn) == ["it  begins {0}", "ends"]


@pytest.mark.parametrize(
    ("command", "code", "wrote"),
    [
        (("exit 3",), 3, []),
        (("echo", "a", "b"), 0, ["a b"]),
        (("./manage.py", "migrate"), 0, ["web runs the command that it was given"]),
    ],
)
def test_other_commands(
    house_with_logs: House, command: tuple[str, ...], code: int, wrote: list[str]
) -> None:
    arn = run(house_with_logs, *command)
    house_with_logs.wait(60)

    assert (exit_code(house_with_logs.task(arn)), lines(arn)) == (code, wrote)


def test_the_scenario_of_an_image_wins(house_with_logs: House) -> None:
    arn = run(house_with_logs, "exit 0", tag="v2-crash")
    house_with_logs.wait(60)

    assert exit_code(house_with_logs.task(arn)) == 1
    assert lines(arn)[-1] == "KeyError: 'DATABASE_URL'"


def test_a_task_without_a_command_runs_on(house: House) -> None:
    arn = house.canary()
    house.wait(600)

    assert house.task(arn)["lastStatus"] == "RUNNING"
