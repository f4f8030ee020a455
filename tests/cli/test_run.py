"""One-off tasks as they are typed: lines on stdout, codes, signals, processes that die."""

import json
import signal
from pathlib import Path

from cage_fsm.sandbox.records import Task

from .desk import Desk

SCRIPT = "echo begins; sleep 30; echo goes on; sleep {}; echo ends; exit {}"
"""A hundred seconds there are one here."""


def script(seconds: int = 30, code: int = 0) -> tuple[str, str, str]:
    return "sh", "-c", SCRIPT.format(seconds, code)


def tasks(desk: Desk) -> list[Task]:
    desk.cloud.settle()
    return [task for task in desk.cloud.world.tasks.values() if task.group == "cage:one-off-task:web"]


def assert_over(desk: Desk, *, started: int = 1) -> None:
    assert [task.last_status for task in tasks(desk)] == ["STOPPED"] * started
    assert desk.changes.count("RunTask") == started
    assert desk.revision == "web:1"


def test_stdout_is_the_containers_and_the_exit_code_too(desk: Desk) -> None:
    typed = desk.type("run", desk.deploy, "web", *script(code=7))

    assert (typed.code, typed.out) == (7, "begins\ngoes on\nends\n")
    assert "container web exited with 7" in typed.err
    assert desk.runs()[0]["outcome"] == "failed"
    assert_over(desk)

    again = desk.type("run", desk.deploy, "web", "echo", "--json", "::x")
    assert (again.code, again.out) == (0, "--json ::x\n")
    assert desk.changes.count("RegisterTaskDefinition") == 1  # the second one says the same


def test_as_json_the_lines_are_events(desk: Desk) -> None:
    typed = desk.type("run", "--json", desk.deploy, "web", *script())
    events = [json.loads(line) for line in typed.out.splitlines()]

    assert typed.code == 0
    assert [event["words"] for event in events if event["kind"] == "wrote"] == ["begins", "goes on", "ends"]
    assert [event["kind"] for event in events][-1] == "finished"
    assert "exited with 0" in typed.err

    undone = desk.type("rollback", "last")
    assert (undone.code, "nobody can undo" in undone.err) == (2, True)


def test_ctrl_c_stops_the_task_and_sees_it_stopped(desk: Desk) -> None:
    child = desk.spawn("run", desk.deploy, "web", *script(seconds=6000))
    child.until("goes on")
    child.process.send_signal(signal.SIGINT)

    assert child.end() == 130
    assert_over(desk)


def test_a_killed_process_is_gone_on_with_to_the_same_code(desk: Desk) -> None:
    child = desk.spawn("run", desk.deploy, "web", *script(seconds=300, code=7))
    child.until("goes on")
    child.kill()
    typed = desk.type("resume", "last")

    assert typed.code == 7
    assert typed.out.splitlines()[-1] == "ends"
    assert_over(desk)
    assert desk.type("resume", "last").code == 7


def test_a_rollback_stops_what_a_killed_process_has_started(desk: Desk) -> None:
    child = desk.spawn("run", desk.deploy, "web", *script(seconds=6000))
    child.until("goes on")
    child.kill()

    assert desk.type("rollback", "last").code == 0
    assert_over(desk)


def test_two_run_at_once(desk: Desk) -> None:
    children = [desk.spawn("run", "--no-logs", desk.deploy, "web", *script(code=code)) for code in (0, 3)]

    assert [child.end() for child in children] == [0, 3]
    assert_over(desk, started=2)


def test_the_time_is_limited(desk: Desk) -> None:
    typed = desk.type("run", desk.deploy, "web", "--timeout", "0.5s", *script(seconds=6000))

    assert typed.code == 125
    assert "did not end within" in typed.err
    assert_over(desk)


def test_without_room_it_says_so_and_ends_with_125(desk: Desk) -> None:
    desk.tag("v2-no-capacity")
    typed = desk.type("run", desk.deploy, "web", "exit 0")

    assert (typed.code, typed.out) == (125, "")
    assert "ECS did not start the one-off task" in typed.err
    assert "Capacity is unavailable" in typed.err
    assert "Traceback" not in typed.err


def test_what_cannot_be_right_is_refused_before_aws_is_asked(desk: Desk, tmp_path: Path) -> None:
    overrides = tmp_path / "overrides.json"
    overrides.write_text('{"containerOverrides": [{"name": "wbe", "envronment": []}], "memory": 5}')
    for words, said in (
        (("weeb", "exit 0"), "Did you mean web?"),
        (("web",), "Missing argument"),
        (("web", "--timeout"), "requires an argument"),
        (("web", "", " "), "COMMAND is empty."),
        (
            ("web", "login", "--password", "hunter2-hunter2"),
            "value for COMMAND: it holds what looks like a secret",
        ),
        (("web", "--overrides", overrides, "exit 0"), "`containerOverrides[0].envronment` is not a field"),
        (("web", "echo", "x" * 9000), "8192 characters"),
    ):
        typed = desk.type("run", desk.deploy, *words)
        assert (typed.code, typed.out) == (2, ""), words
        assert said in typed.err
    assert desk.cloud.calls == []


def test_other_overrides_reach_the_task_and_are_kept_nowhere(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "overrides.json"
    typing = ("run", "--no-logs", desk.deploy, "web", "--overrides", file)
    given = {"name": "web", "environment": [{"name": "DB_URL", "value": "planted-5f2c-value"}]}
    file.write_text(json.dumps({"cpu": "512", "containerOverrides": [given]}))
    typed = desk.type(*typing, "exit 0")
    (call,) = [call for call in desk.cloud.calls if call.operation == "RunTask"]

    assert (typed.code, typed.out) == (0, "")
    assert call.params["overrides"]["cpu"] == "512"
    assert call.params["overrides"]["containerOverrides"][0]["environment"] == given["environment"]
    assert "planted-5f2c-value" not in desk.type("show", "last", "--json").out
    assert desk.type(*typing, "login planted-5f2c-value").code == 2
