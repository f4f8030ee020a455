"""Gates on the command line: an approval given by another process, a probe that is a real one."""

import shlex
import sys

import pytest

from .desk import Child, Desk

APPROVAL = ("--bake", "0.1", "--approval=1h")


def waiting(desk: Desk) -> str:
    """The id of a run whose process asked for an approval, and ended."""
    child = desk.spawn("rollout", desk.deploy, *APPROVAL)
    assert child.end() == 75
    said = "".join(child.lines)
    (run,) = desk.runs()
    assert f"cage-fsm resume {run['id']} --approve=" in said
    assert "image.web: sha256:" in said
    assert run["outcome"] == "suspended"
    return str(run["id"])


def asked(desk: Desk, run: str) -> str:
    return str(desk.type("show", run, "--json").json()["facts"]["approval"]["hash"])


def test_an_approval_is_given_by_another_process(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    run = waiting(desk)
    monkeypatch.chdir("/")
    again = desk.type("resume", run)
    wrong = desk.type("resume", run, "--approve=0123456789ab")
    assert (again.code, wrong.code) == (75, 2)
    assert f"asks to approve {asked(desk, run)} now, not 0123456789ab. Nothing was done." in wrong.err
    assert "UpdateService" not in desk.changes
    done = desk.type("resume", run, f"--approve={asked(desk, run)}")

    assert done.code == 0
    assert desk.revision == "web:2"
    assert "Approved by " in done.out


def test_a_refusal_is_1_and_releases_the_canary(desk: Desk) -> None:
    done = desk.type("resume", waiting(desk), "--refuse")

    assert done.code == 1
    assert "Cause: Refused by " in done.out
    assert desk.changes[-1] == "StopTask"
    assert desk.revision == "web:1"


def test_an_answer_to_a_run_that_asks_nothing_is_2(desk: Desk) -> None:
    desk.rollout()
    before = len(desk.cloud.calls)
    answered = desk.type("resume", "last", "--approve")

    assert answered.code == 2
    assert "is succeeded and asks for no approval" in answered.err
    assert len(desk.cloud.calls) == before


def watched(desk: Desk, *words: str) -> Child:
    child = desk.spawn("rollout", desk.deploy, "--bake", "60", *words)
    child.until("of the bake time left")
    return child


def test_an_approval_of_a_run_that_another_process_drives_is_5(desk: Desk) -> None:
    child = watched(desk, "--approval")
    answered = desk.type("resume", "last", "--approve")
    child.kill()

    assert answered.code == 5
    assert "which is alive" in answered.err


def probe(program: str) -> str:
    return shlex.join([sys.executable, "-c", program])


def test_a_probe_that_fails_is_shown_and_kept_without_secrets(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMOKE_TOKEN", "s3cr3t-value")
    failing = "import os, sys; print(os.environ['CANARY_URL'], os.environ['SMOKE_TOKEN']); sys.exit(3)"
    done = desk.rollout("--probe", probe(failing), bake="30")
    kept = desk.type("show", "last", "--json")

    assert done.code == 1
    assert "Cause: The probe exited with 3. It said last: http://10." in done.out
    assert "[redacted]" in done.out
    assert "s3cr3t-value" not in done.out + kept.out
    assert desk.revision == "web:1"


def test_a_resume_where_the_probe_is_not_is_2_and_touches_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = watched(desk, "--probe", "sleep 20")
    child.kill()
    before = len(desk.changes)
    monkeypatch.setenv("PATH", "/nowhere")
    resumed = desk.type("resume", "last")
    undone = desk.type("rollback", "last")

    assert resumed.code == 2
    assert "cannot be run here: there is no sleep" in resumed.err
    assert undone.code == 0
    assert len(desk.changes) > before


MIGRATION = "web: sh -c 'echo migrating; exit {}'"


def test_a_command_before_the_update_is_shown_and_decides(desk: Desk) -> None:
    failed = desk.rollout("--before-update", MIGRATION.format(7))
    assert failed.code == 1
    assert "container web exited with 7" in failed.out
    assert "    migrating" in failed.out
    assert desk.revision == "web:1"

    done = desk.rollout("--before-update", MIGRATION.format(0), "--before-update-timeout", "5m")
    assert done.code == 0
    assert desk.revision == "web:3"


def test_a_rollback_says_that_what_the_command_has_done_stays(desk: Desk) -> None:
    child = desk.spawn("rollout", desk.deploy, "--bake", "0.1", "--before-update", "web: sleep 6000")
    child.until("The one-off task is RUNNING")
    child.kill()
    undone = desk.type("rollback", "last")

    assert undone.code == 0
    assert "The command web: sleep 6000 was started; what it has done stays." in undone.out
    assert "UpdateService" not in desk.changes


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("migrate", "it is written 'CONTAINER: COMMAND'"),
        (": ./manage.py migrate", "it is written 'CONTAINER: COMMAND'"),
        ("web:", "the command is empty"),
        ("web: echo 'no end", "No closing quotation"),
        ("wbe: ./manage.py migrate", "has no container wbe. It has web."),
        (f"web: echo {'x' * 8192}", "RunTask takes 8192 characters of overrides, COMMAND included"),
        ("web: psql postgres://me:Tr0ub4dor@db/web", "it holds what looks like a secret"),
    ],
)
def test_a_command_that_is_none_is_2_and_touches_nothing(desk: Desk, command: str, words: str) -> None:
    done = desk.rollout("--before-update", command)

    assert done.code == 2
    assert words in done.err
    assert desk.runs() == []
    assert desk.cloud.calls == []
