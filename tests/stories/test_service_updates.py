"""`--update-service`: the service gets the fields and tags of service.json; a rollback takes them back."""

import json
from dataclasses import replace
from typing import Any

import pytest

from cage_fsm.engine.ports import Finished
from cage_fsm.report.approval import approval_lines
from cage_fsm.sandbox import Call, Proceed, Response
from cage_fsm.sandbox.ecs.service_view import shown
from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.wire import write
from tests.crash.test_lost_answers import losing
from tests.stories.kinds import DISK, SECOND, by, with_volume
from tests.stories.stage import (
    MUTATING,
    Change,
    Json,
    Stage,
    assert_nothing_is_left,
    example,
    plain,
    without_breaker,
)
from tests.stories.test_refusals import doctored

OTHER_SUBNET = "subnet-0a1b2c3d4e5f60009"
SERVICE_CONNECT = {
    "enabled": True,
    "namespace": "shop",
    "services": [{"portName": "http", "discoveryName": "web"}],
    "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": "planted-s3cr3t-0815"}},
}
SHOWN = (
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "desiredCount",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "placementConstraints",
    "platformVersion",
    "propagateTags",
    "serviceRegistries",
    "tags",
    "taskDefinition",
)
OF_DEPLOYMENTS = ("serviceConnectConfiguration", "volumeConfigurations")
LARGER = {
    "name": "data",
    "managedEBSVolume": {"roleArn": "arn:aws:iam::123456789012:role/ecs", "sizeInGiB": 40},
}
TAGGED = [{"key": "team", "value": "shop"}, {"key": "tier", "value": "front"}]


def changing(was: Change, becomes: Change, tag: str = "v2", definition: Change = dict) -> Stage:
    """A stage with a service of one shape and files of another one."""
    return Stage(files=example(tag, becomes, definition), deployed=example(tag, was, definition))


def looks(stage: Stage) -> Json:
    """The service as ECS shows it, without what moves by itself; an absent field is an empty one."""
    found = shown(stage.cloud.world, stage.service, with_tags=True)
    primary = found["deployments"][0]
    whole = {name: found.get(name) or None for name in SHOWN}
    whole |= {name: primary.get(name) or None for name in OF_DEPLOYMENTS}
    whole["tags"] = sorted(found["tags"], key=lambda each: str(each["key"]))
    if not whole["loadBalancers"]:
        whole["healthCheckGracePeriodSeconds"] = None  # ECS takes none there
    if whole["serviceConnectConfiguration"] == {"enabled": False}:
        whole["serviceConnectConfiguration"] = None
    return whole


def having(**fields: Any) -> Change:
    return lambda service: service | fields


def moved(service: Json) -> Json:
    """In another network, behind another target group, and different in all that starts no deployment."""
    network = {"awsvpcConfiguration": {"subnets": [OTHER_SUBNET], "assignPublicIp": "ENABLED"}}
    balancer = {"targetGroupArn": SECOND, "containerName": "web", "containerPort": 8080}
    configuration = {"maximumPercent": 150, "minimumHealthyPercent": 50}
    return service | {
        "networkConfiguration": network,
        "loadBalancers": [balancer],
        "platformVersion": "1.3.0",
        "deploymentConfiguration": configuration,
        "healthCheckGracePeriodSeconds": 60,
        "propagateTags": "SERVICE",
        "enableECSManagedTags": True,
        "tags": [{"key": "team", "value": "other"}, {"key": "new", "value": "yes"}],
    }


def tagged(service: Json) -> Json:
    return without_breaker(service) | {"tags": TAGGED}


def test_the_service_gets_what_the_file_says_and_the_canary_runs_with_it_before() -> None:
    stage = changing(tagged, moved)
    stage.rollout(update_service=True)

    assert stage.outcome == ("succeeded", 0)
    now = looks(stage)
    assert now["taskDefinition"].endswith("/web:2")
    wanted = stage.files.service
    for name in ("networkConfiguration", "loadBalancers", "platformVersion", "propagateTags"):
        assert now[name] == wanted[name]
    assert now["healthCheckGracePeriodSeconds"] == 60
    assert now["deploymentConfiguration"]["maximumPercent"] == 150
    assert now["tags"] == [{"key": "new", "value": "yes"}, {"key": "team", "value": "other"}]
    assert stage.canary.interface.subnet == OTHER_SUBNET
    assert [target.group_arn for target in stage.facts.targets] == [SECOND]
    (run_task,) = stage.calls("RunTask")
    assert {"key": "team", "value": "other"} in run_task.params["tags"]
    assert "desiredCount" not in stage.calls("UpdateService")[0].params
    assert_nothing_is_left(stage)


