"""Every kind of rolling service: one canary that is judged, released, and then the service is new."""

import json
from dataclasses import replace
from typing import Any

import pytest

from cage_fsm.preview import service_now
from cage_fsm.sandbox import Call, Proceed, Response
from tests.stories.kinds import (
    DISK,
    KINDS,
    SECOND,
    mode,
    on_ec2,
    on_hosts,
    two_groups,
    with_sidecars,
    with_volume,
)
from tests.stories.stage import GROUP, Change, Json, Stage, assert_nothing_is_left, plain


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_rolled_out_through_one_canary(name: str) -> None:
    stage = Stage(**KINDS[name])
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert stage.left.services == ("web runs web:2, 2 of 2 tasks",)
    assert len(stage.calls("RegisterTargets")) == len(stage.service.load_balancers)
    (canary,), (sibling, *_) = stage.tasks(), stage.tasks("service:web")
    for what in ("launchType", "provider", "platformVersion"):
        assert canary.request.get(what) == sibling.request.get(what)
    assert bool(canary.interface) == bool(sibling.interface)
    assert_nothing_is_left(stage)


def test_a_dynamic_port_is_the_one_that_the_running_canary_has() -> None:
    stage = Stage(service=on_hosts, definition=mode("bridge"), instances=1)
    stage.rollout()

    ((target,), (binding,)) = stage.facts.targets, stage.canary.containers[0].bindings
    assert (target.id, target.port) == (stage.canary.host, binding["hostPort"])
    assert target.port not in (8080, 0)
    assert stage.outcome == ("succeeded", 0)


def test_a_host_port_that_does_not_show_yet_is_waited_for() -> None:
    hidden = 3

    def around(call: Call, proceed: Proceed) -> Response:
        nonlocal hidden
        response = proceed()
        body = json.loads(response.body) if call.operation == "DescribeTasks" else {}
        if hidden and any(each["lastStatus"] == "RUNNING" for each in body.get("tasks", [])):
            hidden -= 1
            for task in body["tasks"]:
                task["containers"][0].pop("networkBindings")
        return replace(response, body=json.dumps(body).encode()) if body else response

    stage = Stage(service=on_hosts, definition=mode("bridge"), around=around)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert hidden == 0
    assert_nothing_is_left(stage)


def test_a_host_port_is_the_containers() -> None:
    stage = Stage(service=on_hosts, definition=mode("host"), instances=3)
    stage.at("observing_canary")

    taken = {task.host for task in stage.tasks("service:web")}
    assert [
        (each["Id"], each["Port"])
        for call in stage.calls("RegisterTargets")
        for each in call.params["Targets"]
    ] == [(stage.canary.host, 8080)]
    assert stage.canary.host not in taken


def test_a_static_port_without_room_fails_and_leaves_nothing() -> None:
    stage = Stage(service=on_hosts, definition=mode("bridge", hostPort=80), instances=2)
    stage.rollout()

    assert stage.outcome == ("failed", 1)
    assert stage.reason == "ECS did not start the canary: RESOURCE:PORTS"
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


def test_the_port_of_a_dead_canary_is_left_to_the_service_task_that_has_it_now() -> None:
    stage = Stage(service=on_hosts, definition=mode("bridge", hostPort=80), instances=3)
    _, run = stage.at("observing_canary")
    host = stage.canary.host
    stage.cloud.stop_task(stage.canary.arn)
    stage.cloud.scale("demo", "web", 3)
    stage.pass_time(minutes=2)
    stage.resume(run.record.id)

    assert stage.outcome == ("failed", 1)
    assert host in {task.host for task in stage.tasks("service:web") if task.live}
    target = stage.cloud.world.target_groups[GROUP].targets[f"{host}:80"]
    assert target.state == "healthy"
    assert stage.calls("DeregisterTargets") == []
    assert_nothing_is_left(stage)


def test_an_instance_that_is_lost_with_the_canary_fails_the_rollout_and_leaves_nothing() -> None:
    stage = Stage(service=on_hosts, definition=mode("bridge"), instances=3)
    runner, run = stage.at("observing_canary", durations={"bake": 300.0})
    host = stage.canary.host
    assert host
    stage.cloud.lose_instance(host)
    stage.drive(runner, run)

    assert stage.outcome == ("failed", 1)
    assert "Host EC2" in stage.reason
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


def test_several_target_groups_hold_one_canary_on_the_port_of_each() -> None:
    stage = Stage(service=two_groups, definition=with_sidecars)
    stage.rollout()

    assert {(each.group_arn, each.port) for each in stage.facts.targets} == {(GROUP, 8080), (SECOND, 9090)}
    assert len({each.id for each in stage.facts.targets}) == 1
    assert len(stage.calls("DeregisterTargets")) == 2


