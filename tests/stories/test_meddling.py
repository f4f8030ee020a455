"""Other people touch what a run works with: it fails safe, says so, and takes nothing that is not its own."""

import pytest

from cage_fsm.report.failure import failure_lines, service_words
from tests.stories.stage import GROUP, ROLLOUT, Stage, assert_nothing_is_left, plain, without_breaker

JUDGING = ["launching_canary", "checking_containers", "checking_targets", "observing_canary"]


def somebody_deploys(stage: Stage) -> None:
    """A colleague registers and deploys a revision of their own."""
    theirs = stage.aws.ecs.register_task_definition(dict(stage.files.task_definition))
    stage.cloud.update_service("demo", "web", taskDefinition=theirs)


@pytest.mark.parametrize("state", JUDGING)
def test_somebody_stops_the_canary(state: str) -> None:
    stage = Stage()
    runner, run = stage.at(state)
    stage.pass_time(seconds=3)
    stage.cloud.stop_task(stage.canary.arn, "stopped by a colleague")
    stage.drive(runner, run)

    assert stage.outcome == ("failed", 1)
    assert "UserInitiated: stopped by a colleague" in stage.reason
    assert stage.calls("UpdateService") == []
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("state", ["checking_targets", "observing_canary"])
def test_somebody_deregisters_our_target_and_it_is_never_registered_again(state: str) -> None:
    stage = Stage()
    runner, run = stage.at(state)
    stage.cloud.deregister(GROUP, stage.canary.interface.address, 8080)
    stage.drive(runner, run)

    assert stage.outcome == ("failed", 1)
    assert "deregistered" in stage.reason
    assert len(stage.calls("RegisterTargets")) == 1
    assert_nothing_is_left(stage)


def test_a_resume_does_not_register_a_target_again_that_somebody_took_out() -> None:
    stage = Stage()
    runner, run = stage.at("checking_targets")
    while not stage.calls("RegisterTargets"):
        runner.advance(run)
    stage.cloud.deregister(GROUP, stage.canary.interface.address, 8080)
    stage.pass_time(minutes=1)
    stage.resume(run.record.id)

    assert stage.outcome == ("failed", 1)
    assert len(stage.calls("RegisterTargets")) == 1
    assert_nothing_is_left(stage)


def test_somebody_deletes_the_target_group_while_the_canary_is_judged() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    stage.cloud.delete_target_group(GROUP)
    stage.drive(runner, run)

    assert stage.outcome == ("failed", 1)
    assert "its target group was deleted" in stage.reason
    assert stage.canary.desired_status == "STOPPED"
    assert stage.holders == []


@pytest.mark.parametrize("state", JUDGING)
def test_somebody_updates_the_service_while_the_canary_is_judged(state: str) -> None:
    stage = Stage()
    runner, run = stage.at(state)
    somebody_deploys(stage)
    stage.drive(runner, run)

    assert stage.outcome == ("refused", 1)
    assert "Somebody else deployed web:3 to the service meanwhile; it was left as it is." in stage.reason
    assert stage.calls("UpdateService") == []
    assert stage.revision == "web:3"
    assert_nothing_is_left(stage)


def test_somebody_forces_a_deployment_of_the_same_revision_while_the_canary_is_judged() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    stage.cloud.update_service("demo", "web", forceNewDeployment=True)
    stage.drive(runner, run)

    assert stage.outcome == ("refused", 1)
    assert stage.calls("UpdateService") == []
    assert_nothing_is_left(stage)


def test_autoscaling_is_nobody_else() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    stage.cloud.scale("demo", "web", 4)
    stage.drive(runner, run)

    assert stage.outcome == ("succeeded", 0)
    assert stage.left.services == ("web runs web:2, 4 of 4 tasks",)
    assert_nothing_is_left(stage)


def test_autoscaling_in_the_middle_of_the_deployment_is_waited_for() -> None:
    stage = Stage()
    runner, run = stage.at("stabilizing_service")
    stage.cloud.scale("demo", "web", 1)
    stage.drive(runner, run)

    assert stage.outcome == ("succeeded", 0)
    assert stage.left.services == ("web runs web:2, 1 of 1 tasks",)


@pytest.mark.parametrize("state", ["detaching_canary", "stopping_canary"])
def test_somebody_updates_the_service_after_us(state: str) -> None:
    stage = Stage()
    runner, run = stage.at(state)
    somebody_deploys(stage)
    stage.drive(runner, run)

    assert stage.outcome == ("needs_operator", 4)
    assert stage.revision == "web:3"
    assert stage.sent_to("web:1") == 0
    assert "web:3" in run.record.history[-1].reason
    assert stage.left.left == ()


