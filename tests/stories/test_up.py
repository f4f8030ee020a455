"""A service that is not there yet: created once, its first deployment judged, deleted only if it is ours."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from cage_fsm.engine.ports import Superseded, Suspended
from cage_fsm.engine.run import Run
from cage_fsm.report.failure import service_words
from cage_fsm.sandbox import Around, Call, Proceed, Response
from cage_fsm.sandbox.service_records import Service
from tests.stories.stage import GROUP, MUTATING, Json, Stage, plain, without_breaker

ROAD = ["registering", "creating_service", "stabilizing_service", "succeeded"]
DELETED = [*ROAD[:-1], "deleting_service", "rolled_back"]
CRASH = {"tag": "v2-crash", "service": without_breaker}


def new(**settings: Any) -> Stage:
    return Stage(new=True, **settings)


def changes(stage: Stage) -> list[str]:
    """What was changed on AWS, in order."""
    return [call.operation for call in stage.cloud.calls if call.operation in MUTATING]


def services(stage: Stage) -> list[tuple[str, str]]:
    stage.cloud.settle()
    return [(each.name, each.status) for each in stage.cloud.world.services.values()]


def by_hand(stage: Stage, **changed: Any) -> Service:
    """Somebody else creates the service."""
    ecs = stage.aws.ecs._client
    if not any("web:1" in arn for arn in stage.cloud.world.definitions):
        ecs.register_task_definition(**stage.files.task_definition)
    ecs.create_service(**{**stage.files.service, "taskDefinition": "web:1", **changed})
    return stage.service


def died_sending(stage: Stage, **inputs: Any) -> Run:
    """A run whose process died with its CreateService, which never arrived."""

    def lose(call: Call, proceed: Proceed) -> Response:
        if call.operation == "CreateService":
            raise ReadTimeoutError(endpoint_url="https://ecs")
        return proceed()

    stage.around = lose
    runner, run = stage.start_up(**inputs)
    stage.until(runner, run, "creating_service")
    stage.around = None
    return run


def test_the_service_is_created_and_its_first_deployment_is_complete() -> None:
    stage = new()
    stage.up()

    assert stage.outcome == ("succeeded", 0)
    assert stage.path == ROAD
    assert stage.left.sentences == ["nothing is left behind", "web runs web:1, 2 of 2 tasks"]
    assert changes(stage) == ["RegisterTaskDefinition", "CreateService"]
    assert stage.claims == [None]


def test_what_the_file_says_goes_to_ecs_and_what_only_an_update_takes_does_not() -> None:
    more = {
        "enableExecuteCommand": True,
        "tags": [{"key": "team", "value": "shop"}],
        "propagateTags": "SERVICE",
        "forceNewDeployment": True,
        "service": "web",
    }
    stage = new(
        service=lambda service: service | more,
        definition=lambda definition: definition | {"taskRoleArn": "arn:aws:iam::123456789012:role/task"},
    )
    stage.up()
    (call,) = stage.calls("CreateService")

    assert stage.outcome == ("succeeded", 0)
    assert call.params["enableExecuteCommand"]
    assert call.params["tags"] == more["tags"]
    assert {"service", "forceNewDeployment"}.isdisjoint(call.params)
    assert len(call.params["clientToken"]) <= 36


def test_a_service_of_no_tasks_is_complete_at_once() -> None:
    stage = new(service=lambda service: service | {"desiredCount": 0})
    stage.up()

    assert stage.outcome == ("succeeded", 0)
    assert "desired count 0" in stage.events[-2].words or "scaled to zero" in stage.events[-2].words


def test_a_revision_that_exists_is_created_with() -> None:
    stage = new()
    stage.aws.ecs._client.register_task_definition(**stage.files.task_definition)
    stage.up(task_definition="web")

    assert stage.outcome == ("succeeded", 0)
    assert stage.revision == "web:1"
    assert changes(stage)[1:] == ["CreateService"]


@pytest.mark.parametrize("service", [dict, without_breaker], ids=["breaker", "no breaker"])
def test_a_crashing_image_fails_soon_and_is_left_to_be_looked_at(service: Any) -> None:
    stage = new(tag="v2-crash", service=service)
    begun = stage.clock.now()
    stage.up()
    assert stage.record
    evidence = stage.record.evidence[-1].seen

    assert stage.outcome == ("left_failing", 4)
    assert (stage.clock.now() - begun).total_seconds() < 300
    assert services(stage) == [("web", "ACTIVE")]
    assert "KeyError" in str(evidence["log"])
    assert "exit code 1" in str(evidence["stopped_tasks"])
    assert stage.holders == []


def test_a_failing_service_is_deleted_if_that_was_asked_for() -> None:
    stage = new(**CRASH)
    stage.up(keep_failing=False)

    assert stage.outcome == ("rolled_back", 3)
    assert stage.path == DELETED
    assert services(stage) == [("web", "INACTIVE")]
    assert not any(task.live for task in stage.tasks("service:web"))
    assert stage.holders == []


def test_an_unfinished_creation_is_undone_by_a_rollback() -> None:
    stage = new()
    runner, run = stage.start_up()
    stage.until(runner, run, "stabilizing_service")
    stage.rollback(run.record.id)

    assert stage.outcome == ("rolled_back", 0)
    assert services(stage) == [("web", "INACTIVE")]


def test_a_signal_suspends_and_a_resume_goes_on_without_the_files() -> None:
    stage = new()
    runner, run = stage.start_up()
    stage.until(runner, run, "stabilizing_service")
    run.signals = 1
    end = stage.drive(runner, run)
    assert isinstance(end, Suspended)
    assert end.code == 75
    stage.resume(run.record.id, with_files=False)

    assert stage.outcome == ("succeeded", 0)
    assert len(stage.calls("CreateService")) == 1


def test_a_service_that_exists_is_refused_and_so_is_one_that_is_on_its_way_out() -> None:
    stage = Stage()
    stage.up()
    assert stage.outcome == ("refused", 1)
    assert "exists already" in stage.reason
    assert "`cage-fsm rollout DIR`" in stage.reason

    stage.aws.ecs._client.delete_service(cluster="demo", service="web", force=True)
    stage.up()
    assert stage.outcome == ("refused", 1)
    assert "is DRAINING: it is on its way out" in stage.reason
    assert changes(stage) == ["DeleteService"]

    stage.pass_time(minutes=2)
    stage.up()
    assert stage.outcome == ("succeeded", 0)
    assert stage.revision == "web:2"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda it: it | {"cluster": "nowhere"}, "There is no active cluster nowhere (us-east-1)."),
        (
            lambda it: it | {"loadBalancers": [it["loadBalancers"][0] | {"targetGroupArn": f"{GROUP}0"}]},
            f"There is no target group {GROUP}0",
        ),
        (lambda it: it | {"deploymentController": {"type": "CODE_DEPLOY"}}, "deployed by CODE_DEPLOY"),
        (lambda it: it | {"role": "gone"}, "role names role gone, which is not there"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_registered(change: Any, words: str) -> None:
    stage = new()
    changed = Stage(new=True, service=change).files
    stage = new()
    stage.files = changed
    stage.surroundings.missing = {"gone"}
    stage.up()

    assert stage.outcome == ("refused", 1)
    assert words in stage.reason
    assert changes(stage) == []


def test_a_missing_subnet_is_said_and_one_that_may_not_be_looked_at_is_not() -> None:
    stage = new()
    subnet = stage.files.service["networkConfiguration"]["awsvpcConfiguration"]["subnets"][1]
    stage.surroundings.missing = {subnet}
    stage.up()
    assert stage.outcome == ("refused", 1)
    assert f"subnet {subnet}, which is not there" in stage.reason
    assert changes(stage) == []

    stage.surroundings.denied = {"ec2", "iam"}
    stage.up()
    assert stage.outcome == ("succeeded", 0)


def test_a_lost_answer_is_found_again() -> None:
    lost: list[Call] = []

    def lose(call: Call, proceed: Proceed) -> Response:
        answer = proceed()
        if call.operation == "CreateService" and not lost:
            lost.append(call)
            raise ReadTimeoutError(endpoint_url="https://ecs")
        return answer

    stage = new(around=lose)
    stage.up()

    assert stage.outcome == ("succeeded", 0)
    assert len(stage.calls("CreateService")) == 1
    assert stage.facts.created


def shows_late(stage: Stage) -> Around:
    """DescribeServices knows nothing of the service for twenty seconds."""

    def late(call: Call, proceed: Proceed) -> Response:
        made = [each.at for each in stage.calls("CreateService")]
        is_early = made and stage.clock.now() < made[0] + timedelta(seconds=20)
        if call.operation == "DescribeServices" and is_early:
            call.params["services"] = ["another"]
        return proceed()

    return late


def test_a_service_that_shows_late_is_waited_for_and_none_is_created_again() -> None:
    stage = new()
    stage.around = shows_late(stage)
    stage.up()

    assert stage.outcome == ("succeeded", 0)
    assert len(stage.calls("CreateService")) == 1


def test_a_service_that_shows_late_is_deleted_all_the_same() -> None:
    stage = new()
    stage.around = shows_late(stage)
    runner, run = stage.start_up()
    stage.until(runner, run, "stabilizing_service")
    stage.rollback(run.record.id)

    assert stage.outcome == ("rolled_back", 0)
    assert services(stage) == [("web", "INACTIVE")]


@pytest.mark.parametrize("keeps", [True, False])
def test_a_service_that_somebody_else_creates_meanwhile_is_left_alone(keeps: bool) -> None:
    stage = new(service=plain)

    def race(call: Call, proceed: Proceed) -> Response:
        if call.operation == "CreateService":
            stage.around = None
            by_hand(stage, desiredCount=1)
        return proceed()

    stage.around = race
    stage.up(keep_failing=keeps)

    assert stage.outcome == ("refused", 1)
    assert "Somebody else created service web meanwhile" in stage.reason
    assert services(stage) == [("web", "ACTIVE")]
    assert stage.calls("DeleteService") == []


def test_a_service_that_somebody_sent_elsewhere_is_not_deleted() -> None:
    stage = new()
    runner, run = stage.start_up(keep_failing=False)
    stage.until(runner, run, "stabilizing_service")
    ecs = stage.aws.ecs._client
    ecs.register_task_definition(**stage.files.task_definition)
    ecs.update_service(cluster="demo", service="web", taskDefinition="web:2")
    stage.drive(runner, run)
    assert stage.outcome == ("needs_operator", 4)
    assert stage.calls("DeleteService") == []

    stage.resume(run.record.id)
    assert stage.record
    assert stage.facts.let_go
    assert service_words(stage.record).endswith("is not proved to be this run's, and was left as it is.")
    assert services(stage) == [("web", "ACTIVE")]


def test_a_service_that_somebody_deleted_and_made_again_is_not_ours() -> None:
    stage = new(service=plain)
    runner, run = stage.start_up()
    stage.until(runner, run, "stabilizing_service")
    stage.aws.ecs._client.delete_service(cluster="demo", service="web", force=True)
    stage.pass_time(minutes=2)
    by_hand(stage)
    stage.rollback(run.record.id)

    assert stage.outcome == ("needs_operator", 4)
    assert services(stage) == [("web", "ACTIVE")]


def test_without_its_files_a_creation_that_may_have_been_sent_is_looked_for_and_given_up() -> None:
    stage = new()
    run = died_sending(stage)
    stage.resume(run.record.id, with_files=False)

    assert stage.outcome == ("rolled_back", 3)
    assert stage.path == ["registering", "creating_service", "deleting_service", "rolled_back"]
    assert services(stage) == []


def test_of_a_revision_that_was_there_the_token_tells_whose_service_it_is() -> None:
    stage = new(service=plain)
    stage.aws.ecs._client.register_task_definition(**stage.files.task_definition)
    run = died_sending(stage, task_definition="web:1")
    by_hand(stage, desiredCount=1)  # by somebody else, with that revision
    stage.resume(run.record.id)

    assert stage.outcome == ("refused", 1)
    assert services(stage) == [("web", "ACTIVE")]
    assert stage.calls("DeleteService") == []


def test_two_creations_of_one_name_never_make_two() -> None:
    stage = new()
    runner, run = stage.start_up()
    stage.until(runner, run, "registering")
    stage.up()
    assert stage.outcome == ("refused", 5)

    stage.resume(run.record.id)
    assert stage.outcome == ("succeeded", 0)
    assert len(stage.calls("CreateService")) == 1


def test_a_service_that_is_created_after_another_process_went_back_is_deleted() -> None:
    def late(call: Call, proceed: Proceed) -> Response:
        if call.operation == "CreateService":
            stage.around = None
            stage.rollback(run.record.id)
            assert stage.outcome == ("rolled_back", 0)
        return proceed()

    stage = new()
    runner, run = stage.start_up()
    stage.around = late
    with pytest.raises(Superseded, match="DeleteService was sent"):
        runner.drive(run)
    stage.pass_time(minutes=1)

    assert services(stage) == [("web", "INACTIVE")]


def test_what_may_be_secret_in_the_files_is_nowhere() -> None:
    def tagged(service: Json) -> Json:
        return service | {"tags": [{"key": "token", "value": "planted-d41d8cd9"}]}

    def repeat(call: Call, proceed: Proceed) -> Response:
        if call.operation == "CreateService":
            error = {"Code": "InvalidParameterException", "Message": "planted-d41d8cd9 is not valid"}
            raise ClientError({"Error": error}, call.operation)
        return proceed()

    stage = new(service=tagged, around=repeat)
    stage.up()

    assert stage.outcome == ("refused", 1)
    assert "is not valid" in stage.reason
    assert "planted" not in str(stage.events)
    assert not any("planted" in write.text for write in stage.store.writes)
