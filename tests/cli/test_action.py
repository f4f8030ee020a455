"""action.yml, played by a stand-in for GitHub's runner: what it leaves, and what it tells the workflow."""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Build
from .desk import PATIENCE_SECONDS, Desk
from .runner import ACTION, Cancel, Runner, cancel_as_github_does, install_for
from .test_processes import assert_one_canary_is_over


@pytest.fixture
def runner(desk: Desk) -> Runner:
    """A runner on which cage-fsm is installed."""
    return runner_at(desk)


def runner_at(desk: Desk) -> Runner:
    place = desk.place / "runner"
    place.mkdir()
    return Runner(place, install_for(desk))


def when(words: str, act: Callable[[subprocess.Popen[str]], None]) -> Cancel:
    """Act once the log has these words."""

    def wait(process: subprocess.Popen[str], log: Path) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while words not in log.read_text("utf-8"):
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < until, log.read_text("utf-8")
            time.sleep(0.02)
        act(process)

    return wait


def test_a_rollout_gives_its_outputs_and_a_summary(desk: Desk, runner: Runner) -> None:
    job = runner.play({"deploy-context": str(desk.deploy), "canary-task-idle-duration": "0.1"})
    (run,) = desk.runs()

    assert not job.failed
    assert job.outputs == {
        "run-id": run["id"],
        "outcome": "succeeded",
        "task-definition-arn": desk.service.definition,
        "exit-code": "0",
        "approval-hash": "",
    }
    assert job.steps["undo"].outcome == "skipped"
    assert "succeeded</h3>" in job.summary
    assert job.steps["rollout"].log.count("::group::") == job.steps["rollout"].log.count("::endgroup::") > 5
    assert desk.revision == "web:2"


