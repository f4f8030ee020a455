"""A one-off task between a healthy canary and the update of the service: once, and well, or no update."""

from typing import Any

import pytest

from cage_fsm.engine.ports import Finished, Suspended
from cage_fsm.phases.standalone import ONE_OFF
from cage_fsm.report.failure import failure_lines
from cage_fsm.sandbox import Call, Proceed, Response
from cage_fsm.sandbox.records import Task
from cage_fsm.sweep.scene import Scene
from cage_fsm.sweep.sweeping import Sweep
from tests.stories.kinds import mode, on_hosts
from tests.stories.stage import Stage, assert_nothing_is_left
from tests.stories.test_chosen_instance import last
from tests.stories.test_meddling import somebody_deploys

TASKS = "cage:one-off-task:web"
BRIEF = {"bake": 1.0}


def gate(command: str = "echo migrating; sleep 20; exit 0", **inputs: Any) -> dict[str, Any]:
    """The inputs of a rollout with a migration before the update."""
    durations = {**BRIEF, **inputs.pop("durations", {})}
    return {"container": "web", "command": ["sh", "-c", command], "durations": durations, **inputs}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def the_task(stage: Stage) -> Task:
    (found,) = stage.tasks(TASKS)
    return found


def assert_untouched(stage: Stage) -> None:
    assert stage.calls("UpdateService") == []
    assert stage.revision == "web:1"
    assert not any(task.live for task in stage.tasks(TASKS))
    assert_nothing_is_left(stage)


class TestATaskThatEndsWell:
    def test_runs_on_the_new_revision_once_the_canary_is_healthy_and_the_service_is_updated_after_it(
        self, stage: Stage
    ) -> None:
        stage.rollout(**gate())

        canary, task = stage.canary, the_task(stage)
        assert stage.outcome == ("succeeded", 0)
        assert stage.path[4:10] == [
            *("observing_canary", "launching_task", "running_task"),
            *("checking_targets", "observing_canary", "updating_service"),
        ]
        assert task.definition == canary.definition
        assert task.request["networkConfiguration"] == canary.request["networkConfiguration"]
        (override,) = task.request["overrides"]["containerOverrides"]
        assert (override["name"], override["command"]) == ("web", gate()["command"])
        assert task.stopped_at
        assert stage.calls("UpdateService")[0].at.timestamp() > task.stopped_at
        assert stage.facts.exit_code == 0
        assert_nothing_is_left(stage)

    def test_is_asked_for_with_the_approval_and_runs_after_it(self, stage: Stage) -> None:
        stage.rollout(**gate(approval=True))
        question = stage.facts.approval
        assert question
        assert question.shown["before_update"] == f"web: sh -c '{gate()['command'][2]}'"
        assert stage.tasks(TASKS) == []

        end = stage.answer(stage.runs[0].id)
        assert end == Finished("succeeded", 0)
        assert stage.path.index("awaiting_approval") < stage.path.index("running_task")
        assert stage.path.count("awaiting_approval") == stage.path.count("running_task") == 1
        assert_nothing_is_left(stage)

    @pytest.mark.parametrize("minutes", [0, 30])
    def test_is_found_again_by_another_process(self, stage: Stage, minutes: int) -> None:
        _, run = stage.at("running_task", **gate())
        stage.pass_time(minutes=minutes)
        stage.resume(run.record.id)

        assert stage.outcome == ("succeeded", 0)
        assert len(stage.tasks(TASKS)) == 1
        assert_nothing_is_left(stage)


class TestATaskThatDoesNot:
    @pytest.mark.parametrize(
        ("inputs", "tag", "reason"),
        [
            (gate("echo no such table; exit 7"), "v2", "container web exited with 7"),
            (gate("sleep 100", durations={"task": 30.0}), "v2", "did not end within 30s"),
        ],
    )
    def test_leaves_the_service_as_it_is(
        self, stage: Stage, inputs: dict[str, Any], tag: str, reason: str
    ) -> None:
        stage.rollout(**inputs)

        assert stage.outcome == ("failed", 1)
        assert reason in stage.reason
        assert stage.path[5:] == [
            *("launching_task", "running_task", "stopping_task"),
            *("detaching_canary", "stopping_canary", "aborted"),
        ]
        assert_untouched(stage)

    def test_tells_its_exit_code_and_what_it_wrote_last(self, stage: Stage) -> None:
        stage.rollout(**gate("echo no such table; exit 7"))

        (evidence,) = [each for each in stage.runs[0].evidence if each.state == "running_task"]
        log = evidence.seen["log"]
        assert isinstance(log, dict)
        assert log["lines"] == ["no such table"]
        assert stage.facts.exit_code == 7
        assert stage.record
        told = "\n".join(failure_lines(stage.record))
        assert "echo no such table; exit 7' ended with exit code 7; what it has done stays." in told

    def test_for_want_of_room_is_not_started_again(self) -> None:
        stage = Stage(service=on_hosts, definition=mode("bridge", hostPort=80), instances=3)
        stage.rollout(**gate())

        assert stage.outcome == ("failed", 1)
        assert stage.reason == "ECS did not start the one-off task: RESOURCE:PORTS"
        assert stage.path[5:7] == ["launching_task", "stopping_task"]
        assert stage.tasks(TASKS) == []
        assert_untouched(stage)

    def test_is_not_started_once_somebody_else_has_deployed(self, stage: Stage) -> None:
        runner, run = stage.at("observing_canary", **gate())
        somebody_deploys(stage)
        stage.drive(runner, run)

        assert stage.outcome == ("failed", 1)
        assert "Somebody else deployed" in stage.reason
        assert stage.tasks(TASKS) == []
        assert_nothing_is_left(stage)


