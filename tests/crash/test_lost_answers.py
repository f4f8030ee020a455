"""Answers that never come: what was asked for is found, or asked again where that is safe."""

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from cage_fsm.engine.run import Run
from cage_fsm.engine.runner import Runner
from cage_fsm.phases.facts import Facts, learn
from cage_fsm.phases.names import started_by
from cage_fsm.sandbox import Around, Call, Proceed, Response
from cage_fsm.sandbox.ecs import definitions
from tests.stories.stage import PLAIN, Stage, assert_nothing_is_left, operation, plain, without_breaker

URL = "https://ecs.us-east-1.amazonaws.com/"


def losing(wanted: str, times: int, *, applied: bool) -> Around:
    """The first `times` answers of an operation are lost, with their effect or without it."""
    left = [times]

    def around(call: Call, proceed: Proceed) -> Response:
        if operation(call) != wanted or not left[0]:
            return proceed()
        left[0] -= 1
        if applied:
            proceed()
        raise ReadTimeoutError(endpoint_url=URL)

    return around


def died_waiting_for(wanted: str, *, applied: bool) -> tuple[Stage, Run]:
    """A process that died without the answer to an operation's first call, with its effect or without."""

    def around(call: Call, proceed: Proceed) -> Response:
        if operation(call) == wanted:
            stage.around = None
            if applied:
                proceed()
            raise ReadTimeoutError(endpoint_url=URL)
        return proceed()

    stage = Stage(around=around)
    runner, run = stage.start()
    while stage.around:
        runner.advance(run)
        stage.clock.sleep(2)
    return stage, run


def assert_done_once(stage: Stage) -> None:
    assert stage.outcome == ("succeeded", 0)
    assert stage.revision == "web:2"
    assert len(stage.calls("RegisterTaskDefinition")) == 1
    assert stage.sent_to("web:2") == 1
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("applied", [True, False], ids=["after the effect", "before it"])
@pytest.mark.parametrize("wanted", PLAIN)
def test_a_lost_answer_makes_nothing_happen_twice(wanted: str, applied: bool) -> None:
    stage = Stage(around=losing(wanted, 1, applied=applied))
    stage.rollout()

    assert_done_once(stage)


@pytest.mark.parametrize("wanted", ["RunTask", "RegisterTargets", "DeregisterTargets", "StopTask"])
def test_answers_lost_three_times_in_a_row_make_nothing_happen_twice(wanted: str) -> None:
    stage = Stage(around=losing(wanted, 3, applied=True))
    stage.rollout()

    assert_done_once(stage)


@pytest.mark.parametrize("applied", [True, False], ids=["after the effect", "before it"])
@pytest.mark.parametrize("wanted", PLAIN)
def test_an_answer_that_is_lost_for_good_with_the_process_is_made_up_for_by_a_resume(
    wanted: str, applied: bool
) -> None:
    stage, run = died_waiting_for(wanted, applied=applied)
    stage.pass_time(seconds=30)
    stage.resume(run.record.id)

    assert_done_once(stage)


def test_a_lost_answer_to_the_sending_back_is_made_up_for() -> None:
    stage = Stage("v2-bad-in-service", service=without_breaker)
    runner, run = stage.at("stabilizing_service")
    stage.around = losing("UpdateService", 2, applied=True)
    stage.drive(runner, run)

    assert stage.outcome == ("rolled_back", 3)
    assert stage.left.services == ("web runs web:1, 2 of 2 tasks",)
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("wanted", PLAIN)
@pytest.mark.parametrize("code", ["ThrottlingException", "ServerException"])
def test_a_call_that_is_put_off_is_asked_again(wanted: str, code: str) -> None:
    stage = Stage()
    stage.cloud.fail_next(wanted, code, times=3)
    stage.rollout()

    assert_done_once(stage)


def test_a_connection_that_was_never_made_is_made_again() -> None:
    tries: list[str] = []

    def around(call: Call, proceed: Proceed) -> Response:
        tries.append(call.operation)
        if tries.count(call.operation) == 1:
            raise ConnectTimeoutError(endpoint_url=URL)
        return proceed()

    stage = Stage(around=around)
    stage.rollout()

    assert_done_once(stage)


def test_aws_that_never_answers_again_ends_the_state_and_not_the_care() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    stage.around = losing("DescribeTasks", 10_000, applied=False)
    stage.until(runner, run, "detaching_canary")
    stage.around = None
    stage.drive(runner, run)

    assert stage.outcome == ("failed", 1)
    assert stage.reason.startswith("No answer: DescribeTasks")
    assert_nothing_is_left(stage)


def test_consistency_that_lags_starts_no_second_canary_after_a_crash() -> None:
    stage = Stage(scenario="lag")
    stage.around = losing("RunTask", 1, applied=True)
    runner, run = stage.start()
    while not stage.tasks():
        runner.advance(run)
    stage.resume(run.record.id)

    assert_done_once(stage)


