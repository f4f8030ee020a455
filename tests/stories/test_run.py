"""One-off tasks: what they run, what is shown of them, and how they end."""

import itertools
import json
from dataclasses import replace

import pytest
from botocore.exceptions import ReadTimeoutError

from cage_fsm.report.cause import deciding_step, explanation
from cage_fsm.report.failure import task_words
from cage_fsm.sandbox import Call, Proceed, Response
from cage_fsm.sandbox.records import Task
from tests.stories.kinds import mode, on_hosts
from tests.stories.stage import RUN, Json, Stage, example
from tests.stories.test_sparse_answers import leaving_out

ONE_OFFS = "cage:one-off-task:web"


def the_task(stage: Stage) -> Task:
    (found,) = stage.tasks(ONE_OFFS)
    return found


def assert_over(stage: Stage) -> None:
    """One task at the most was started, none runs, and the service is as it was."""
    assert [task.last_status for task in stage.tasks(ONE_OFFS)] in ([], ["STOPPED"])
    assert stage.left.left == ()
    assert stage.revision == "web:1"
    assert stage.claims == []


def nameless(_: Json) -> Json:
    """A service.json without a word on how to launch."""
    return {"cluster": "demo", "serviceName": "web"}


def with_a_sidecar(definition: Json) -> Json:
    """A container that would run on, and the one of the command is not essential."""
    (web,) = definition["containerDefinitions"]
    side = {name: web[name] for name in ("image", "logConfiguration")} | {"name": "side"}
    return definition | {"containerDefinitions": [web | {"essential": False}, side]}


def without_an_answer(call: Call, proceed: Proceed) -> Response:
    """RunTask is done, and nobody hears of it."""
    answer = proceed()
    if call.operation == "RunTask":
        raise ReadTimeoutError(endpoint_url="https://ecs.us-east-1.amazonaws.com/")
    return answer


def _stream(stage: Stage) -> list[tuple[float, str]]:
    """What the container of the one-off task has written."""
    return stage.cloud.world.logs["/ecs/web"][f"web/web/{the_task(stage).id}"]


def cause(stage: Stage) -> str:
    assert stage.record
    step = deciding_step(stage.record, RUN)
    assert step
    return explanation(stage.record, step).cause


def test_a_command_runs_where_the_file_says_and_ends_with_its_code() -> None:
    stage = Stage()
    end = stage.run_task("sh", "-c", "echo begins; sleep 10; echo ends; exit 0")

    assert (end.code, stage.outcome) == (0, ("succeeded", 0))
    assert stage.path == ["registering", "launching_task", "running_task", "completed"]
    assert stage.lines == ["begins", "ends"]
    (call,) = stage.calls("RunTask")
    assert call.params["networkConfiguration"] == stage.files.service["networkConfiguration"]
    assert (call.params["startedBy"], len(call.params["startedBy"])) == (
        f"cage-fsm/{stage.runs[0].id}/task",
        36,
    )
    assert stage.calls("DescribeServices") == []
    assert_over(stage)


def test_the_code_of_the_container_is_the_code_of_the_run() -> None:
    stage = Stage()
    end = stage.run_task("sh", "-c", "echo begins; exit 7")

    assert (end.code, stage.outcome, stage.facts.exit_code) == (7, ("failed", 7), 7)
    assert cause(stage) == "The program in container web ended by itself with exit code 7."
    assert stage.path[-2:] == ["stopping_task", "aborted"]
    assert_over(stage)


def test_a_file_without_a_word_on_launching_takes_the_service_as_it_runs() -> None:
    stage = Stage(service=on_hosts, definition=mode("bridge"))
    stage.files = example("v2", nameless, mode("bridge"))
    stage.run_task("exit 0")

    (call,) = stage.calls("RunTask")
    assert call.params["launchType"] == "EC2"
    assert stage.outcome == ("succeeded", 0)


