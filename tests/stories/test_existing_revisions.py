"""A revision that exists is rolled out: nothing is registered, and the one that runs may be deployed anew."""

import pytest

from cage_fsm.report.failure import service_words
from tests.crash.test_lost_answers import losing
from tests.stories.stage import Change, Stage, assert_nothing_is_left, plain, without_breaker

ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/"


def with_revision(tag: str = "v2", service: Change = dict) -> Stage:
    """A stage with a revision web:2 that the service does not run."""
    stage = Stage(tag, service=service)
    stage.aws.ecs.register_task_definition(dict(stage.files.task_definition))
    return stage


def let_its_image_be(stage: Stage, tag: str) -> None:
    """Let the revision that runs start another image from now on."""
    (web,) = stage.cloud.world.definitions[stage.service.definition].document["containerDefinitions"]
    web["image"] = f"{web['image'].rpartition(':')[0]}:{tag}"


def assert_registered_by_hand_only(stage: Stage) -> None:
    assert len(stage.calls("RegisterTaskDefinition")) == 1
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("named", ["web", "web:2", f"{ARN}web:2"])
def test_it_is_named_as_the_aws_cli_takes_it(named: str) -> None:
    stage = with_revision()
    stage.rollout(task_definition=named)

    assert stage.outcome == ("succeeded", 0)
    assert stage.revision == "web:2"
    assert stage.facts.task_definition == f"{ARN}web:2"
    assert_registered_by_hand_only(stage)


def test_a_family_is_resolved_once_and_a_resume_needs_no_files() -> None:
    stage = with_revision()
    _, run = stage.at("registering", task_definition="web")
    stage.aws.ecs.register_task_definition(dict(stage.files.task_definition))
    stage.resume(run.record.id, with_files=False)

    assert stage.outcome == ("succeeded", 0)
    assert stage.revision == "web:2"


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("web:9", "There is no task definition web:9 (us-east-1): Unable to describe task definition."),
        ("web:1", "Revision web:1 runs already; --force-new-deployment deploys it anew."),
        ("web:2", "Revision web:2 is INACTIVE; give an ACTIVE one, or register it again."),
    ],
)
def test_what_cannot_be_deployed_is_refused_before_anything_is_created(named: str, says: str) -> None:
    stage = with_revision()
    stage.cloud.world.definitions[f"{ARN}web:2"].status = "INACTIVE"
    stage.rollout(task_definition=named)

    assert stage.outcome == ("refused", 1)
    assert stage.reason == says
    assert stage.calls("RunTask") == []


def test_its_canary_is_judged_and_refused_like_any_other() -> None:
    stage = with_revision("v2-crash")
    stage.rollout(task_definition="web:2")

    assert stage.outcome == ("failed", 1)
    assert stage.revision == "web:1"
    assert_registered_by_hand_only(stage)


def test_one_that_fails_in_the_service_is_rolled_back() -> None:
    stage = with_revision("v2-bad-in-service", without_breaker)
    stage.rollout(task_definition="web:2")

    assert stage.outcome == ("rolled_back", 3)
    assert stage.revision == "web:1"
    assert_registered_by_hand_only(stage)


@pytest.mark.parametrize("applied", [True, False], ids=["after the effect", "before it"])
def test_a_deployment_that_it_had_before_is_not_taken_for_ours(applied: bool) -> None:
    stage = Stage(service=plain)
    stage.rollout()
    stage.rollout()
    stage.around = losing("UpdateService", 1, applied=applied)
    stage.rollout(task_definition="web:2")

    assert stage.outcome == ("succeeded", 0)
    assert stage.revision == "web:2"
    assert stage.facts.service_deployment == stage.service.rollouts[0].arn
    assert stage.sent_to("web:2") == 2


class TestTheOneThatRuns:
    def test_is_deployed_anew_when_it_is_forced(self) -> None:
        stage = Stage()
        before = {task.arn for task in stage.tasks("service:web") if task.live}
        stage.rollout(task_definition="web", force_new_deployment=True)

        assert stage.outcome == ("succeeded", 0)
        assert stage.facts.deployment == stage.service.primary.id != stage.facts.baseline_deployment
        assert stage.facts.images_compared
        assert not before & {task.arn for task in stage.tasks("service:web") if task.live}
        assert_nothing_is_left(stage)

    @pytest.mark.parametrize("applied", [True, False], ids=["after the effect", "before it"])
    @pytest.mark.parametrize("after_seconds", [0, 30])
    def test_is_deployed_once_though_the_answer_and_the_process_are_lost(
        self, applied: bool, after_seconds: int
    ) -> None:
        stage = Stage(scenario="lag")
        stage.around = losing("UpdateService", 1, applied=applied)
        _, run = stage.at("updating_service", task_definition="web:1", force_new_deployment=True)
        stage.pass_time(seconds=after_seconds)
        stage.resume(run.record.id)

        assert stage.outcome == ("succeeded", 0)
        assert len(stage.calls("UpdateService")) == 1
        assert stage.facts.deployment == stage.service.primary.id
        assert_nothing_is_left(stage)

    def test_cannot_be_sent_back_and_an_operator_is_told(self) -> None:
        stage = Stage(service=without_breaker)
        let_its_image_be(stage, "v1-bad-in-service")
        stage.rollout(task_definition="web:1", force_new_deployment=True)

        assert stage.outcome == ("needs_operator", 4)
        assert "tasks failed, and the service has no circuit breaker" in stage.reason
        assert stage.record
        told = stage.record.history[-1].reason
        assert told.startswith("web:1 ran before as well, so there is no earlier revision to send.")
        assert len(stage.calls("UpdateService")) == 1
        assert stage.left.left == ()

        stage.resume(stage.record.id)

        assert stage.outcome == ("rolled_back", 3)
        assert service_words(stage.record) == "web in cluster demo is at web:1 again."
        assert_nothing_is_left(stage)

    def test_is_where_the_service_stays_when_the_run_is_undone_before_the_update(self) -> None:
        stage = Stage()
        _, run = stage.at("observing_canary", task_definition="web:1", force_new_deployment=True)
        stage.rollback(run.record.id)

        assert stage.outcome == ("rolled_back", 0)
        assert stage.calls("UpdateService") == []
        assert_nothing_is_left(stage)

    @pytest.mark.parametrize("applied", [True, False], ids=["after the effect", "before it"])
    def test_is_left_to_an_operator_when_the_run_is_undone_after_the_update(self, applied: bool) -> None:
        stage = Stage()
        stage.around = losing("UpdateService", 1, applied=applied)
        _, run = stage.at("updating_service", task_definition="web:1", force_new_deployment=True)
        stage.rollback(run.record.id)

        assert stage.outcome == (("needs_operator", 4) if applied else ("rolled_back", 0))
        assert stage.left.left == ()

    def test_is_judged_by_what_ecs_says_when_ecs_rolls_its_deployment_back(self) -> None:
        stage = Stage(service=plain)
        let_its_image_be(stage, "v1-bad-in-service")
        runner, run = stage.at("stabilizing_service", task_definition="web:1", force_new_deployment=True)
        while stage.service.rollouts[0].status != "ROLLBACK_IN_PROGRESS":
            stage.pass_time(seconds=1)
        let_its_image_be(stage, "previous")
        stage.drive(runner, run)

        assert stage.outcome == ("rolled_back", 3)
        assert "circuit breaker" in stage.reason
        assert stage.service.primary.id != stage.facts.deployment
