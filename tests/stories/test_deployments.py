"""Our deployment of the service, judged truthfully whatever becomes of it, and with whatever AWS shows."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cage_fsm.sandbox import Around, Call, Proceed, Response, Timings
from tests.stories.stage import Stage, assert_nothing_is_left, without_breaker

Json = dict[str, Any]


def without_rollback(service: Json) -> Json:
    """A circuit breaker that only stops."""
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    return service | {"deploymentConfiguration": service["deploymentConfiguration"] | breaker}


def with_alarm(*, rollback: bool) -> Callable[[Json], Json]:
    def change(service: Json) -> Json:
        alarms = {"alarmNames": ["errors"], "enable": True, "rollback": rollback}
        return service | {"deploymentConfiguration": service["deploymentConfiguration"] | {"alarms": alarms}}

    return change


def showing(change: Callable[[Json], None], unknown: Response | None = None) -> Around:
    """A cloud that shows each entry of a service's `deployments` changed.

    `unknown`: how it answers to what asks for the history of a service, when it has none.
    """

    def around(call: Call, proceed: Proceed) -> Response:
        if unknown and "ServiceDeployments" in call.operation:
            return unknown
        response = proceed()
        if call.operation != "DescribeServices" or response.status != 200:
            return response
        answer = json.loads(response.body)
        for entry in answer["services"][0]["deployments"]:
            change(entry)
        return replace(response, body=json.dumps(answer).encode())

    return around


def of_service_tasks(change: Callable[[Json], None]) -> Around:
    """A cloud that shows each container of the service's tasks changed."""

    def around(call: Call, proceed: Proceed) -> Response:
        response = proceed()
        if call.operation != "DescribeTasks" or response.status != 200:
            return response
        answer = json.loads(response.body)
        for task in answer["tasks"]:
            if task["group"].startswith("service:"):
                for container in task["containers"]:
                    change(container)
        return replace(response, body=json.dumps(answer).encode())

    return around


UNKNOWN = Response(400, {}, b'{"__type": "UnknownOperationException"}')
NOT_IMPLEMENTED = Response(501, {}, b"")
BROKEN = Response(500, {}, b"<html>")


def evidence(stage: Stage, rule: str) -> Json:
    """What the record keeps of the verdict by this rule."""
    return next(dict(each.seen) for each in stage.runs[0].evidence if each.seen.get("rule") == rule)


def moves(stage: Stage, state: str) -> timedelta:
    """How long after UpdateService a state was entered."""
    at = {step.to: step.at for step in reversed(stage.runs[0].history)}
    return at[state] - at["updating_service"]


class TestAnImageThatMoves:
    def test_fails_the_rollout_by_name_as_soon_as_the_service_runs_it(self) -> None:
        stage = Stage(deregistration_delay=300)
        runner, run = stage.at("updating_service")
        tested = stage.cloud.digest("web:v2")
        moved = stage.cloud.move_tag("web", "v2")
        stage.drive(runner, run)

        seen = evidence(stage, "image_moved")
        assert stage.outcome == ("rolled_back", 3)
        assert stage.revision == "web:1"
        assert stage.reason.startswith(
            "Image 123456789012.dkr.ecr.us-east-1.amazonaws.com/web:v2 of container web"
        )
        assert (seen["tested_digest"], seen["service_digest"]) == (tested, moved)
        assert moves(stage, "rolling_back") < timedelta(seconds=60)
        assert_nothing_is_left(stage)

    def test_is_left_with_keep_failing(self) -> None:
        stage = Stage()
        runner, run = stage.at("updating_service", keep_failing=True)
        stage.cloud.move_tag("web", "v2")
        stage.drive(runner, run)

        assert stage.outcome == ("left_failing", 4)
        assert stage.revision == "web:2"
        assert evidence(stage, "image_moved")

    def test_is_found_in_the_last_task_too(self) -> None:
        stage = Stage(service=lambda service: service | {"desiredCount": 1})
        runner, run = stage.at("stabilizing_service")
        assert run.record.facts["images_compared"]
        stage.cloud.move_tag("web", "v2")
        stage.cloud.scale("demo", "web", 2)
        stage.drive(runner, run)

        assert stage.outcome == ("rolled_back", 3)
        assert evidence(stage, "image_moved")

    @pytest.mark.parametrize("moves", [True, False])
    def test_is_found_where_ecs_shows_what_it_resolved_the_tag_to(self, *, moves: bool) -> None:
        def resolved(container: Json) -> None:
            container["image"] += f"@{container['imageDigest']}"

        stage = Stage(around=of_service_tasks(resolved))
        runner, run = stage.at("updating_service")
        if moves:
            stage.cloud.move_tag("web", "v2")
        stage.drive(runner, run)

        assert stage.outcome == (("rolled_back", 3) if moves else ("succeeded", 0))

    def test_is_none_that_the_task_definition_names_by_its_digest(self) -> None:
        def pinned(definition: Json) -> Json:
            (web,) = definition["containerDefinitions"]
            image = f"{web['image']}@sha256:{'a' * 64}"
            return definition | {"containerDefinitions": [web | {"image": image}]}

        def of_another_platform(container: Json) -> None:
            container["imageDigest"] = f"sha256:{'b' * 64}"

        stage = Stage(definition=pinned, around=of_service_tasks(of_another_platform))
        stage.rollout()

        assert stage.outcome == ("succeeded", 0)

    def test_cannot_be_found_where_tasks_may_not_be_listed_and_that_is_no_failure(self) -> None:
        def around(call: Call, proceed: Proceed) -> Response:
            if call.operation == "ListTasks" and "serviceName" in call.params:
                return Response(400, {}, json.dumps({"__type": "AccessDeniedException"}).encode())
            return proceed()

        stage = Stage(around=around)
        stage.rollout()

        assert stage.outcome == ("succeeded", 0)
        kept = evidence(stage, "deployment_successful")
        assert kept["images"] == "No digest of an image could be compared."
        assert kept["images_as_tested"] == 0