def test_without_the_service_the_files_are_enough_or_it_is_refused() -> None:
    stage = Stage()
    stage.run_task("exit 0", service="")
    assert stage.outcome == ("succeeded", 0)

    stage.files = example("v2", nameless)
    stage.run_task("exit 0", service="other")
    assert (stage.outcome, stage.reason) == (
        ("refused", 125),
        "There is no service other in cluster demo (us-east-1).",
    )

    stage.run_task("exit 0", cluster="nowhere")
    assert stage.reason == "There is no active cluster nowhere (us-east-1)."


def test_a_revision_that_says_the_same_is_taken_and_not_registered_again() -> None:
    stage = Stage()
    for _ in range(2):
        stage.run_task("exit 0")
    assert len(stage.calls("RegisterTaskDefinition")) == 1
    assert stage.facts.task_definition.endswith("web:2")

    stage.files = example("v3")
    stage.run_task("exit 0")
    assert stage.facts.task_definition.endswith("web:3")

    stage.run_task("exit 0", task_definition="web:1")
    assert stage.facts.task_definition.endswith("web:1")
    assert len(stage.calls("RegisterTaskDefinition")) == 2


def test_a_container_that_is_not_there_is_refused() -> None:
    stage = Stage()
    stage.run_task("exit 0", container="wbe", task_definition="web:1")

    assert (stage.outcome, stage.reason) == (("refused", 125), "web:1 has no container wbe; it has web.")
    assert stage.calls("RunTask") == []


@pytest.mark.parametrize(
    ("tag", "code", "words"),
    [
        ("v2-no-capacity", 125, "Capacity is unavailable"),
        ("v2-bad-image", 125, "CannotPullContainerError"),
        ("v2-exit-137", 137, "used more memory than it may"),
        ("v2-crash", 1, "ended by itself with exit code 1"),
    ],
)
def test_a_task_that_cannot_do_its_work_says_why(tag: str, code: int, words: str) -> None:
    stage = Stage(tag)
    stage.run_task("sh", "-c", "sleep 600; exit 0")

    assert stage.outcome == ("failed", code)
    assert words in f"{cause(stage)} {stage.reason}"
    assert_over(stage)


def test_what_somebody_stops_has_not_done_its_work_even_if_it_ends_with_0() -> None:
    stage = Stage()
    runner, run = stage.start_task("sleep 600")
    stage.until(runner, run, "running_task")
    stage.cloud.stop_task(the_task(stage).arn, "stopped by a colleague")
    stage.drive(runner, run)

    assert stage.outcome == ("failed", 125)
    assert "Somebody stopped the task" in cause(stage)
    assert "exited with 0; it was stopped, UserInitiated: stopped by a colleague" in stage.reason


def test_the_task_does_not_run_on_once_its_container_has_ended() -> None:
    stage = Stage(definition=with_a_sidecar)
    stage.run_task("sh", "-c", "sleep 5; exit 3")

    assert stage.outcome == ("failed", 3)
    assert [each.name for each in the_task(stage).containers] == ["web", "side"]
    assert len(stage.calls("StopTask")) == 1
    assert cause(stage) == "The program in container web ended by itself with exit code 3."
    assert_over(stage)

    stage.run_task("exit 0")
    assert stage.outcome == ("succeeded", 0)


@pytest.mark.parametrize(
    ("essential", "outcome"), [(True, ("failed", 125)), (False, ("succeeded", 0))], ids=["essential", "not"]
)
def test_an_essential_container_that_fails_leaves_in_doubt_whether_the_work_was_done(
    essential: bool, outcome: tuple[str, int]
) -> None:
    def with_a_crash(definition: Json) -> Json:
        web, side = with_a_sidecar(definition)["containerDefinitions"]
        side |= {"image": f"{side['image']}-crash", "essential": essential}
        return definition | {"containerDefinitions": [web | {"essential": True}, side]}

    stage = Stage(definition=with_a_crash)
    stage.run_task("sleep 600")  # told to end, it ends with 0

    assert [each.exit_code for each in the_task(stage).containers] == [0, 1]
    assert stage.outcome == outcome
    assert any("container side exited with 1" in event.words for event in stage.events)
    assert_over(stage)


