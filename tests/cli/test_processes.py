"""Real processes: killed, interrupted, two at once, asked on a terminal, unheard by a closed pipe."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .desk import PROGRAM, Child, Desk, Json, read_until

ODD_FILES = Path(__file__).parent.parent / "stories" / "odd_files"


def watched(desk: Desk, *words: str, bake: str = "0.5") -> Child:
    """A rollout in a process of its own, whose canary is being watched."""
    child = desk.spawn("rollout", desk.deploy, "--bake", bake, *words)
    child.until("of the bake time left")
    return child


def assert_one_canary_is_over(desk: Desk) -> None:
    desk.cloud.settle()
    (canary,) = [task for task in desk.cloud.world.tasks.values() if task.group.startswith("cage:")]
    assert canary.desired_status == "STOPPED"


def test_a_run_that_was_killed_is_finished_by_a_resume_from_another_directory(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched(desk).kill()
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    done = desk.type("resume", "last")

    assert done.code == 0
    assert desk.revision == "web:2"
    assert desk.changes.count("RunTask") == desk.changes.count("UpdateService") == 1
    assert_one_canary_is_over(desk)


def test_a_run_that_was_killed_is_undone_by_a_rollback(desk: Desk) -> None:
    watched(desk, bake="60").kill()
    done = desk.type("rollback", "last")

    assert done.code == 0
    assert desk.revision == "web:1"
    assert "UpdateService" not in desk.changes
    assert desk.runs()[0]["outcome"] == "rolled_back"
    assert_one_canary_is_over(desk)


def test_while_a_run_lives_a_second_rollout_a_resume_and_a_rollback_are_5(desk: Desk) -> None:
    first = watched(desk, bake="60")
    (run,) = desk.runs()
    second = desk.rollout()
    resumed, undone = desk.type("resume", run["id"]), desk.type("rollback", run["id"])
    first.process.send_signal(signal.SIGTERM)

    assert first.end() == 130
    assert (second.code, resumed.code, undone.code) == (5, 5, 5)
    assert f"Run {run['id']} holds this service" in second.out
    assert f"process {first.process.pid} on" in resumed.err
    assert desk.changes.count("RunTask") == 1
    assert_one_canary_is_over(desk)


def test_ctrl_c_while_the_canary_is_judged_aborts_with_130(desk: Desk) -> None:
    child = watched(desk, bake="60")
    child.process.send_signal(signal.SIGINT)

    assert child.end() == 130
    assert "Type next: nothing; the run is over" in "".join(child.lines)
    assert desk.revision == "web:1"
    assert desk.runs()[0]["outcome"] == "interrupted"
    assert_one_canary_is_over(desk)


def test_a_signal_while_the_service_deploys_is_75_and_a_resume_goes_on(desk: Desk) -> None:
    desk.cloud.world.timings.settled = 10_000
    child = desk.spawn("rollout", desk.deploy, "--bake", "0.1")
    child.until("stabilizing_service")
    child.process.send_signal(signal.SIGTERM)

    assert child.end() == 75
    assert "cage-fsm resume" in child.lines[-1].splitlines()[-1]
    assert desk.runs()[0]["outcome"] == "suspended"
    assert_one_canary_is_over(desk)

    desk.cloud.world.timings.settled = 1
    desk.cloud.scale("demo", "web", 1)
    assert desk.type("resume", "last").code == 0
    assert desk.revision == "web:2"


def test_a_second_signal_leaves_at_once_with_75_and_a_resume_proves_the_release(desk: Desk) -> None:
    desk.cloud.fail_next("StopTask", "ThrottlingException", times=10_000)
    child = watched(desk, bake="60")
    child.process.send_signal(signal.SIGINT)
    child.until("stopping_canary")
    child.process.send_signal(signal.SIGINT)

    assert child.end() == 75
    assert desk.runs()[0]["state"] == "stopping_canary"

    desk.cloud.world.planned.clear()
    assert desk.type("resume", "last").code == 130
    assert desk.revision == "web:1"
    assert_one_canary_is_over(desk)


def test_a_pipe_that_closes_does_not_disturb_the_run(desk: Desk) -> None:
    rollout = " ".join([*map(_quoted, PROGRAM), "rollout", str(desk.deploy), "--bake", "0.1"])
    script = f"set -o pipefail; {rollout} | head -1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("Run ")
    assert desk.revision == "web:2"


def _quoted(word: str) -> str:
    return f"'{word}'"


def test_a_terminal_is_asked_and_to_decline_is_1_with_nothing_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.change(with_a_secret)
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "dumb")
    command = [*PROGRAM, "rollout", str(desk.deploy)]
    child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    asked = read_until(ours, "Go on?")
    os.write(ours, b"n\n")
    rest = read_until(ours, "Nothing was done.")
    code = child.wait(20)
    os.close(ours)

    assert code == 1
    assert "web in cluster demo (us-east-1) runs web:1." in asked
    assert "previous" in asked
    assert "hunter2" not in asked + rest
    assert desk.changes == []
    assert desk.runs() == []


def with_a_secret(definition: Json) -> Json:
    (web,) = definition["containerDefinitions"]
    secret = {"environment": [{"name": "PASSWORD", "value": "hunter2"}]}
    return definition | {"containerDefinitions": [web | secret]}


def test_the_service_of_a_sandbox_takes_the_defaults_of_variables(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "8080")
    done = desk.type("sandbox", "--deploy", ODD_FILES, "--", "true")

    assert done.code == 0
    assert "odd:1, 2 of 2 tasks" in done.err  # "desiredCount": ${COUNT:-2}


def test_the_sandbox_runs_a_command_ends_with_its_code_and_lists_what_is_left(desk: Desk) -> None:
    done = desk.type("sandbox", "--", "sh", "-c", "exit 7")

    assert done.code == 7
    assert "sh ended with 7 after 0 calls. Left in the sandbox:" in done.err
    assert "nothing is left behind" in done.err
    assert "web runs web:1, 2 of 2 tasks" in done.err


def test_the_sandbox_runs_a_whole_rollout_of_the_example(desk: Desk) -> None:
    done = desk.type(
        *("sandbox", "--speed", "100", "--deploy", desk.deploy, "--"),
        *(*PROGRAM, "rollout", desk.deploy, "--bake", "0.1"),
    )

    assert done.code == 0
    assert ": succeeded. web runs web:2; 2 of 2 tasks are running." in done.out
    assert "web runs web:2, 2 of 2 tasks" in done.err
    assert desk.cloud.calls == []  # it was another cloud


def test_a_command_that_leaves_a_canary_in_the_sandbox_is_found_out(desk: Desk) -> None:
    script = (
        "import boto3; boto3.client('ecs').run_task(cluster='demo', taskDefinition='web', "
        "group='cage:canary-task:web', launchType='FARGATE', networkConfiguration="
        "{'awsvpcConfiguration': {'subnets': ['subnet-0a1b2c3d4e5f60001']}})"
    )
    done = desk.type("sandbox", "--deploy", desk.deploy, "--", sys.executable, "-c", script)

    assert done.code == 0
    assert "of web is PROVISIONING" in done.err


def test_the_sandbox_serves_until_it_is_interrupted_and_lists_what_is_left(desk: Desk) -> None:
    child = desk.spawn("sandbox", "--port", "0", "--deploy", desk.deploy)
    child.until("Ctrl-C ends it")
    child.process.send_signal(signal.SIGINT)

    assert child.end() == 0
    assert child.lines[0].startswith("export AWS_ENDPOINT_URL=http://127.0.0.1:")
    assert "nothing is left behind" in child.lines[-1]


def test_a_port_that_is_taken_is_2(desk: Desk) -> None:
    done = desk.type("sandbox", "--port", str(desk.server.port))

    assert done.code == 2
    assert f"Port {desk.server.port} cannot be had: Address already in use." in done.err