def test_a_failure_fails_the_step_with_its_code_and_cause(desk: Desk, runner: Runner) -> None:
    desk.tag("v3-bad-image")
    job = runner.play({"deploy-context": str(desk.deploy), "bake": "0.1"})
    (error,) = [line for line in job.steps["rollout"].log.splitlines() if line.startswith("::error")]

    assert job.failed
    assert (job.outputs["outcome"], job.outputs["exit-code"]) == ("failed", "1")
    assert error.startswith("::error title=web in cluster demo%3A failed::Cause: ")
    assert "%0AType next: " in error
    assert job.steps["undo"].outcome == "skipped"
    assert desk.revision == "web:1"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"bake": "soon"}, "soon"),
        ({"cage-options": "--no-such-option"}, "No such option"),
        ({"cage-options": "--cluster 'demo"}, "unmatched single quote"),
        ({"deploy-context": "elsewhere"}, "elsewhere"),
    ],
)
def test_bad_input_is_2_and_touches_nothing(
    desk: Desk, runner: Runner, given: dict[str, str], words: str
) -> None:
    job = runner.play({"deploy-context": str(desk.deploy)} | given)

    assert job.failed
    assert (job.outputs["run-id"], job.outputs["outcome"], job.outputs["exit-code"]) == ("", "", "2")
    assert words in job.steps["rollout"].log
    assert desk.changes == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"create-deployment": "true"}, "create-deployment is not done by this action"),
        ({"use-pre": "true"}, "name the version in cage-version"),
        ({"update-service": "yes"}, "update-service has to be true or false."),
        ({"create-deployment": "1"}, "create-deployment has to be true or false."),
        ({"approval": "4h"}, "approval needs a store"),
    ],
)
def test_what_the_action_does_not_do_is_refused_before_anything(
    desk: Desk, runner: Runner, given: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAGE_STORE")
    job = runner.play({"deploy-context": str(desk.deploy)} | given, begin="install")

    assert job.failed
    assert job.outputs["exit-code"] == "2"
    assert "::error title=cage-fsm::" in job.steps["install"].log
    assert words in job.steps["install"].log
    assert {name: step.outcome for name, step in job.steps.items() if name != "install"} == {
        "rollout": "skipped",
        "undo": "skipped",
        "end": "skipped",
    }
    assert not (desk.place / "runner" / "cage-fsm").exists()


def test_a_version_that_is_not_there_is_2_and_says_whose_it_has_to_be(
    desk: Desk, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    job = runner.play({"deploy-context": str(desk.deploy), "cage-version": "5.1.0"}, begin="install")

    assert job.failed
    assert job.outputs["exit-code"] == "2"
    assert "a version of cage-fsm, not of canarycage" in job.steps["install"].log


def test_no_input_is_ever_a_word_of_the_shell(desk: Desk, runner: Runner) -> None:
    evil = "$(touch pwned)`touch pwned`;touch pwned;'\" && touch pwned #"
    job = runner.play({"deploy-context": evil, "alarm": f"--help\n{evil}", "region": evil})

    assert job.outputs["exit-code"] == "2"
    assert not (desk.place / "runner" / "pwned").exists()


def test_more_options_are_split_as_a_shell_would_and_not_expanded(desk: Desk, runner: Runner) -> None:
    options = f"--bake 0.1\n--probe '{sys.executable} -c \"print(1)\"' --service=web"
    job = runner.play({"deploy-context": str(desk.deploy), "cage-options": options})

    assert job.outputs["outcome"] == "succeeded"
    assert desk.type("show", "last", "--json").json()["inputs"]["probe"].endswith("-c 'print(1)'")


def test_an_input_counts_without_the_blanks_around_it(desk: Desk, runner: Runner) -> None:
    job = runner.play({"deploy-context": f"{desk.deploy}\n", "region": " us-east-1\n", "bake": "0.1\n"})

    assert job.outputs["outcome"] == "succeeded"


def test_the_gates_reach_the_rollout_as_they_were_given(desk: Desk, runner: Runner) -> None:
    given = {
        "bake": "0.1",
        "probe": f"{sys.executable} -c 'print(\"$HOME\")'",
        "before-update": 'web: sh -c "exit 0"',
        "alarm": "no such alarm\nweb 5xx\n",
    }
    job = runner.play({"deploy-context": str(desk.deploy)} | given)
    inputs = desk.type("show", "last", "--json").json()["inputs"]

    assert inputs["alarms"] == ["no such alarm", "web 5xx"]
    assert (inputs["container"], inputs["command"]) == ("web", ["sh", "-c", "exit 0"])
    assert "$HOME" in inputs["probe"]
    assert job.outputs["outcome"] == "refused"  # for want of the alarms


def test_a_cancelled_job_leaves_no_canary(desk: Desk, runner: Runner) -> None:
    cancel = when("of the bake time left", cancel_as_github_does)
    job = runner.play({"deploy-context": str(desk.deploy), "bake": "60"}, cancel=cancel)

    assert job.outputs["outcome"] == "interrupted"
    assert job.outputs["exit-code"] == "130"
    assert "::warning title=web in cluster demo%3A interrupted::" in job.steps["rollout"].log
    assert job.steps["undo"].outcome == "skipped"
    assert desk.revision == "web:1"
    assert_one_canary_is_over(desk)


def test_what_a_cancelled_job_could_not_wait_for_is_undone_by_the_next_step(build: Build) -> None:
    desk = build(lambda service: service)
    for group in desk.cloud.world.target_groups.values():
        group.attributes["deregistration_delay.timeout_seconds"] = "300"
    cancel = when("of the bake time left", cancel_as_github_does)
    job = runner_at(desk).play({"deploy-context": str(desk.deploy), "bake": "60"}, cancel=cancel)

    assert job.steps["rollout"].outputs["exit-code"] == "75"
    assert job.steps["undo"].outcome == "success"
    assert job.outputs["exit-code"] == "130"
    assert desk.runs()[0]["final"]
    assert desk.revision == "web:1"
    assert_one_canary_is_over(desk)


def test_a_step_that_is_killed_is_undone_in_the_store_of_its_options(
    desk: Desk, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAGE_STORE")
    cancel = when("of the bake time left", lambda process: process.kill())
    options = f"--bake 60 --store '{desk.store}'"
    job = runner.play({"deploy-context": str(desk.deploy), "cage-options": options}, cancel=cancel)

    assert "exit-code" not in job.steps["rollout"].outputs
    assert job.steps["undo"].outcome == "success", job.steps["undo"].log
    assert (job.outputs["outcome"], job.outputs["exit-code"]) == ("rolled_back", "130")
    assert job.outputs["task-definition-arn"].endswith(":task-definition/web:2")
    assert desk.revision == "web:1"
    assert_one_canary_is_over(desk)


def test_an_approval_is_no_failure_and_is_given_by_another_job(desk: Desk, runner: Runner) -> None:
    job = runner.play({"deploy-context": str(desk.deploy), "bake": "0.1", "approval": "2h"})

    assert not job.failed
    assert (job.outputs["outcome"], job.outputs["exit-code"]) == ("suspended", "75")
    assert job.steps["undo"].outcome == "skipped"
    assert "::notice title=" in job.steps["rollout"].log
    assert "To approve: web in cluster demo gets web:2" in job.summary

    approve = f"--approve={job.outputs['approval-hash']}"
    assert desk.type("resume", job.outputs["run-id"], approve).code == 0
    assert desk.revision == "web:2"
    assert_one_canary_is_over(desk)


def test_without_files_it_only_installs(desk: Desk, runner: Runner) -> None:
    job = runner.play({})

    assert not job.failed
    assert {step.outcome for name, step in job.steps.items() if name != "install"} == {"skipped"}
    assert desk.changes == []


def test_what_the_action_types_are_options_of_the_rollout(desk: Desk) -> None:
    typed = set(re.findall(r"(?:add|words\+=\() ?(--[a-z-]+)", ACTION.read_text("utf-8")))
    known = set(re.findall(r"--[a-z-]+", desk.type("rollout", "--help").out))

    assert len(typed) > 8
    assert typed <= known