def test_a_command_before_the_update_runs_as_the_service_will_be() -> None:
    stage = changing(tagged, moved)
    stage.rollout(update_service=True, container="web", command=["sh", "-c", "exit 0"])

    assert stage.outcome == ("succeeded", 0)
    canary, one_off = (call.params for call in stage.calls("RunTask"))
    for name in ("networkConfiguration", "platformVersion"):
        assert one_off[name] == canary[name] == stage.files.service[name]
    assert {"key": "team", "value": "other"} in one_off["tags"]
    assert_nothing_is_left(stage)


def test_who_approves_is_asked_about_what_changes_of_the_service_as_well() -> None:
    stage = changing(tagged, moved)
    stage.rollout(approval=True, update_service=True)

    assert stage.record
    names = ", ".join(stage.facts.before.names)
    assert f"also changes: {names}" in "\n".join(approval_lines(stage.record, None))
    assert stage.answer(stage.runs[0].id) == Finished("succeeded", 0)
    assert looks(stage)["loadBalancers"] == stage.files.service["loadBalancers"]


def test_without_the_flag_nothing_but_the_revision_changes() -> None:
    stage = changing(tagged, moved)
    before = looks(stage)
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert looks(stage) | {"taskDefinition": ""} == before | {"taskDefinition": ""}
    assert stage.calls("TagResource") == []


UNDONE: dict[str, tuple[Change, Change, Change]] = {
    "all that the example has": (tagged, moved, dict),
    "a balancer taken away": (
        without_breaker,
        lambda s: plain(without_breaker(s)) | {"loadBalancers": []},
        dict,
    ),
    "a balancer given": (lambda s: plain(without_breaker(s)), moved, dict),
    "lists emptied": (
        lambda s: (
            tagged(s) | {"serviceRegistries": [{"registryArn": "arn:aws:servicediscovery:r:1:service/x"}]}
        ),
        having(serviceRegistries=[], tags=[]),
        dict,
    ),
    "Service Connect given": (without_breaker, having(serviceConnectConfiguration=SERVICE_CONNECT), dict),
    "Service Connect taken away": (
        lambda s: without_breaker(s) | {"serviceConnectConfiguration": SERVICE_CONNECT},
        having(serviceConnectConfiguration={"enabled": False}),
        dict,
    ),
    "a volume changed": (
        lambda s: without_breaker(s) | {"volumeConfigurations": [DISK]},
        having(volumeConfigurations=[LARGER]),
        with_volume,
    ),
    "a strategy given": (
        without_breaker,
        by("FARGATE_SPOT"),
        dict,
    ),
}


@pytest.mark.parametrize(
    "name", ["all that the example has", "Service Connect taken away", "a strategy given"]
)
def test_a_deployment_that_fails_is_taken_back_with_all_that_came_with_it(name: str) -> None:
    was, becomes, definition = UNDONE[name]
    stage = changing(was, becomes, "v2-bad-in-service", definition=definition)
    before = looks(stage)
    stage.rollout(update_service=True)

    assert stage.outcome == ("rolled_back", 3)
    assert looks(stage) == before
    assert_nothing_is_left(stage)
    assert "planted-s3cr3t" not in "".join(write.text for write in stage.store.writes)


@pytest.mark.parametrize("name", UNDONE)
def test_a_rollout_that_succeeded_is_undone_elsewhere_with_all_that_came_with_it(name: str) -> None:
    was, becomes, definition = UNDONE[name]
    stage = changing(was, becomes, definition=definition)
    before = looks(stage)
    stage.rollout(update_service=True)

    assert stage.outcome == ("succeeded", 0)
    assert stage.record
    assert looks(stage) | {"taskDefinition": ""} != before | {"taskDefinition": ""}

    stage.host = "elsewhere"
    stage.pass_time(seconds=1)
    stage.drive(*stage.undo(stage.record))

    assert stage.outcome == ("rolled_back", 0)
    assert looks(stage) == before
    assert_nothing_is_left(stage)
    assert "planted-s3cr3t" not in "".join(write.text for write in stage.store.writes)


