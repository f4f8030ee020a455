"""Clouds that leave out what AWS's API calls optional, or answer about more than was asked."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from cage_fsm.sandbox import Around, Call, Proceed, Response
from tests.stories.kinds import two_groups, with_sidecars
from tests.stories.stage import Stage, assert_nothing_is_left, operation, without_breaker

Json = dict[str, Any]


def saying(wanted: str, change: Callable[[str], str]) -> Around:
    """A cloud whose answers to one operation are changed, as text."""

    def around(call: Call, proceed: Proceed) -> Response:
        response = proceed()
        if operation(call) != wanted or response.status != 200:
            return response
        return replace(response, body=change(response.body.decode()).encode())

    return around


def leaving_out(wanted: str, *path: str) -> Around:
    """A cloud that leaves a field out of its answers, given by its path through objects and lists."""

    def drop(found: Any, names: tuple[str, ...]) -> None:
        for each in found if isinstance(found, list) else [found]:
            if len(names) == 1:
                each.pop(names[0], None)
            elif names[0] in each:
                drop(each[names[0]], names[1:])

    def change(body: str) -> str:
        answer = json.loads(body)
        drop(answer, path)
        return json.dumps(answer)

    return saying(wanted, change)


def without_tag(name: str) -> Callable[[str], str]:
    """An answer in XML without an element."""
    return lambda body: re.sub(rf"<{name}>.*?</{name}>", "", body, flags=re.DOTALL)


ATTRIBUTES, HEALTH = "DescribeTargetGroupAttributes", "DescribeTargetHealth"
HISTORY = ("ListServiceDeployments", "DescribeServiceDeployments", "DescribeServiceRevisions")
NOT_REGISTERED = "<State>unused</State><Reason>Target.NotRegistered</Reason>"
DENIED = Response(400, {}, b'{"__type": "AccessDeniedException", "message": "no"}')
DENIED_XML = Response(
    403, {}, b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
)
LATE = timedelta(seconds=45)
BROKEN = Response(500, {}, b"<html>")


def refusing(response: Response, *operations: str) -> Around:
    """A cloud that answers some operations with this alone."""
    return lambda call, proceed: response if operation(call) in operations else proceed()


def both(one: Around, other: Around) -> Around:
    """A cloud with two peculiarities."""
    return lambda call, proceed: one(call, lambda: other(call, proceed))


def ignoring(wanted: str, filter_name: str) -> Around:
    """A cloud that answers about everything, whatever was asked for."""

    def around(call: Call, proceed: Proceed) -> Response:
        if call.operation == wanted:
            call.params.pop(filter_name, None)
        return proceed()

    return around


def empty_when_gone(body: str) -> str:
    return without_tag("member")(body) if "NotRegistered" in body else body


GOOD: dict[str, Around] = {
    "no taskArn": leaving_out("DescribeTasks", "tasks", "taskArn"),
    "RunTask without taskArn": leaving_out("RunTask", "tasks", "taskArn"),
    "no arn in the history": leaving_out(
        "ListServiceDeployments", "serviceDeployments", "serviceDeploymentArn"
    ),
    "no status in the history": leaving_out("DescribeServiceDeployments", "serviceDeployments", "status"),
    "no status of the service": leaving_out("DescribeServices", "services", "status"),
    "no status of deployments": leaving_out("DescribeServices", "services", "deployments", "status"),
    "no deployments": leaving_out("DescribeServices", "services", "deployments"),
    "no deployments, no history": both(
        leaving_out("DescribeServices", "services", "deployments"), refusing(DENIED, *HISTORY)
    ),
    "no health of containers": leaving_out("DescribeTasks", "tasks", "containers", "healthStatus"),
    "attributes without keys": saying(ATTRIBUTES, without_tag("Key")),
    "attributes without values": saying(ATTRIBUTES, without_tag("Value")),
    "no attributes": saying(ATTRIBUTES, without_tag("Attributes")),
    "attributes denied": refusing(DENIED_XML, ATTRIBUTES),
    "attributes broken": refusing(BROKEN, ATTRIBUTES),
    "revisions denied": refusing(DENIED, "DescribeTaskDefinition"),
    "gone is unused": saying(HEALTH, without_tag("Reason")),
    "gone is unavailable": saying(
        HEALTH, lambda body: body.replace(NOT_REGISTERED, NOT_REGISTERED.replace("unused", "unavailable"))
    ),
    "gone is not listed": saying(HEALTH, empty_when_gone),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_not_needed_may_be_missing(name: str) -> None:
    stage = Stage(around=GOOD[name])
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("tag", ["State", "DescribeTargetHealthResult", "member"])
def test_a_canary_of_which_a_target_group_says_nothing_is_never_healthy_and_always_released(tag: str) -> None:
    stage = Stage(around=saying(HEALTH, without_tag(tag)))
    stage.rollout(durations={"healthy": 60.0, "drain": 10.0})

    assert stage.outcome in {("failed", 1), ("needs_operator", 4)}
    assert stage.calls("UpdateService") == []
    stage.pass_time(minutes=10)
    assert stage.left.left == ()


@pytest.mark.parametrize(("tag", "end"), [("v2", "succeeded"), ("v2-unhealthy-target", "failed")])
def test_a_target_is_chosen_among_all_of_its_group(tag: str, end: str) -> None:
    stage = Stage(tag, around=ignoring(HEALTH, "Targets"))
    stage.rollout()

    assert stage.outcome[0] == end
    assert_nothing_is_left(stage)


def test_a_task_of_the_service_is_never_taken_for_the_canary() -> None:
    def around(call: Call, proceed: Proceed) -> Response:
        if call.operation == "RunTask":
            raise ReadTimeoutError(endpoint_url="https://ecs")
        return ignoring("ListTasks", "startedBy")(call, proceed)

    stage = Stage(around=around)
    stage.rollout()

    assert stage.outcome[0] == "failed"
    assert [call for call in stage.calls("StopTask") if not call.params["task"].endswith("0" * 32)] == []


@pytest.mark.parametrize(
    "path",
    [
        ("serviceArn",),
        ("serviceName",),
        ("clusterArn",),
        ("taskDefinition",),
        ("loadBalancers", "targetGroupArn"),
        ("loadBalancers", "containerName"),
        ("loadBalancers", "containerPort"),
    ],
)
def test_what_no_rollout_can_do_without_is_named(path: tuple[str, ...]) -> None:
    stage = Stage(around=leaving_out("DescribeServices", "services", *path))
    stage.rollout()

    assert stage.outcome == ("refused", 1)
    assert stage.reason.startswith("DescribeServices does not show ")
    assert path[-1] in stage.reason


def test_canaries_that_may_not_be_listed_are_a_refusal_that_says_what_to_allow() -> None:
    stage = Stage(around=refusing(DENIED, "ListTasks"))
    stage.rollout()

    assert stage.outcome == ("refused", 1)
    assert "allow ecs:ListTasks and ecs:DescribeTasks. AWS says AccessDeniedException" in stage.reason


def test_a_bad_deployment_is_found_by_its_tasks_where_nothing_else_shows() -> None:
    around = both(leaving_out("DescribeServices", "services", "deployments"), refusing(DENIED, *HISTORY))
    stage = Stage("v2-bad-in-service", around=around, service=without_breaker)
    stage.rollout()

    assert stage.outcome == ("rolled_back", 3)
    assert_nothing_is_left(stage)


def test_a_history_that_may_not_be_read_is_asked_for_once_a_state() -> None:
    asked = []

    def around(call: Call, proceed: Proceed) -> Response:
        if call.operation != "DescribeServiceRevisions":
            return proceed()
        asked.append(call)
        return DENIED

    stage = Stage(around=around)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert len(asked) <= 3


def test_of_a_long_history_only_the_newest_deployments_are_looked_at() -> None:
    def repeated(body: str) -> str:
        answer = json.loads(body)
        answer["serviceDeployments"] = [answer["serviceDeployments"][-1]] * 50
        return json.dumps(answer)

    stage = Stage(around=saying("ListServiceDeployments", repeated))
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert len(stage.calls("DescribeServiceRevisions")) <= 5 * len(stage.calls("ListServiceDeployments"))


def test_a_deployment_that_shows_late_is_waited_for() -> None:
    sent: list[datetime] = []
    shown: list[Response] = []

    def around(call: Call, proceed: Proceed) -> Response:
        if call.operation in HISTORY:
            return DENIED
        if call.operation == "UpdateService":
            sent.append(stage.clock.now())
        if call.operation != "DescribeServices" or (sent and stage.clock.now() - sent[0] > LATE):
            return proceed()
        shown[:] = shown if sent else [proceed()]
        return shown[0]

    stage = Stage(around=around)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert stage.sent_to("web:2") == 1
    assert_nothing_is_left(stage)


def test_load_balancers_that_change_while_another_deployment_is_waited_for_are_asked_for_again() -> None:
    looks = []

    def first_with_one(body: str) -> str:
        looks.append(body)
        answer = json.loads(body)
        if len(looks) == 1:
            del answer["services"][0]["loadBalancers"][1:]
        return json.dumps(answer)

    stage = Stage(service=two_groups, definition=with_sidecars)
    stage.cloud.update_service("demo", "web", forceNewDeployment=True)
    stage.around = saying("DescribeServices", first_with_one)
    stage.rollout(durations={"wait": 900.0})

    assert stage.outcome == ("succeeded", 0)
    assert len(stage.facts.targets) == 2