def test_one_bad_target_group_of_two_fails_the_canary() -> None:
    stage = Stage(service=two_groups, definition=with_sidecars)
    runner, run = stage.at("observing_canary")
    stage.cloud.fail_target(SECOND, stage.canary.interface.address, 9090)
    stage.pass_time(minutes=1)
    stage.drive(runner, run)

    assert stage.outcome == ("failed", 1)
    assert ":9090 is unhealthy" in stage.reason
    assert_nothing_is_left(stage)


def test_the_canary_has_what_the_service_gives_its_tasks() -> None:
    constraint = {"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}
    spread = {"type": "spread", "field": "attribute:ecs.availability-zone"}
    extras: Json = {
        "propagateTags": "SERVICE",
        "enableECSManagedTags": True,
        "enableExecuteCommand": True,
        "tags": [{"key": "team", "value": "shop"}],
        "volumeConfigurations": [DISK],
        "placementConstraints": [constraint, {"type": "distinctInstance"}],
        "placementStrategy": [spread],
    }
    stage = Stage(
        service=lambda service: on_ec2(service) | extras,
        definition=lambda definition: with_volume(mode("awsvpc")(definition)),
        instances=5,
    )
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    (call,) = stage.calls("RunTask")
    expiry, *own = call.params["tags"]
    assert (own, expiry["key"]) == (extras["tags"], "cage-fsm:expires")
    assert call.params["enableECSManagedTags"] is call.params["enableExecuteCommand"] is True
    assert call.params["placementConstraints"] == extras["placementConstraints"]
    assert call.params["placementStrategy"] == [spread]
    (volume,) = call.params["volumeConfigurations"]
    assert volume["managedEBSVolume"]["terminationPolicy"] == {"deleteOnTermination": True}
    (specification,) = volume["managedEBSVolume"]["tagSpecifications"]
    assert specification == {"resourceType": "volume", "tags": extras["tags"]}
    assert_nothing_is_left(stage)


def test_with_a_desired_count_of_0_the_canary_is_judged_and_no_service_task_ran() -> None:
    stage = Stage(service=lambda service: service | {"desiredCount": 0})
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert len(stage.calls("RegisterTargets")) == 1
    assert stage.tasks("service:web") == []
    assert service_now(stage.aws, stage.runs[0]) == "web is at web:2, desired count 0: no service task ran."


def test_a_bad_revision_is_found_out_with_a_desired_count_of_0() -> None:
    stage = Stage("v2-unhealthy-target", service=lambda service: service | {"desiredCount": 0})
    stage.rollout()

    assert stage.outcome == ("failed", 1)
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


def test_a_container_that_is_not_essential_may_end_as_it_likes_and_an_essential_one_may_not() -> None:
    def with_helper(*, essential: bool) -> Change:
        def change(definition: Json) -> Json:
            (web,) = definition["containerDefinitions"]
            helper = {"name": "helper", "image": "helper:crash", "essential": essential}
            return definition | {"containerDefinitions": [web, helper]}

        return change

    fine = Stage(definition=with_helper(essential=False))
    fine.rollout()
    assert fine.outcome == ("succeeded", 0)
    assert_nothing_is_left(fine)

    fatal = Stage(definition=with_helper(essential=True))
    fatal.rollout()
    assert fatal.outcome == ("failed", 1)
    assert "container helper exited with 1" in fatal.reason
    assert_nothing_is_left(fatal)


@pytest.mark.parametrize("definition", [dict, mode("bridge")], ids=["Fargate", "bridge"])
def test_without_load_balancer_the_idle_time_is_judged_all_along(definition: Any) -> None:
    service = plain if definition is dict else lambda service: on_hosts(plain(service))
    stage = Stage(service=service, definition=definition)
    stage.poll_seconds = None
    runner, run = stage.at("observing_canary", durations={"bake": 600.0})
    stage.pass_time(seconds=1)
    stage.cloud.exit_container(stage.canary.arn)
    died = stage.clock.now()
    stage.drive(runner, run)

    told = next(step.at for step in run.record.history if step.source == "observing_canary")
    assert stage.outcome == ("failed", 1)
    assert (told - died).total_seconds() <= 5
    assert_nothing_is_left(stage)


@pytest.mark.parametrize(("instances", "least", "warned"), [(3, 100, True), (4, 100, False), (3, 50, False)])
def test_a_canary_that_takes_the_last_free_host_port_is_warned_of(
    instances: int, least: int, warned: bool
) -> None:
    def service(service: Json) -> Json:
        return on_hosts(service) | {"deploymentConfiguration": {"minimumHealthyPercent": least}}

    stage = Stage(service=service, definition=mode("bridge", hostPort=80), instances=instances)
    stage.at("registering")

    (step,) = stage.runs[0].history
    assert ("host port 80/tcp is free on one instance only" in step.reason) == warned