def test_a_canary_whose_start_was_never_answered_is_judged_when_its_token_is_forgotten() -> None:
    stage = Stage()
    stage.around = losing("RunTask", 1, applied=True)
    _, run = stage.at("launching_canary")
    stage.pass_time(hours=2)
    stage.resume(run.record.id)

    assert len(stage.calls("RunTask")) == 1
    assert_done_once(stage)


@pytest.mark.parametrize("after_seconds", [0, 5, 20])
def test_an_update_that_shows_late_is_not_sent_twice_after_a_crash(after_seconds: int) -> None:
    stage = Stage(scenario="lag")
    stage.around = losing("UpdateService", 1, applied=True)
    _, run = stage.at("updating_service")
    stage.pass_time(seconds=after_seconds)
    stage.resume(run.record.id)

    assert_done_once(stage)


def test_a_task_that_only_carries_our_name_is_not_taken_for_the_canary() -> None:
    stage = Stage()
    stage.around = losing("RunTask", 1, applied=False)
    _, run = stage.at("launching_canary")
    facts = Facts.of(run.record)
    stage.aws.ecs.run_task(
        **facts.launch,
        cluster=facts.cluster_arn,
        taskDefinition=facts.baseline,
        clientToken="another",
        startedBy=started_by(run.record.id),
        group="family:batch",
    )
    stage.pass_time(seconds=30)  # only what is shown can be told apart
    stage.rollback(run.record.id)

    assert stage.outcome == ("rolled_back", 0)
    (stranger,) = stage.tasks("family:batch")
    assert stranger.desired_status == "RUNNING"
    assert stage.tasks() == []


def test_an_update_that_ecs_undid_before_anybody_knew_of_it_is_not_sent_again() -> None:
    stage = Stage("v2-bad-in-service")
    stage.around = losing("UpdateService", 1, applied=True)
    _, run = stage.at("updating_service")
    stage.pass_time(hours=1)
    stage.resume(run.record.id)

    assert stage.outcome == ("rolled_back", 3)
    assert stage.sent_to("web:2") == 1
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("applied", [True, False], ids=["after the effect", "before it"])
def test_a_rollback_sends_the_baseline_whether_or_not_the_update_arrived(*, applied: bool) -> None:
    stage = Stage(scenario="lag", service=plain)
    stage.around = losing("UpdateService", 1, applied=applied)
    _, run = stage.at("updating_service")
    stage.rollback(run.record.id)

    assert stage.outcome == ("rolled_back", 0)
    assert stage.sent_to("web:1") == 1
    assert stage.left.services == ("web runs web:1, 2 of 2 tasks",)
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("after_seconds", [0, 5, 20])
def test_a_rollback_finds_the_canary_whose_start_was_never_answered(after_seconds: int) -> None:
    stage = Stage(scenario="lag")
    stage.around = losing("RunTask", 1, applied=True)
    runner, run = stage.start()
    while not stage.tasks():
        runner.advance(run)
    stage.pass_time(seconds=after_seconds)
    stage.rollback(run.record.id)

    assert stage.outcome == ("rolled_back", 0)
    assert stage.canary.desired_status == "STOPPED"
    assert len(stage.calls("RunTask")) == 1
    assert_nothing_is_left(stage)


def test_a_store_that_is_away_for_a_while_is_waited_for() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    stage.store.down = True
    for _ in range(20):
        runner.advance(run)
        stage.clock.sleep(5)
    stage.store.down = False
    stage.drive(runner, run)

    assert_done_once(stage)


def test_a_store_that_stays_away_ends_in_4_with_the_canary_stopped_and_a_resume_proves_it() -> None:
    stage = Stage()
    runner, run = stage.at("observing_canary")
    stage.store.down = True
    end = stage.drive(runner, run)

    assert getattr(end, "code", None) == 4
    assert stage.calls("UpdateService") == []
    assert stage.left.left == ()

    stage.store.down = False
    stage.resume(run.record.id)

    assert stage.outcome == ("failed", 1)
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("applied", [True, False], ids=["written", "not written"])
def test_any_save_that_is_not_confirmed_is_looked_up_and_gone_on_from(applied: bool) -> None:
    for number in (3, 17):
        stage = Stage()
        runner, run = stage.start()
        for _ in range(number):
            stage.store.before_next_write(lambda: None)
        stage.store.before_next_write(lambda: stage.store.fail_next_save(applied=applied))  # noqa: B023
        stage.drive(runner, run)

        assert_done_once(stage)


@pytest.mark.parametrize("with_files", [True, False])
@pytest.mark.parametrize("lag", [10, 40])
def test_a_revision_that_the_list_shows_late_is_not_left_registered_twice(lag: int, with_files: bool) -> None:
    stage = Stage(around=losing("RegisterTaskDefinition", 1, applied=True))
    stage.pass_time(minutes=1)
    stage.cloud.timings.definition_lag = lag
    runner, run = stage.start()
    stage.until(runner, run, "registering" if not with_files else "launching_canary")
    stage.resume(run.record.id)

    active = [each.revision for each in stage.cloud.world.definitions.values() if each.status == "ACTIVE"]
    assert stage.outcome == ("succeeded", 0)
    assert active == [1, int(stage.revision.rpartition(":")[2])]
    assert len(stage.calls("RegisterTaskDefinition")) == (1 if lag == 10 else 2)
    assert_nothing_is_left(stage)