class TestWhatEndsADeployment:
    @pytest.mark.parametrize(
        ("service", "keep_failing", "outcome", "rule"),
        [
            (with_alarm(rollback=True), False, ("rolled_back", 3), "deployment_rolled_back"),
            (with_alarm(rollback=False), False, ("rolled_back", 3), "deployment_failed"),
            (with_alarm(rollback=False), True, ("left_failing", 4), "deployment_failed"),
        ],
    )
    def test_an_alarm_is_named(
        self, service: Callable[[Json], Json], keep_failing: bool, outcome: tuple[str, int], rule: str
    ) -> None:
        stage = Stage(service=service)
        stage.cloud.set_alarm("errors", "OK")
        runner, run = stage.at("detaching_canary", keep_failing=keep_failing)
        stage.pass_time(seconds=3)
        stage.cloud.set_alarm("errors", "ALARM")
        stage.drive(runner, run)

        assert stage.outcome == outcome
        assert "because alarm errors went off" in stage.reason
        assert evidence(stage, rule)["triggered_alarms"] == ["errors"]
        assert_nothing_is_left(stage)

    @pytest.mark.parametrize(
        ("keep_failing", "outcome"), [(False, ("rolled_back", 3)), (True, ("left_failing", 4))]
    )
    def test_a_breaker_that_does_not_roll_back_leaves_that_to_us(
        self, keep_failing: bool, outcome: tuple[str, int]
    ) -> None:
        stage = Stage("v2-bad-in-service", service=without_rollback)
        stage.rollout(keep_failing=keep_failing)

        assert stage.outcome == outcome
        assert stage.reason.startswith("Our deployment failed because its circuit breaker opened")
        assert evidence(stage, "deployment_failed")["circuit_breaker"] == "TRIGGERED"
        assert_nothing_is_left(stage)

    def test_a_breaker_s_rollback_is_no_revision_left_failing_though_the_history_is_denied(self) -> None:
        stage = Stage("v2-bad-in-service", scenario="denied-deployments")
        stage.rollout(keep_failing=True)

        assert stage.outcome == ("rolled_back", 3)
        assert stage.revision == "web:1"

    def test_somebody_stops_it(self) -> None:
        stage = Stage()
        runner, run = stage.at("detaching_canary")
        stage.pass_time(seconds=3)
        ecs: Any = stage.aws.ecs
        ecs._client.stop_service_deployment(serviceDeploymentArn=stage.service.rollouts[0].arn)
        stage.drive(runner, run)

        assert stage.outcome == ("rolled_back", 3)
        assert stage.reason == "ECS was asked to roll our deployment back."
        assert stage.revision == "web:1"

    def test_no_place_for_its_tasks_is_named_and_fails_it_in_the_end(self) -> None:
        stage = Stage(pace=Timings(placement_retry=1000), deregistration_delay=30)
        runner, run = stage.at("updating_service")
        stage.cloud.world.scenarios = frozenset({"no-capacity"})
        stage.drive(runner, run)

        assert stage.outcome == ("rolled_back", 3)
        assert stage.reason.startswith("Our deployment is stuck: no task found a place for ")
        assert "was unable to place a task" in str(evidence(stage, "stuck_placing")["event"])
        assert any("ECS says: (service web) was unable to place" in event.words for event in stage.events)
        assert moves(stage, "rolling_back") < timedelta(seconds=360)
        assert_nothing_is_left(stage)

    def test_a_place_that_is_found_late_makes_it_go_on(self) -> None:
        stage = Stage(pace=Timings(placement_retry=240), deregistration_delay=30)
        runner, run = stage.at("updating_service")
        stage.cloud.world.scenarios = frozenset({"no-capacity"})
        stage.until(runner, run, "stabilizing_service")
        stage.cloud.world.scenarios = frozenset()
        stage.drive(runner, run)

        assert stage.outcome == ("succeeded", 0)

    def test_tasks_that_fail_are_counted_though_ecs_counts_none(self) -> None:
        forgetful = showing(lambda entry: entry.update(failedTasks=0))
        stage = Stage(
            "v2-bad-in-service", service=without_breaker, around=forgetful, deregistration_delay=300
        )
        stage.rollout()

        assert stage.outcome == ("rolled_back", 3)
        assert stage.reason.endswith("One of them: Essential container in task exited; web exited with 1")
        assert evidence(stage, "tasks_failing")["failed"] >= 3
        assert moves(stage, "rolling_back") < timedelta(seconds=120)
        assert_nothing_is_left(stage)


