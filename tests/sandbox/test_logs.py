"""What containers write, as CloudWatch Logs gives it back."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cage_fsm.sandbox import attach

from .conftest import Build
from .house import ONE_ATTEMPT, SESSION, House

CLIENT = SESSION.client("logs", config=ONE_ATTEMPT)
Lines = Callable[..., list[str]]


@pytest.fixture
def lines(house: House) -> Iterator[Lines]:
    undo = attach(CLIENT, house.cloud)

    def read(arn: str, **more: Any) -> list[str]:
        stream = f"web/web/{arn.rsplit('/', 1)[1]}"
        answer = CLIENT.get_log_events(logGroupName="/ecs/web", logStreamName=stream, **more)
        return [event["message"] for event in answer["events"]]

    yield read
    undo()


@pytest.mark.parametrize(
    ("tag", "last"),
    [
        ("v2", "listening on :8080"),
        ("v2-crash", "KeyError: 'DATABASE_URL'"),
        ("v2-exit-137", "loading the index into memory: 87 %"),
        ("v2-wrong-architecture", "exec /usr/local/bin/web: exec format error"),
        (
            "v2-unhealthy-container",
            "health check failed: dial tcp 127.0.0.1:5432: connect: connection refused",
        ),
        ("v2-unhealthy-target", "GET /healthz 503 database is not migrated"),
        ("v2-redirect", "GET /healthz 301 Location: https://localhost/healthz"),
        ("v2-port-not-listening", "listening on 127.0.0.1:3000"),
        ("v2-dies-later", "exit status 1"),
    ],
)
def test_a_failing_container_says_why(house: House, lines: Lines, tag: str, last: str) -> None:
    arn = house.canary(tag)
    house.wait(90)

    assert lines(arn)[-1] == last


def test_the_newest_events_come_first_to_hand_and_pages_lead_back(house: House, lines: Lines) -> None:
    arn = house.canary("v2-crash")
    house.wait(90)
    stream = {"logGroupName": "/ecs/web", "logStreamName": f"web/web/{arn.rsplit('/', 1)[1]}"}
    everything = lines(arn)
    newest = CLIENT.get_log_events(**stream, limit=2)
    before = CLIENT.get_log_events(**stream, limit=2, nextToken=newest["nextBackwardToken"])
    after = CLIENT.get_log_events(**stream, limit=2, nextToken=newest["nextForwardToken"])

    assert [event["message"] for event in newest["events"]] == everything[-2:]
    assert [event["message"] for event in before["events"]] == everything[-4:-2]
    assert (after["events"], after["nextForwardToken"]) == ([], newest["nextForwardToken"])
    assert lines(arn, limit=1, startFromHead=True) == everything[:1]
    assert newest["events"][-1]["timestamp"] > newest["events"][0]["timestamp"] - 1
    assert lines(arn, startTime=newest["events"][-1]["timestamp"]) == everything[2:]


def test_a_task_that_never_started_has_no_stream(house: House, lines: Lines) -> None:
    arn = house.canary("v2-bad-image")
    house.wait(40)

    with pytest.raises(ClientError, match="The specified log stream does not exist") as caught:
        lines(arn)

    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    with pytest.raises(ClientError, match="The specified log group does not exist"):
        CLIENT.get_log_events(logGroupName="/ecs/other", logStreamName="x")


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("throttled-everything", "Rate exceeded"),
        ("denied-logs", "not authorized to perform: logs:GetLogEvents"),
    ],
)
def test_logs_may_be_out_of_reach(build: Build, scenario: str, words: str) -> None:
    undo = attach(CLIENT, build(scenario).cloud)
    with pytest.raises(ClientError, match=words):
        CLIENT.get_log_events(logGroupName="/ecs/web", logStreamName="x")
    undo()