def test_lines_come_while_it_runs_and_none_comes_twice() -> None:
    stage = Stage()
    runner, run = stage.start_task("sh", "-c", "echo 'a\tb'; sleep 30; echo c; sleep 30; echo d")
    stage.until(runner, run, "running_task")
    seen = []
    while not run.record.final:
        seen.append(tuple(stage.lines))
        stage.clock.sleep(getattr(runner.advance(run), "seconds", 0))

    assert [*dict.fromkeys(seen)] == [(), ("a\tb",), ("a\tb", "c"), ("a\tb", "c", "d")]


def test_a_resume_goes_on_where_the_last_save_was() -> None:
    stage = Stage()
    runner, run = stage.start_task("sh", "-c", "echo a; sleep 60; echo b; sleep 60; echo c; exit 7")
    while stage.lines != ["a", "b"]:
        stage.clock.sleep(getattr(runner.advance(run), "seconds", 0))
    runner.advance(run)
    run.save()
    stage.resume(run.record.id)

    assert stage.outcome == ("failed", 7)
    assert stage.lines == ["a", "b", "c"]
    assert len(stage.calls("RunTask")) == 1


def test_lines_begin_anew_where_the_position_is_too_old() -> None:
    stage = Stage()
    runner, run = stage.start_task("sh", "-c", "echo a; sleep 60; echo b")
    stage.until(runner, run, "running_task")
    while stage.lines != ["a"]:
        stage.clock.sleep(getattr(runner.advance(run), "seconds", 0))
    run.save()
    old = "The specified nextToken is invalid."
    stage.cloud.fail_next("GetLogEvents", "InvalidParameterException", 1, old)
    stage.resume(run.record.id)

    assert (stage.outcome, stage.lines) == (("succeeded", 0), ["a", "a", "b"])


def test_more_lines_than_one_look_shows_are_all_shown() -> None:
    stage = Stage()
    runner, run = stage.start_task("sleep 20")
    stage.until(runner, run, "running_task")
    _stream(stage).extend((stage.cloud.world.now, f"line {number}") for number in range(12_000))
    stage.drive(runner, run)

    assert stage.outcome == ("succeeded", 0)
    assert stage.lines == [f"line {number}" for number in range(12_000)]


def test_a_stream_that_never_says_where_it_ends_neither_hurries_a_run_nor_keeps_it_from_its_end() -> None:
    pages = itertools.count()

    def another_token(call: Call, proceed: Proceed) -> Response:
        token = call.params.pop("nextToken", "") if call.operation == "GetLogEvents" else ""
        if token:
            call.params["nextToken"] = token.partition("#")[0]
        answer = proceed()
        if call.operation != "GetLogEvents":
            return answer
        said = json.loads(answer.body)
        said["nextForwardToken"] += f"#{next(pages)}"
        return replace(answer, body=json.dumps(said).encode())

    stage = Stage(around=another_token)
    _, run = stage.start_task("sh", "-c", "echo a; sleep 60; echo b")
    stage.poll_seconds = None
    stage.resume(run.record.id)

    assert (stage.outcome, stage.lines) == (("succeeded", 0), ["a", "b"])
    assert len(stage.calls("DescribeTasks")) < 100


def test_what_a_resume_keeps_as_evidence_has_no_secret_of_the_overrides() -> None:
    stage = Stage()
    secret = {"name": "URL", "value": "planted-d41d8cd9"}
    given = {"containerOverrides": [{"name": "web", "environment": [secret]}]}
    stage.files = replace(stage.files, overrides=given)
    runner, run = stage.start_task("sleep 60; exit 7", overrides_digest="0")
    stage.until(runner, run, "running_task")
    _stream(stage).append((stage.cloud.world.now, "connecting to planted-d41d8cd9"))
    stage.resume(run.record.id, with_files=False)

    assert stage.outcome == ("failed", 7)
    assert "connecting to [redacted]" in stage.lines
    assert not any("planted-d41d8cd9" in write.text for write in stage.store.writes)