class TestWhatAnOlderCloudShows:
    @pytest.mark.parametrize(
        "change",
        [
            lambda entry: entry.pop("rolloutState"),
            lambda entry: entry.update(rolloutState="IN_PROGRESS"),
            lambda entry: [entry.pop(name) for name in ("rolloutState", "failedTasks", "createdAt", "id")],
        ],
        ids=["no rollout state", "in progress for ever", "hardly anything"],
    )
    @pytest.mark.parametrize(
        ("tag", "outcome"), [("v2", ("succeeded", 0)), ("v2-bad-in-service", ("rolled_back", 3))]
    )
    def test_is_enough_to_tell_good_from_bad(
        self, change: Callable[[Json], None], tag: str, outcome: tuple[str, int]
    ) -> None:
        stage = Stage(tag, service=without_breaker, around=showing(change, UNKNOWN))
        stage.rollout()

        assert stage.outcome == outcome
        assert_nothing_is_left(stage)

    @pytest.mark.parametrize("unknown", [NOT_IMPLEMENTED, BROKEN], ids=["501", "500 for ever"])
    def test_is_asked_no_more_than_it_has(self, unknown: Response) -> None:
        stage = Stage(around=showing(lambda _: None, unknown))
        stage.rollout()

        assert stage.outcome == ("succeeded", 0)


@pytest.mark.parametrize("state", ["detaching_canary", "stabilizing_service"])
def test_a_service_that_is_scaled_to_zero_meanwhile_is_a_success_that_says_so(state: str) -> None:
    stage = Stage()
    runner, run = stage.at(state)
    stage.cloud.scale("demo", "web", 0)
    stage.drive(runner, run)

    assert stage.outcome == ("succeeded", 0)
    assert run.record.history[-1].reason == (
        "Our deployment is complete, but the service is scaled to zero: no task of it runs the revision."
    )


def test_every_verdict_of_a_healthy_rollout_is_in_the_record_with_its_rule_and_what_it_was_judged_on() -> (
    None
):
    stage = Stage()
    stage.rollout()

    kept = {each.state: each.seen for each in stage.runs[0].evidence}
    assert {state: seen["rule"] for state, seen in kept.items()} == {
        "launching_canary": "task_running",
        "checking_containers": "containers_healthy",
        "checking_targets": "target_healthy",
        "observing_canary": "bake_over",
        "stabilizing_service": "deployment_successful",
    }
    assert {"targets", "last_status", "containers"} <= kept["observing_canary"].keys()
    assert kept["stabilizing_service"]["images_as_tested"] == 2