def test_the_task_is_not_bound_to_the_instance_that_was_chosen_for_the_canary() -> None:
    stage = Stage(service=on_hosts, definition=mode("bridge"), instances=3)
    stage.rollout(**gate(canary_instance=last(stage).ec2_id))

    canary, task = stage.calls("RunTask")
    assert len(canary.params["placementConstraints"]) == len(task.params.get("placementConstraints", [])) + 1


def test_a_container_that_the_revision_has_not_is_refused_before_anything_is_created(stage: Stage) -> None:
    stage.rollout(container="migrate", command=["exit", "0"])

    assert stage.outcome == ("refused", 1)
    assert "web has no container migrate; it has web" in stage.reason
    assert stage.calls("RegisterTaskDefinition") == []


class TestATaskThatRuns:
    def test_is_stopped_by_a_ctrl_c_and_the_canary_after_it(self, stage: Stage) -> None:
        runner, run = stage.at("running_task", **gate())
        run.signals = 1
        stage.drive(runner, run)

        assert stage.outcome == ("interrupted", 130)
        stops = [call.params["task"] for call in stage.calls("StopTask")]
        assert stops.index(the_task(stage).arn) < stops.index(stage.canary.arn)
        assert_untouched(stage)

    def test_is_told_to_stop_by_a_second_ctrl_c_together_with_the_canary(self, stage: Stage) -> None:
        runner, run = stage.at("running_task", **gate("sleep 600"))
        run.signals = 2
        end = stage.drive(runner, run)

        assert isinstance(end, Suspended)
        assert "told the canary and the one-off task to stop" in end.why
        assert {the_task(stage).desired_status, stage.canary.desired_status} == {"STOPPED"}

        stage.resume(run.record.id)
        assert stage.outcome == ("interrupted", 130)
        assert_untouched(stage)

    def test_is_stopped_by_a_rollback(self, stage: Stage) -> None:
        _, run = stage.at("running_task", **gate("sleep 600"))
        end = stage.rollback(run.record.id)

        assert end == Finished("aborted", 0)
        assert_untouched(stage)

    def test_is_no_orphan_as_long_as_its_run_is_not_over(self, stage: Stage) -> None:
        _, run = stage.at("running_task", **gate("sleep 36000"))
        stage.pass_time(hours=2)
        scene = Scene(stage.aws, stage.store, stage.clock, alive=lambda _: False, include_unknown=True)

        found = list(Sweep(scene, ["demo"]).findings())
        assert [each.kind for each in found if each.does] == []
        stage.rollback(run.record.id)
        assert_untouched(stage)

    def test_that_cannot_be_stopped_at_first_is_stopped_with_the_canary(self, stage: Stage) -> None:
        runner, run = stage.at("running_task", **gate("sleep 600"))
        run.signals = 1
        stage.cloud.fail_next("StopTask", "AccessDeniedException")
        stage.drive(runner, run)

        assert stage.outcome == ("interrupted", 130)
        assert_untouched(stage)


def lose(call: Call, proceed: Proceed) -> Response:
    """The process dies with the call that starts the task, which arrived."""
    answer = proceed()
    if call.operation == "RunTask" and call.params["group"] == TASKS:
        raise KeyboardInterrupt
    return answer


class TestInDoubt:
    def test_a_task_that_ecs_has_forgotten_fails_the_run_and_is_named(self, stage: Stage) -> None:
        _, run = stage.at("running_task", **gate())
        task = the_task(stage).arn
        stage.pass_time(hours=3)
        stage.resume(run.record.id)

        assert stage.outcome == ("failed", 1)
        assert "in doubt" in stage.reason
        assert task in stage.reason
        assert len(stage.calls("RunTask")) == 2
        assert stage.revision == "web:1"

    @pytest.mark.parametrize(("hours", "words"), [(0.1, "was started; what"), (3, "was started is in doubt")])
    def test_a_call_without_an_answer_is_told_of_when_the_run_is_undone(
        self, stage: Stage, hours: float, words: str
    ) -> None:
        runner, run = stage.at("observing_canary", **gate())
        stage.around = lose
        with pytest.raises(KeyboardInterrupt):
            stage.drive(runner, run)
        stage.around = None
        stage.pass_time(hours=hours)
        stage.rollback(run.record.id)

        assert stage.record
        assert words in "\n".join(failure_lines(stage.record))
        assert_untouched(stage)

    def test_a_call_whose_token_is_forgotten_is_not_sent_again(self, stage: Stage) -> None:
        runner, run = stage.at("observing_canary", **gate())
        stage.around = lose
        with pytest.raises(KeyboardInterrupt):
            stage.drive(runner, run)
        stage.around = None
        stage.pass_time(hours=3)
        stage.resume(run.record.id)

        assert ONE_OFF.run_task in stage.runs[0].intents
        assert stage.outcome == ("failed", 1)
        assert "in doubt" in stage.reason
        assert len(stage.calls("RunTask")) == 2