@pytest.mark.parametrize(
    ("scenario", "log", "words"),
    [
        ("healthy", {"logDriver": "splunk"}, "its log driver is splunk, not awslogs"),
        (
            "healthy",
            {"logDriver": "awslogs", "options": {"awslogs-group": "/no"}},
            "log group does not exist",
        ),
        ("denied-logs", None, "not authorized to perform: logs:GetLogEvents"),
    ],
)
def test_lines_that_cannot_be_had_are_told_of_once(scenario: str, log: Json | None, words: str) -> None:
    def change(definition: Json) -> Json:
        (web,) = definition["containerDefinitions"]
        return definition | {"containerDefinitions": [web | ({"logConfiguration": log} if log else {})]}

    stage = Stage(scenario=scenario, definition=change)
    if scenario == "healthy":
        stage.cloud.fail_next("GetLogEvents", "ResourceNotFoundException", 99, words)
    stage.run_task("sh", "-c", "echo a; sleep 60; exit 7")

    assert stage.outcome == ("failed", 7)
    told = [event.words for event in stage.events if words in event.words and event.kind == "seen"]
    assert told == [told[0]]
    assert stage.lines == []


@pytest.mark.parametrize(
    ("operation", "path", "outcome"),
    [
        ("GetLogEvents", ["nextForwardToken"], ("succeeded", 0)),
        ("DescribeClusters", ["clusters", "status"], ("succeeded", 0)),
        ("DescribeTaskDefinition", ["tags"], ("succeeded", 0)),
        ("DescribeTasks", ["tasks", "stopCode"], ("succeeded", 0)),
        ("DescribeTasks", ["tasks", "stoppedReason"], ("succeeded", 0)),
        ("DescribeTasks", ["tasks", "desiredStatus"], ("succeeded", 0)),
        ("DescribeTasks", ["tasks", "overrides"], ("succeeded", 0)),
        ("DescribeTasks", ["tasks", "containers", "lastStatus"], ("succeeded", 0)),
        ("DescribeTasks", ["tasks", "containers", "exitCode"], ("failed", 125)),
    ],
    ids=lambda found: found[-1] if isinstance(found, list) else None,
)
def test_a_cloud_that_leaves_something_out(operation: str, path: list[str], outcome: tuple[str, int]) -> None:
    stage = Stage(around=leaving_out(operation, *path))
    stage.run_task("sh", "-c", "echo a; sleep 30; echo b")

    assert (stage.outcome, stage.lines) == (outcome, ["a", "b"])
    assert_over(stage)


def test_no_value_of_the_files_or_of_the_overrides_is_shown() -> None:
    secret = {"name": "KEY", "value": "planted-d41d8cd9"}

    def change(definition: Json) -> Json:
        (web,) = definition["containerDefinitions"]
        return definition | {"containerDefinitions": [web | {"environment": [secret]}]}

    stage = Stage(definition=change)
    stage.run_task("sh", "-c", "echo it is planted-d41d8cd9; echo password=hunter22")

    assert stage.lines == ["it is [redacted]", "password=[redacted]"]


def test_no_lines_are_asked_for_where_nobody_wants_them() -> None:
    stage = Stage()
    stage.run_task("sh", "-c", "echo a", no_logs=True)

    assert (stage.outcome, stage.lines, stage.calls("GetLogEvents")) == (("succeeded", 0), [], [])


def test_the_time_is_over_when_it_says_so() -> None:
    stage = Stage()
    stage.run_task("sleep 600", durations={"task": 120.0})

    assert (stage.outcome, stage.reason) == (("failed", 125), "The one-off task did not end within 2m.")
    assert_over(stage)