def test_a_revision_too_many_that_may_not_be_deregistered_fails_nothing() -> None:
    stage = Stage(around=losing("RegisterTaskDefinition", 1, applied=True))
    stage.pass_time(minutes=1)
    stage.cloud.timings.definition_lag = 20
    stage.cloud.fail_next("DeregisterTaskDefinition", "AccessDeniedException")
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert len(stage.calls("RegisterTaskDefinition")) == 2
    assert stage.calls("DeregisterTaskDefinition") == []
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("wanted", PLAIN)
def test_an_answer_that_is_lost_with_the_process_is_undone_by_a_rollback(wanted: str) -> None:
    stage, run = died_waiting_for(wanted, applied=True)
    stage.rollback(run.record.id)

    assert stage.outcome == ("rolled_back", 0)
    assert stage.revision == "web:1"
    assert_nothing_is_left(stage)


def test_a_token_that_was_sent_with_other_parameters_gives_the_canary_back() -> None:
    stage = Stage(around=losing("RunTask", 1, applied=True))
    stage.cloud.timings.list_lag = 30
    runner, run = stage.start()
    while not stage.tasks():
        runner.advance(run)
    learn(run, launch=Facts.of(run.record).launch | {"enableECSManagedTags": True})
    stage.drive(runner, run)

    assert_done_once(stage)


def launched_and_lost(code: str) -> tuple[Stage, Runner, Run]:
    """A process that died of RunTask's answer; the next one sends it again, and AWS says `code`."""
    stage = Stage(around=losing("RunTask", 1, applied=True))
    stage.cloud.timings.list_lag = 30
    runner, run = stage.start()
    while not stage.tasks():
        runner.advance(run)
    stage.cloud.fail_next("RunTask", code)
    runner, run = stage.take(run.record.id)
    while not any(call.outcome == code for call in stage.cloud.calls):
        runner.advance(run)
    return stage, runner, run


@pytest.mark.parametrize("code", ["AccessDeniedException", "ClientException", "ConflictException"])
def test_a_canary_is_found_though_asking_for_it_again_was_refused(code: str) -> None:
    stage, runner, run = launched_and_lost(code)
    stage.drive(runner, run)

    assert stage.outcome == ("failed", 1)
    assert_nothing_is_left(stage)


def test_a_canary_is_found_though_asking_for_it_again_was_throttled() -> None:
    stage, runner, run = launched_and_lost("ThrottlingException")
    run.signals = 1
    stage.drive(runner, run)

    assert stage.outcome == ("interrupted", 130)
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("days", [0.05, 1.5, 30])
@pytest.mark.parametrize("applied", [True, False], ids=["launched", "not launched"])
def test_a_run_task_in_doubt_is_never_sent_again_beyond_the_life_of_its_token(
    applied: bool, days: float
) -> None:
    stage = Stage(around=losing("RunTask", 1, applied=applied))
    runner, run = stage.start()
    while stage.calls("RunTask") == [] and "RunTask" not in run.record.intents:
        runner.advance(run)
    for task in stage.tasks():
        stage.cloud.stop_task(task.arn)
    stage.pass_time(days=days)
    stage.resume(run.record.id)

    assert stage.outcome == ("failed", 1)
    assert "none is started now" in stage.reason
    assert len(stage.calls("RunTask")) == int(applied)
    assert_nothing_is_left(stage)


def test_a_canary_whose_arn_could_not_be_saved_is_stopped_when_the_store_stays_away() -> None:
    def around(call: Call, proceed: Proceed) -> Response:
        answer = proceed()
        stage.store.down = stage.store.down or call.operation == "RunTask"
        return answer

    stage = Stage(around=around)
    stage.rollout()

    assert not stage.canary.live


@pytest.mark.parametrize("tag", ["v2", "v2-bad-in-service"])
@pytest.mark.parametrize("seed", range(3))
def test_a_family_of_many_revisions_is_searched_through_all_troubles(seed: int, tag: str) -> None:
    stage = Stage(tag, scenario="throttling,server-errors,resets,lost-answers", service=without_breaker)
    stage.cloud.world.seed = seed
    for _ in range(25):
        definitions.register_task_definition(stage.cloud.world, dict(stage.files.task_definition))
    stage.pass_time(hours=1)
    began = stage.clock.now()
    stage.rollout()

    assert stage.outcome == (("succeeded", 0) if tag == "v2" else ("rolled_back", 3))
    assert (stage.clock.now() - began).total_seconds() < 900
    assert sum(each.status == "ACTIVE" for each in stage.cloud.world.definitions.values()) == 1 + 25 + 1
    assert_nothing_is_left(stage)
