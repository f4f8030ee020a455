"""`plan`: what a rollout would do is found out, and nothing is touched."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import pytest

from cage_fsm.archive import Archive
from cage_fsm.clock import VirtualClock
from cage_fsm.engine.ports import Retryable
from cage_fsm.known_secrets import known_secrets
from cage_fsm.phases.facts import Inputs
from cage_fsm.plan.asking import Asking
from cage_fsm.plan.planning import Planning
from cage_fsm.plan.shapes import Change, Plan
from cage_fsm.sandbox import Call, Proceed, Response
from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.operations import mutates
from cage_fsm.sandbox.wire import write
from tests.stories.kinds import DISK, KINDS, on_ec2, with_volume
from tests.stories.stage import GROUP, ROLLOUT, Json, Stage, example, plain
from tests.stories.test_audit import push_index
from tests.stories.test_refusals import REFUSALS, doctored

IMAGE = "containerDefinitions[web].image"


def planned(stage: Stage, **inputs: Any) -> Plan:
    """The plan of a rollout with these inputs; nothing on AWS or in the store may be touched for it."""
    before, kept = len(stage.cloud.calls), list(stage.store.writes)
    files = stage.files
    service = {"cluster": files.cluster, "service": files.service_name}
    wanted = Inputs.model_validate(service | inputs)
    asking = Asking(stage.clock, known_secrets([files.service, files.task_definition], files.variables))
    archive = Archive(stage.store, stage.clock)
    planning = Planning(
        stage.aws, asking, stage.store, lambda: archive.newest("", 50), ROLLOUT, files, wanted
    )
    plan = planning.plan()
    assert [call for call in stage.cloud.calls[before:] if mutates(call.operation)] == []
    assert stage.store.writes == kept
    return plan


def settled(**made: Any) -> Stage:
    """A stage whose service runs what its files say."""
    stage = Stage(tag="previous", **made)
    assert planned(stage).refusals == ()
    return stage


@pytest.mark.parametrize("name", KINDS)
def test_of_an_unchanged_service_of_any_kind_nothing_changes(name: str) -> None:
    plan = planned(settled(**KINDS[name]))

    assert plan.changes == ()
    assert plan.changed is False
    assert plan.exists
    assert plan.unanswered == ()
    assert {each.said for each in plan.images} == {each.said for each in plan.things} == {"exists"}
    assert plan.way_back.ready
    assert all(each.seconds is not None for each in plan.path)


def test_what_changes_is_shown_field_by_field() -> None:
    plan = planned(Stage("v2"))

    ((change),) = plan.changes
    assert (change.of, change.path, change.applied) == ("task definition", IMAGE, True)
    assert change.new
    assert change.new.endswith("/web:v2")
    assert plan.changed
    assert (plan.runs, plan.revision) == ("web:1", None)


def otherwise(service: Json) -> Json:
    return service | {"desiredCount": 3, "healthCheckGracePeriodSeconds": 60}


def test_what_the_service_has_otherwise_is_left_as_it_is_unless_it_is_to_be_updated() -> None:
    stage = settled()
    stage.files = example("previous", otherwise)
    count = Change("service", "desiredCount", "2", "3", applied=False)
    grace = Change("service", "healthCheckGracePeriodSeconds", "10", "60", applied=False)

    assert planned(stage).changes == (count, grace)
    assert not planned(stage).changed
    assert planned(stage, update_service=True).changes == (count, replace(grace, applied=True))
    assert planned(stage, desired_count=3).changes == (replace(count, applied=True), grace)


def test_a_tag_that_was_moved_is_a_change_and_no_way_back() -> None:
    stage = settled()
    stage.cloud.move_tag("web", "previous")
    plan = planned(stage)

    (change,) = plan.changes
    (image,) = plan.images
    assert (change.of, change.path, change.new) == ("image", IMAGE, image.digest)
    (old,) = plan.way_back.images
    assert (old.digest, old.moved) == (change.old, True)
    assert plan.changed


def on_arm(definition: Json) -> Json:
    return definition | {"runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}}


def test_of_an_index_the_image_is_shown_that_the_new_processor_runs() -> None:
    stage = settled()
    (container,) = stage.files.task_definition["containerDefinitions"]
    made = push_index(stage, container["image"])
    stage.files = example("previous", definition=on_arm)
    plan = planned(stage)

    (image,) = plan.images
    assert image.digest == made["arm64"]


def test_no_image_is_fetched_twice() -> None:
    stage = settled()
    before = len(stage.calls("BatchGetImage"))
    planned(stage)
    fetched = [str(call.params["imageIds"]) for call in stage.calls("BatchGetImage")[before:]]

    assert len(fetched) == len(set(fetched)) > 0


@pytest.mark.parametrize("why", REFUSALS)
def test_it_says_what_the_rollout_would_be_refused_for(why: str) -> None:
    arrange, words = REFUSALS[why]
    stage = Stage()
    arrange(stage)

    assert any(words in each for each in planned(stage).refusals)


def test_it_says_everything_at_once_where_validating_stops_at_the_first_kind() -> None:
    stage = Stage()
    stage.cloud.update_service("demo", "web", forceNewDeployment=True)
    stage.cloud.world.target_groups[GROUP].target_type = "instance"
    plan = planned(stage, alarms=("web-5xx",), canary_instance="i-0123")

    told = " ".join(plan.refusals)
    for words in ("Another deployment", "need type ip", "web-5xx", "runs on Fargate"):
        assert words in told


def test_a_service_that_another_run_holds() -> None:
    stage = Stage(service=plain)
    _, run = stage.at("observing_canary")
    told = " ".join(planned(stage).refusals)

    assert f"Run {run.record.id} holds this service" in told
    assert f"cage-fsm resume {run.record.id}" in told


def test_another_deployment_that_would_be_waited_for_is_no_refusal() -> None:
    stage = Stage(service=plain)
    stage.cloud.update_service("demo", "web", forceNewDeployment=True)
    plan = planned(stage, durations={"wait": 60.0})

    assert plan.refusals == ()
    assert plan.warnings[0].endswith("It would be waited for.")


def test_a_service_of_which_ecs_shows_next_to_nothing() -> None:
    stage = settled()
    stage.around = doctored(taskDefinition=None, deployments=None, networkConfiguration=None)
    plan = planned(stage)

    assert (plan.exists, plan.runs, plan.changed) == (True, None, None)
    assert plan.refusals[0].startswith("DescribeServices does not show taskDefinition of service web")


def test_the_points_are_those_that_require_parity_refuses() -> None:
    stage = Stage(
        service=lambda service: on_ec2(plain(service)) | {"volumeConfigurations": [DISK]},
        definition=with_volume,
    )
    plan = planned(stage)
    strict = planned(stage, require_parity=True)

    assert [each.name for each in plan.points] == ["volumeConfigurations"]
    assert plan.refusals == ()
    assert [each.split(": ")[0] for each in strict.refusals] == [
        "The canary would not be like a task of the service (volumeConfigurations)"
    ]


def test_what_is_missing_may_not_be_looked_at_or_is_elsewhere() -> None:
    def named(definition: Json) -> Json:
        (web,) = definition["containerDefinitions"]
        web["secrets"] = [{"name": "A", "valueFrom": "/web/a"}]
        return definition | {
            "containerDefinitions": [
                web,
                {"name": "proxy", "image": "envoyproxy/envoy:v1", "essential": False},
            ],
            "taskRoleArn": "arn:aws:iam::123456789012:role/gone",
        }

    stage = Stage("v2-bad-image", definition=named)
    stage.surroundings.missing = {"gone"}
    stage.surroundings.denied = {"ssm"}
    plan = planned(stage)

    said = {each.name: each.said for each in plan.things}
    assert said["arn:aws:iam::123456789012:role/gone"] == "missing"
    assert said["/web/a"] == "not permitted to look"
    assert said["arn:aws:iam::123456789012:role/ecsTaskExecutionRole"] == "exists"
    assert [(each.container, each.said) for each in plan.images] == [
        ("web", "missing"),
        ("proxy", "not in ECR"),
    ]


def test_networks_are_looked_for_only_where_the_file_is_what_counts() -> None:
    stage = settled()

    assert "subnet" not in {each.kind for each in planned(stage).things}
    assert "subnet" in {each.kind for each in planned(stage, update_service=True).things}


@pytest.mark.parametrize("gone", ["deleted", "another name", "another cluster"])
def test_a_service_that_is_not_there(gone: str) -> None:
    stage = Stage()
    names = {"another name": {"service": "shop"}, "another cluster": {"cluster": "prod"}}
    if gone == "deleted":
        stage.cloud.delete_service("demo", "web")
        stage.pass_time(minutes=10)
    plan = planned(stage, **names.get(gone, {}))

    assert plan.exists is False
    assert plan.refusals
    assert {each.said for each in plan.images} == {"exists"}
    assert {"subnet", "role", "log group"} <= {each.kind for each in plan.things}


def test_a_revision_that_is_no_more_cannot_be_sent_again() -> None:
    stage = settled()
    stage.cloud.deregister_revision("web:1")
    plan = planned(stage)

    assert (plan.way_back.status, plan.way_back.ready) == ("INACTIVE", False)
    assert "Revision web:1 is INACTIVE" in plan.refusals[0]


def test_the_way_and_its_times_come_from_settings_and_then_from_earlier_runs() -> None:
    stage = Stage()
    first = {each.state: each for each in planned(stage).path}
    stage.rollout()
    stage.files = example("v3")
    later = {each.state: each for each in planned(stage, durations={"bake": 60.0}).path}

    assert list(first) == [*first] == [step.source for step in stage.runs[0].history]
    assert (first["checking_targets"].seconds, first["detaching_canary"].seconds) == (10, 30)
    assert first["observing_canary"].seconds == 10
    assert {each.source for each in later.values()} == {"earlier runs"}
    assert 60 <= (later["observing_canary"].seconds or 0) <= 70


def test_the_way_knows_of_an_approval() -> None:
    states = [each.state for each in planned(Stage(), approval=True).path]

    assert states[states.index("observing_canary") + 1] == "awaiting_approval"


def test_a_revision_that_exists_is_planned_without_a_file() -> None:
    stage = Stage()
    plan = planned(stage, task_definition="web:1")

    assert plan.revision
    assert plan.revision.endswith("/web:1")
    assert plan.changes == ()
    assert "Revision web:1 runs already" in plan.refusals[0]
    assert "There is no task definition nothing" in planned(stage, task_definition="nothing").refusals[0]


def failing(every: int, code: str) -> Callable[[Call, Proceed], Response]:
    """A cloud that answers only some of its calls."""
    calls = 0

    def around(call: Call, proceed: Proceed) -> Response:
        nonlocal calls
        calls += 1
        if calls % every:
            return proceed()
        return write.error(call.service, ApiError(code, "no"), "id")

    return around


@pytest.mark.parametrize(
    ("every", "code"),
    [(2, "ThrottlingException"), (3, "ThrottlingException"), (3, "RequestTimeoutException")],
)
def test_a_cloud_that_fails_every_other_call_is_asked_until_it_answers(every: int, code: str) -> None:
    whole = planned(settled())
    stage = Stage("previous", around=failing(every, code))

    assert planned(stage) == whole


@pytest.mark.parametrize("first", [2, 3, 5, 8, 11])
def test_what_is_denied_hides_nothing_else(first: int) -> None:
    calls = 0

    def around(call: Call, proceed: Proceed) -> Response:
        nonlocal calls
        calls += 1
        if calls < first:
            return proceed()
        return write.error(call.service, ApiError("AccessDeniedException", "no"), "id")

    stage = Stage(around=around)
    plan = planned(stage)

    assert plan.exists
    assert plan.things
    said = {*(each.said for each in plan.unanswered), *(each.said for each in plan.images)}
    assert "not permitted to look" in said


@pytest.mark.parametrize("code", ["AccessDenied", "NotAuthorized", "UnauthorizedOperation"])
def test_whatever_word_denies_it_is_not_permitted_to_look(code: str) -> None:
    plan = planned(Stage(around=failing(1, code)))
    said = {*(each.said for each in plan.unanswered), *(each.said for each in plan.images)}

    assert said == {"not permitted to look"}


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "ExpiredTokenException"])
def test_a_cloud_that_answers_nothing_still_gives_a_plan(code: str) -> None:
    stage = Stage(around=failing(1, code))
    began = stage.clock.now()
    plan = planned(stage)

    assert (plan.exists, plan.runs, plan.changed) == (None, None, None)
    assert plan.unanswered[0].what == "the service"
    assert {each.said for each in plan.images} <= {"not permitted to look", "could not be told"}
    assert (stage.clock.now() - began).total_seconds() < 120


def test_who_never_answers_is_not_asked_about_everything() -> None:
    clock, calls = VirtualClock(), list[str]()

    def hanging() -> None:
        calls.append("sent")
        clock.sleep(20)
        message = "GetRole: Read timeout"
        raise Retryable(message)

    asking = Asking(clock)
    for number in range(20):
        assert asking.told(f"role {number}", partial(asking.once, f"r{number}", hanging, "roles")) is None
    assert asking.once("another", lambda: "there", "secrets") == "there"

    assert len(calls) == 3
    assert {each.words for each in asking.unanswered} == {"GetRole: Read timeout"}


def test_nothing_secret_is_in_it() -> None:
    def planted(definition: Json) -> Json:
        (web,) = definition["containerDefinitions"]
        web["environment"] = [{"name": "DB", "value": "hunter2hunter2-XY"}]
        web["command"] = ["serve", "--password=hunter2hunter2-XY"]
        return definition | {"containerDefinitions": [web]}

    def around(call: Call, proceed: Proceed) -> Response:
        if call.operation in ("DescribeTargetGroups", "BatchGetImage", "ListTasks"):
            return write.error(call.service, ApiError("Odd", "about hunter2hunter2-XY"), "id")
        return proceed()

    stage = Stage(
        service=lambda service: service | {"tags": [{"key": "t", "value": "hunter2hunter2-XY"}]},
        definition=planted,
        around=around,
    )
    stage.files = example("v2", otherwise, planted)
    plan = planned(stage, update_service=True)

    assert "about [redacted]" in json.dumps(asdict(plan))
    assert "hunter2hunter2" not in json.dumps(asdict(plan))


def test_the_calls_that_it_makes_only_read() -> None:
    stage = Stage()
    planned(stage, alarms=("web-5xx",), update_service=True)

    assert {call.operation for call in stage.cloud.calls} == {
        "BatchGetImage",
        "DescribeAlarms",
        "DescribeLogGroups",
        "DescribeServices",
        "DescribeTargetGroupAttributes",
        "DescribeTargetGroups",
        "DescribeTaskDefinition",
        "DescribeTasks",
        "ListTasks",
    }