@pytest.mark.parametrize("call", ["UpdateService", "TagResource", "UntagResource"])
def test_what_aws_refuses_leaves_the_service_as_it_was(call: str) -> None:
    stage = changing(tagged, moved)
    before = looks(stage)
    stage.cloud.fail_next(call, "InvalidParameterException", message="Not so.")
    stage.rollout(update_service=True)

    assert stage.outcome == ("refused", 1)
    assert stage.reason == "InvalidParameterException: Not so."
    assert looks(stage) == before
    assert_nothing_is_left(stage)


def test_tags_that_describe_services_hides_are_asked_for_and_put_back() -> None:
    stage = changing(tagged, moved, "v2-bad-in-service")
    before = looks(stage)
    stage.around = doctored(tags=None)
    stage.rollout(update_service=True)

    assert stage.outcome == ("rolled_back", 3)
    assert looks(stage) == before


def test_tags_that_nobody_shows_are_not_changed() -> None:
    stage = changing(tagged, moved)
    stage.around = doctored(tags=None)
    stage.cloud.fail_next("ListTagsForResource", "AccessDeniedException", times=1000, message="Not you.")
    stage.rollout(update_service=True)

    assert stage.outcome == ("failed", 1)
    assert stage.reason == "AccessDeniedException: Not you."
    assert stage.calls("TagResource") == []


def test_tags_that_cannot_be_put_back_are_an_operators_and_a_resume_puts_them_back() -> None:
    stage = changing(tagged, moved, "v2-bad-in-service")
    before = looks(stage)
    runner, run = stage.at("stabilizing_service", update_service=True)
    stage.cloud.fail_next("TagResource", "AccessDeniedException", times=1000, message="Not you.")
    stage.drive(runner, run)

    assert stage.outcome == ("needs_operator", 4)
    assert looks(stage) | {"tags": []} == before | {"tags": []}

    stage.cloud.world.planned.clear()
    stage.resume(run.record.id)

    assert stage.outcome == ("rolled_back", 3)
    assert looks(stage) == before


class TestARevisionThatAnOperatorSentBack:
    @pytest.fixture
    def stage(self) -> Stage:
        """A service that was not let back by AWS, and whose revision somebody sent back."""
        stage = changing(tagged, moved, "v2-bad-in-service")
        runner, run = stage.at("stabilizing_service", update_service=True)
        stage.cloud.fail_next("UpdateService", "AccessDeniedException", times=1000, message="Not you.")
        stage.drive(runner, run)
        assert stage.outcome == ("needs_operator", 4)
        stage.cloud.update_service("demo", "web", taskDefinition=stage.facts.baseline)
        stage.pass_time(minutes=5)
        return stage

    def test_is_not_all_that_has_to_go_back(self, stage: Stage) -> None:
        stage.cloud.world.planned.clear()
        stage.resume(stage.runs[0].id)

        assert stage.outcome == ("rolled_back", 3)
        assert looks(stage) == looks(changing(tagged, moved))

    def test_is_let_go_if_aws_still_refuses_the_rest(self, stage: Stage) -> None:
        stage.resume(stage.runs[0].id)

        assert stage.outcome == ("rolled_back", 3)
        last = stage.runs[0].history[-1].reason
        assert last.startswith("The service is at web:1, but its earlier deploymentConfiguration,")
        assert "could not be restored: AccessDeniedException: Not you. Nothing else of this run" in last
        assert stage.claims == [None]


