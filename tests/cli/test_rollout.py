"""cage-fsm rollout, resume and rollback: what is printed, and every exit code."""

import json
from pathlib import Path

import pytest

from .conftest import Build
from .desk import Desk, Json, plain


def without_breaker(service: Json) -> Json:
    return service | {"deploymentConfiguration": {"maximumPercent": 200, "minimumHealthyPercent": 100}}


def ending(out: str) -> dict[str, str]:
    """The lines that end a failure, by their first word."""
    found = dict(line.split(": ", 1) for line in out.splitlines() if line[:1].isalpha() and ": " in line)
    return {name: found[name] for name in ("Cause", "Doing", "AWS said", "Service now", "Type next")}


def test_a_rollout_that_succeeds_is_0_and_says_what_runs(desk: Desk) -> None:
    done = desk.rollout()
    (run,) = desk.runs()

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == f"Run {run['id']}"
    assert done.out.splitlines()[-1] == (
        f"Run {run['id']}: succeeded. web runs web:2; 2 of 2 tasks are running."
    )
    assert desk.revision == "web:2"


def test_a_rollout_behind_a_load_balancer_succeeds(build: Build) -> None:
    desk = build(lambda service: service)
    done = desk.rollout()

    assert done.code == 0
    assert desk.changes.index("DeregisterTargets") < desk.changes.index("StopTask")
    assert "checking_targets" in done.out


def test_a_rollout_that_fails_is_1_and_ends_in_ending(desk: Desk) -> None:
    desk.tag("v3-crash")
    done = desk.rollout()
    (run,) = desk.runs()

    assert done.code == 1
    said = ending(done.out)
    assert said["AWS said"].endswith("container web exited with 1")
    assert said["Service now"] == "web runs web:1; 2 of 2 tasks are running."
    assert said["Type next"] == "nothing; the run is over. Mend the cause and start again"
    assert (run["outcome"], run["state"], run["final"]) == ("failed", "aborted", True)
    assert desk.revision == "web:1"


def test_a_rollout_that_is_refused_is_1_and_creates_nothing(desk: Desk) -> None:
    done = desk.rollout("--service", "nowhere")

    assert done.code == 1
    assert ending(done.out)["Cause"] == ("There is no service nowhere in cluster demo (us-east-1).")
    assert desk.changes == []


def test_a_rollout_that_ecs_rolls_back_is_3(desk: Desk) -> None:
    desk.tag("v3-bad-in-service")
    done = desk.rollout()

    assert done.code == 3
    assert "circuit breaker" in ending(done.out)["AWS said"]
    assert desk.revision == "web:1"


def test_a_rollout_that_is_to_keep_failing_is_4(build: Build) -> None:
    desk = build(lambda service: without_breaker(plain(service)))
    desk.tag("v3-bad-in-service")
    done = desk.rollout("--keep-failing")

    assert done.code == 4
    assert ending(done.out)["Service now"].startswith("web runs web:2; ")
    assert desk.revision == "web:2"


def test_a_canary_that_cannot_be_stopped_is_4_and_a_resume_is_what_to_type_next(desk: Desk) -> None:
    desk.tag("v3-crash")
    desk.cloud.world.timings.crash_after = 10_000
    desk.cloud.fail_next("StopTask", "AccessDeniedException", times=100)
    desk.cloud.fail_next("UpdateService", "AccessDeniedException", times=1)
    done = desk.rollout()
    (run,) = desk.runs()

    assert done.code == 4
    assert f"cage-fsm resume {run['id']}" in ending(done.out)["Type next"]
    assert run["outcome"] == "needs_operator"

    desk.cloud.world.planned.clear()
    again = desk.type("resume", "last")

    assert again.code == 1
    assert desk.runs()[0]["outcome"] == "refused"


def test_json_puts_an_object_per_event_on_stdout_and_the_words_for_people_on_stderr(desk: Desk) -> None:
    desk.tag("v3-crash")
    done = desk.rollout("--json")
    events = [json.loads(line) for line in done.out.splitlines()]

    assert done.code == 1
    assert all(set(event) == {"at", "kind", "state", "words", "evidence", "run"} for event in events)
    assert {event["kind"] for event in events} == {"moved", "seen", "finished"}
    assert events[-1]["kind"] == "finished"
    assert events[-1]["words"] == "failed"
    assert ending(done.err)["Type next"]


def test_a_finished_run_that_is_resumed_says_again_how_it_ended(desk: Desk) -> None:
    desk.tag("v3-crash")
    desk.rollout()
    before = len(desk.cloud.calls)
    again = desk.type("resume", "last")

    assert again.code == 1
    assert "exited with 1" in ending(again.out)["AWS said"]
    assert len(desk.cloud.calls) == before


def test_a_rollout_that_succeeded_is_undone_by_a_rollback_with_0(desk: Desk) -> None:
    desk.rollout()
    done = desk.type("rollback", "last")
    newest, oldest = desk.runs()

    assert done.code == 0
    assert desk.revision == "web:1"
    assert (newest["machine"], newest["outcome"]) == ("rollback", "rolled_back")
    assert (oldest["machine"], oldest["outcome"]) == ("rollout", "succeeded")
    assert done.out.splitlines()[-1].endswith("rolled_back. web runs web:1; 2 of 2 tasks are running.")


def test_a_rollback_of_a_run_that_left_nothing_is_0_and_touches_nothing(desk: Desk) -> None:
    desk.tag("v3-crash")
    desk.rollout()
    before = len(desk.cloud.calls)
    done = desk.type("rollback", "last")

    assert done.code == 0
    assert len(desk.cloud.calls) == before
    assert len(desk.runs()) == 1


def test_a_rollback_is_refused_with_1_when_the_service_runs_something_else(desk: Desk) -> None:
    desk.rollout()
    (first,) = desk.runs()
    desk.cloud.update_service("demo", "web", taskDefinition="web:1")
    done = desk.type("rollback", first["id"])

    assert done.code == 1
    assert "The service runs web:1 and no longer the revision of run" in done.out
    assert desk.runs()[0]["outcome"] == "refused"


def test_skip_unchanged_ends_with_0_only_when_this_very_thing_runs(desk: Desk) -> None:
    desk.rollout()
    before = desk.changes
    done = desk.rollout("--skip-unchanged")

    assert done.code == 0
    assert "runs this very task definition" in done.err
    assert desk.changes == before

    for task in desk.cloud.world.tasks.values():
        task.containers[0].image += f"@{task.containers[0].digest}"
    assert desk.rollout("--skip-unchanged").code == 0
    assert desk.changes == before

    desk.tag("v3-crash")
    assert desk.rollout("--skip-unchanged").code == 1


def test_ci_never_asks_and_environment_variables_of_old_set_the_limits(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAGE_CANARY_TASK_IDLE_DURATION", "0.1")
    monkeypatch.setenv("CAGE_SERVICE", "web")
    monkeypatch.setenv("CAGE_CLUSTER", "demo")
    desk.change(lambda service: {k: v for k, v in service.items() if k != "serviceName"}, "service.json")
    done = desk.type("--ci", "rollout", desk.deploy)

    assert done.code == 0
    assert desk.type("show", "last", "--json").json()["durations"]["bake"] == 0.1


def test_the_variables_of_the_environment_are_rendered_into_the_files(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MY_TAG", "v9")
    desk.tag("${MY_TAG}")
    done = desk.rollout()

    image = desk.cloud.world.definitions[desk.service.definition].document["containerDefinitions"][0]["image"]
    assert done.code == 0
    assert image.endswith(":v9")