def test_ctrl_c_waits_until_the_task_is_seen_stopped_and_twice_does_not() -> None:
    for signals, code in ((1, 130), (2, 130)):
        stage = Stage()
        runner, run = stage.start_task("sleep 600")
        stage.until(runner, run, "running_task")
        run.signals = signals
        end = stage.drive(runner, run)

        if signals == 2:
            assert (end.code, the_task(stage).live) == (75, False)
            end = stage.resume(run.record.id)
        assert (end.code, stage.outcome) == (code, ("interrupted", code))
        assert_over(stage)


@pytest.mark.parametrize(("hours", "code"), [(0.9, 7), (1.5, 125), (30, 125)])
def test_how_a_task_ended_that_nobody_watched(hours: float, code: int) -> None:
    stage = Stage()
    runner, run = stage.start_task("sleep 10; exit 7")
    stage.until(runner, run, "running_task")
    stage.pass_time(hours=hours)
    stage.resume(run.record.id)

    assert stage.outcome == ("failed", code)
    assert ("in doubt" in stage.reason) == (code == 125)
    assert_over(stage) if code == 7 else None


@pytest.mark.parametrize(
    ("seconds", "hours", "outcome", "words"),
    [
        (10, 0.5, ("succeeded", 0), ""),
        (3600 * 1.5, 1.2, ("succeeded", 0), ""),
        (2400, 1.2, ("succeeded", 0), ""),
        (10, 2, ("failed", 125), "in doubt, and it is not started again"),
    ],
    ids=["stopped", "running", "stopped after the life of its token", "forgotten"],
)
def test_a_start_without_an_answer_is_found_again_or_in_doubt_and_never_made_twice(
    seconds: float, hours: float, outcome: tuple[str, int], words: str
) -> None:
    stage = Stage()
    runner, run = stage.start_task(f"sleep {seconds}")
    stage.until(runner, run, "registering")
    stage.around = without_an_answer
    while "RunTask of the one-off task" not in run.record.intents:
        runner.advance(run)
    stage.around = None
    stage.pass_time(hours=hours)
    stage.resume(run.record.id)

    assert stage.outcome == outcome
    assert words in (stage.reason if words else "")
    assert len(stage.calls("RunTask")) == 1
    assert len(stage.tasks(ONE_OFFS)) <= 1


def test_a_task_is_not_started_when_the_time_for_it_to_run_is_over() -> None:
    def die(call: Call, proceed: Proceed) -> Response:
        if call.operation == "RunTask":
            raise KeyboardInterrupt
        return proceed()

    stage = Stage(around=die)
    runner, run = stage.start_task("sleep 100")
    with pytest.raises(KeyboardInterrupt):
        stage.drive(runner, run)
    stage.around = None
    stage.pass_time(hours=0.5)
    stage.resume(run.record.id)

    assert stage.outcome == ("failed", 125)
    assert "is over" in stage.reason
    assert stage.tasks(ONE_OFFS) == []
    assert_over(stage)


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.1, "is stopped."), (2, "Whether one was started is in doubt")],
    ids=["shown", "not"],
)
def test_of_a_start_without_an_answer_nobody_says_that_it_was_none(hours: float, words: str) -> None:
    def die(call: Call, proceed: Proceed) -> Response:
        answer = proceed()
        if call.operation == "RunTask":
            raise KeyboardInterrupt
        return answer

    stage = Stage(around=die)
    runner, run = stage.start_task("sleep 10")
    with pytest.raises(KeyboardInterrupt):
        stage.drive(runner, run)
    stage.around = None
    stage.pass_time(hours=hours)
    stage.rollback(run.record.id)

    assert stage.outcome == ("rolled_back", 0)
    assert stage.record
    assert words in task_words(stage.record)
    assert len(stage.calls("RunTask")) == 1