REFUSED: dict[str, tuple[Change, Change, str]] = {
    "another launch type": (
        dict,
        having(launchType="EC2"),
        "service.json has launchType EC2, and the service FARGATE",
    ),
    "another scheduling strategy": (dict, having(schedulingStrategy="DAEMON"), "ECS cannot change that"),
    "another role": (dict, having(role="mine"), "service.json has role mine"),
    "another controller": (
        dict,
        having(deploymentController={"type": "EXTERNAL"}),
        "service.json has deploymentController EXTERNAL, and the service ECS",
    ),
    "a launch type instead of a strategy": (
        by("FARGATE"),
        dict,
        '`"capacityProviderStrategy": []` takes it back',
    ),
    "no strategy, and no launch type": (
        by("FARGATE"),
        by("FARGATE", capacityProviderStrategy=[]),
        "does not say by which launch type the service was created",
    ),
    "ECS's own canaries": (
        dict,
        having(deploymentConfiguration={"strategy": "CANARY"}),
        "Service web uses ECS's own CANARY strategy",
    ),
    "a Classic Load Balancer": (
        dict,
        having(loadBalancers=[{"loadBalancerName": "old", "containerName": "web", "containerPort": 8080}]),
        "behind a Classic Load Balancer",
    ),
    "a secret in a tag": (
        having(tags=[{"key": "db_password", "value": "hunter2hunter2"}]),
        having(tags=[]),
        "Tag db_password of the service has what looks like a secret",
    ),
    "a tag twice": (dict, having(tags=[TAGGED[0], TAGGED[0]]), "service.json has two tags team"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_cannot_be_changed_or_undone_is_refused_before_anything_is_created(why: str) -> None:
    was, becomes, says = REFUSED[why]
    stage = Stage(service=was)
    stage.files = example("v2", becomes)
    stage.rollout(update_service=True)

    assert stage.outcome == ("refused", 1)
    assert says in stage.reason
    assert [call.operation for call in stage.cloud.calls if call.operation in MUTATING] == []
    assert "hunter2" not in "".join(write.text for write in stage.store.writes)


def test_a_field_that_ecs_could_not_restore_is_refused() -> None:
    becomes = having(volumeConfigurations=[LARGER])
    stage = changing(having(volumeConfigurations=[DISK]), becomes, definition=with_volume)
    stage.cloud.fail_next("DescribeServiceRevisions", "AccessDeniedException", times=1000)
    stage.rollout(update_service=True)

    assert stage.outcome == ("refused", 1)
    assert "from which the volumeConfigurations of the service could be restored" in stage.reason


def test_tags_that_were_partly_put_back_are_set_again_before_another_update() -> None:
    """UpdateService is refused, but for once; putting the tags back is throttled halfway."""
    stage = changing(tagged, moved)
    stage.cloud.fail_next("UpdateService", "InvalidParameterException", message="Not so.")
    runner, run = stage.at("observing_canary", update_service=True)

    slow = ["the second TagResource"]

    def throttling(call: Call, proceed: Proceed) -> Response:
        if call.operation == "TagResource" and stage.calls("TagResource") and slow:
            slow.clear()
            return write.error(call.service, ApiError("ThrottlingException", "slow"), "id")
        return proceed()

    stage.around = throttling
    stage.drive(runner, run)

    assert stage.outcome == ("succeeded", 0)
    assert looks(stage)["tags"] == [{"key": "new", "value": "yes"}, {"key": "team", "value": "other"}]


def test_a_service_revision_may_show_the_same_in_another_order() -> None:
    both = SERVICE_CONNECT | {"services": [{"portName": "http"}, {"portName": "admin"}]}
    stage = changing(
        having(serviceConnectConfiguration=both), having(serviceConnectConfiguration={"enabled": False})
    )

    def turned(call: Call, proceed: Proceed) -> Response:
        response = proceed()
        if call.operation != "DescribeServiceRevisions":
            return response
        body = json.loads(response.body)
        body["serviceRevisions"][0]["serviceConnectConfiguration"]["services"].reverse()
        return replace(response, body=json.dumps(body).encode())

    stage.around = turned
    stage.rollout(update_service=True)

    assert stage.outcome == ("succeeded", 0)


class TestTheFiles:
    @pytest.mark.parametrize("state", ["registering", "launching_canary", "observing_canary"])
    def test_are_needed_until_the_service_is_updated_and_without_them_the_run_is_aborted(
        self, state: str
    ) -> None:
        stage = changing(tagged, moved)
        before = looks(stage)
        _, run = stage.at(state, update_service=True)
        stage.resume(run.record.id, with_files=False)

        assert stage.outcome == ("refused", 1)
        assert "The deploy files are needed until the service is updated" in stage.reason
        assert f"`cage-fsm resume {run.record.id} DIR`" in stage.reason
        assert looks(stage) == before
        assert_nothing_is_left(stage)

    def test_are_not_needed_any_more_once_it_is(self) -> None:
        stage = changing(tagged, moved)
        _, run = stage.at("detaching_canary", update_service=True)
        stage.resume(run.record.id, with_files=False)

        assert stage.outcome == ("succeeded", 0)

    def test_are_not_needed_to_find_an_update_whose_answer_was_lost(self) -> None:
        stage = changing(tagged, moved)
        runner, run = stage.at("observing_canary", update_service=True)
        stage.around = losing("UpdateService", 1, applied=True)
        stage.until(runner, run, "updating_service")
        while not stage.calls("UpdateService"):
            runner.advance(run)
            stage.pass_time(seconds=1)
        stage.resume(run.record.id, with_files=False)

        assert stage.outcome == ("succeeded", 0)
        assert len(stage.calls("UpdateService")) == 1


class TestTheRevisionThatRuns:
    def test_is_deployed_anew_when_the_service_changes(self) -> None:
        stage = changing(tagged, moved)
        stage.rollout(update_service=True, task_definition="web:1")

        assert stage.outcome == ("succeeded", 0)
        assert stage.revision == "web:1"
        assert looks(stage)["loadBalancers"] == stage.files.service["loadBalancers"]
        assert stage.facts.deployment == stage.service.primary.id

    def test_goes_back_to_what_the_service_was(self) -> None:
        stage = changing(tagged, moved)
        before = looks(stage)
        stage.rollout(update_service=True, task_definition="web:1")
        assert stage.record
        stage.pass_time(seconds=1)
        stage.drive(*stage.undo(stage.record))

        assert stage.outcome == ("rolled_back", 0)
        assert looks(stage) == before
        assert_nothing_is_left(stage)

    @pytest.mark.parametrize("state", ["updating_service", "detaching_canary", "stabilizing_service"])
    def test_goes_back_from_an_unfinished_run_as_well(self, state: str) -> None:
        stage = changing(tagged, moved)
        before = looks(stage)
        _, run = stage.at(state, update_service=True, task_definition="web:1")
        stage.rollback(run.record.id)

        assert stage.outcome == ("rolled_back", 0)
        assert looks(stage) == before
        assert_nothing_is_left(stage)

    def test_is_refused_when_nothing_changes(self) -> None:
        stage = Stage()
        stage.rollout(update_service=True, task_definition="web:1")

        assert stage.outcome == ("refused", 1)
        assert stage.reason == "Revision web:1 runs already; --force-new-deployment deploys it anew."


class TestTheDesiredCount:
    def test_changes_only_when_it_is_asked_for_and_a_rollback_takes_it_back(self) -> None:
        stage = Stage(service=without_breaker)
        stage.rollout(desired_count=3)

        assert stage.outcome == ("succeeded", 0)
        assert stage.service.desired == 3
        assert_nothing_is_left(stage)

        assert stage.record
        stage.drive(*stage.undo(stage.record))

        assert stage.outcome == ("rolled_back", 0)
        assert stage.service.desired == 2

    def test_is_taken_back_though_it_shows_late(self) -> None:
        stage = Stage(scenario="lag", service=without_breaker)
        _, run = stage.at("detaching_canary", desired_count=3)
        stage.rollback(run.record.id)

        assert stage.outcome == ("rolled_back", 0)
        assert stage.service.desired == 2

    def test_that_ecs_does_not_show_is_not_changed(self) -> None:
        stage = Stage()
        stage.around = doctored(desiredCount=None)
        stage.rollout(desired_count=3)

        assert stage.outcome == ("refused", 1)
        assert "does not show the desiredCount of service web" in stage.reason

    def test_that_somebody_set_meanwhile_stays(self) -> None:
        stage = Stage("v2-bad-in-service", service=without_breaker)
        runner, run = stage.at("rolling_back", desired_count=3)
        stage.cloud.scale("demo", "web", 4)
        stage.drive(runner, run)

        assert stage.outcome == ("rolled_back", 3)
        assert stage.service.desired == 4


class TestAService:
    def test_that_somebody_deleted_meanwhile_is_let_go_by_an_operator(self) -> None:
        stage = changing(tagged, moved)
        runner, run = stage.at("stabilizing_service", update_service=True)
        stage.cloud.delete_service("demo", "web")
        stage.drive(runner, run)

        assert stage.outcome == ("needs_operator", 4)

        stage.resume(run.record.id)

        assert stage.outcome == ("rolled_back", 3)
        assert stage.left.left == ()

    def test_that_somebody_deployed_meanwhile_keeps_its_tags(self) -> None:
        stage = changing(tagged, moved)
        runner, run = stage.at("stabilizing_service", update_service=True)
        third = stage.aws.ecs.register_task_definition(dict(stage.files.task_definition))
        stage.cloud.update_service("demo", "web", taskDefinition=third)
        tags = looks(stage)["tags"]
        stage.drive(runner, run)

        assert stage.outcome == ("needs_operator", 4)
        assert looks(stage)["tags"] == tags