@pytest.mark.parametrize("state", ["launching_canary", "observing_canary"])
def test_somebody_deletes_the_service_while_the_canary_is_judged(state: str) -> None:
    stage = Stage()
    runner, run = stage.at(state)
    stage.cloud.delete_service("demo", "web")
    stage.drive(runner, run)

    assert stage.outcome == ("refused", 1)
    assert "The service is" in stage.reason
    assert_nothing_is_left(stage)


def test_somebody_deletes_the_service_after_it_was_updated() -> None:
    stage = Stage()
    runner, run = stage.at("stabilizing_service")
    stage.cloud.delete_service("demo", "web")
    stage.drive(runner, run)

    assert stage.outcome == ("needs_operator", 4)
    assert stage.reason.startswith("The service is ")
    assert stage.left.left == ()


def test_an_address_that_another_task_has_by_now_is_not_deregistered() -> None:
    stage = Stage(service=without_breaker, deregistration_delay=0)
    _, run = stage.at("observing_canary")
    address = stage.canary.interface.address
    stage.cloud.stop_task(stage.canary.arn)
    stage.pass_time(seconds=30)
    stage.cloud.reuse_address(address)
    stage.cloud.scale("demo", "web", 3)
    stage.pass_time(minutes=2)
    heir = next(task for task in stage.tasks("service:web") if task.interface.address == address)
    stage.resume(run.record.id)

    assert stage.outcome == ("failed", 1)
    assert stage.calls("DeregisterTargets") == []
    assert heir.live
    assert stage.cloud.world.target_groups[GROUP].targets[f"{address}:8080"].state == "healthy"
    assert_nothing_is_left(stage)


def test_a_container_that_dies_while_the_service_deploys_does_not_matter_any_more() -> None:
    stage = Stage(service=plain)
    runner, run = stage.at("detaching_canary")
    stage.cloud.exit_container(stage.canary.arn)
    stage.drive(runner, run)

    assert stage.outcome == ("succeeded", 0)
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("verb", ["resume", "rollback"])
def test_a_service_that_somebody_else_has_changed_for_good_can_be_let_go(verb: str) -> None:
    stage = Stage()
    runner, run = stage.at("stopping_canary")
    somebody_deploys(stage)
    stage.drive(runner, run)
    assert stage.record
    assert "not sent back" in "\n".join(failure_lines(stage.record, definition=ROLLOUT))
    stage.pass_time(minutes=10)
    getattr(stage, verb)(run.record.id)

    assert stage.record.state == "rolled_back"
    assert "somebody else" in service_words(stage.record)
    assert stage.sent_to("web:1") == 0
    assert stage.holders == []


def test_a_run_whose_service_was_deleted_can_be_let_go() -> None:
    stage = Stage()
    runner, run = stage.at("stabilizing_service")
    stage.cloud.delete_service("demo", "web")
    stage.drive(runner, run)
    stage.resume(run.record.id)

    assert stage.record
    assert stage.record.state == "rolled_back"
    assert stage.holders == []


def test_a_neighbour_that_got_the_address_of_a_stopped_canary_is_not_deregistered_but_named() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    address = stage.canary.interface.address
    stage.cloud.stop_task(stage.canary.arn, "stopped by a colleague")
    stage.pass_time(minutes=2)
    stage.cloud.reuse_address(address)
    started = stage.aws.ecs.run_task(
        cluster="demo",
        taskDefinition="web:1",
        networkConfiguration=stage.files.service["networkConfiguration"],
        launchType="FARGATE",
        group="billing",
    )
    assert started.task_arn
    stage.pass_time(minutes=1)
    stage.drive(runner, run)
    stage.pass_time(minutes=2)

    assert stage.cloud.world.tasks[started.task_arn].interface.address == address
    assert f"{address}:8080" in stage.cloud.world.target_groups[GROUP].targets
    assert stage.calls("DeregisterTargets") == []
    assert any(f"{address}:8080 belongs to another task by now" in step.reason for step in run.record.history)
    assert stage.outcome == ("failed", 1)


def test_a_deployment_that_was_complete_is_no_success_once_somebody_took_the_service_back() -> None:
    stage = Stage()
    _, run = stage.at("stabilizing_service")
    stage.pass_time(minutes=5)
    stage.cloud.update_service("demo", "web", taskDefinition=stage.service.definition.replace(":2", ":1"))
    stage.resume(run.record.id)

    assert stage.outcome == ("rolled_back", 3)
    assert "was complete, but the service goes to web:1 by now" in stage.reason
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


def test_a_service_without_tasks_that_somebody_takes_back_during_the_drain_is_no_success() -> None:
    stage = Stage(service=lambda service: service | {"desiredCount": 0}, deregistration_delay=300)
    runner, run = stage.at("detaching_canary")
    stage.pass_time(seconds=20)
    runner.advance(run)
    stage.cloud.update_service("demo", "web", taskDefinition=stage.service.definition.replace(":2", ":1"))
    stage.drive(runner, run)

    assert stage.outcome == ("rolled_back", 3)
    assert stage.revision == "web:1"
