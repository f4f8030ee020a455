"""cage-fsm watch: a run that another process drives, followed by its checkpoint."""

import json
import os
import pty
import signal
import subprocess

import pytest

from .desk import PROGRAM, Desk, read_until


def test_a_run_that_has_ended_is_told_whole_with_its_exit_code(desk: Desk) -> None:
    desk.tag("v3-crash")
    desk.rollout()
    before = len(desk.cloud.calls)
    done = desk.type("watch", "last")

    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[1].split()[1:3] == ["validating", "seen"]
    assert "drives the run" in lines[1]
    assert "finished  failed: " in done.out
    assert lines[-1].startswith("Type next: nothing; the run is over.")
    assert len(desk.cloud.calls) == before


def test_a_run_is_followed_while_another_process_drives_it(desk: Desk) -> None:
    driver = desk.spawn("rollout", desk.deploy, "--bake", "0.5")
    driver.until("launching_canary")
    watching = desk.spawn("watch", "last")
    assert driver.end() == 0

    assert watching.end() == 0
    assert "finished  succeeded" in "".join(watching.lines)


def test_of_a_run_whose_process_was_killed_it_says_so_and_is_75(desk: Desk) -> None:
    driver = desk.spawn("rollout", desk.deploy, "--bake", "60")
    driver.until("of the bake time left")
    driver.kill()
    (run,) = desk.runs()
    done = desk.type("watch", run["id"], "--json")
    events = [json.loads(line) for line in done.out.splitlines()]

    assert done.code == 75
    assert events[-1]["kind"] == "suspended"
    assert f"process {driver.process.pid} on" in events[-1]["words"]
    assert events[-1]["words"].endswith("which drove the run, is gone")
    assert f"Type next: cage-fsm resume {run['id']} to go on" in done.err


def test_ctrl_c_on_a_terminal_ends_the_watching_and_not_the_run(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = desk.spawn("rollout", desk.deploy, "--bake", "60")
    driver.until("of the bake time left")
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
    child = subprocess.Popen(
        [*PROGRAM, "watch", "last"], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    signal.signal(signal.SIGINT, before)
    os.close(theirs)
    shown = read_until(ours, "watching the canary")
    child.send_signal(signal.SIGINT)
    said = read_until(ours, "goes on without it.")
    code = child.wait(20)
    os.close(ours)

    assert code == 130
    assert "observing_canary" in shown
    assert "The watching ended; run" in said
    assert driver.process.poll() is None


def test_a_pipe_that_nobody_reads_ends_the_watching(desk: Desk) -> None:
    driver = desk.spawn("rollout", desk.deploy, "--bake", "60")
    driver.until("of the bake time left")
    nobody, ours = os.pipe()
    os.close(nobody)
    done = subprocess.run([*PROGRAM, "watch", "last"], stdout=ours, stderr=subprocess.PIPE, check=False)
    os.close(ours)

    assert (done.returncode, done.stderr) == (130, b"")
    assert driver.process.poll() is None
