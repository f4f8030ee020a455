"""Real processes that are cancelled, hang, stand still or lose their terminal."""

import os
import pty
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from cage_fsm.sandbox import ScaledClock

from .conftest import Build
from .desk import PATIENCE_SECONDS, PROGRAM, Child, Desk, read_until
from .test_processes import assert_one_canary_is_over, watched

GITHUB_WAITS = 0.75
"""Seconds from SIGINT to SIGTERM, a tenth of GitHub's; SIGKILL follows 2.5 s later."""


@pytest.fixture
def hang(desk: Desk) -> Callable[[bool], None]:
    """Let the cloud hang, or answer again."""

    def let(hangs: bool) -> None:
        desk.cloud.world.scenarios = frozenset({"hangs"} if hangs else ())

    return let


def cancel(child: Child) -> int:
    """Cancel it as GitHub does, to the entry process only; returns the exit code."""
    began = time.monotonic()
    child.process.send_signal(signal.SIGINT)
    time.sleep(GITHUB_WAITS)
    child.process.send_signal(signal.SIGTERM)
    code = child.end()
    assert time.monotonic() - began < 15  # a call waits 20 s for its answer
    return code


def test_a_cancelled_run_with_a_long_drain_stops_its_canary_and_a_resume_proves_it(build: Build) -> None:
    desk = build(lambda service: service)
    for group in desk.cloud.world.target_groups.values():
        group.attributes["deregistration_delay.timeout_seconds"] = "3000"
    child = watched(desk, bake="60")

    assert cancel(child) == 75
    assert_one_canary_is_over(desk)
    assert desk.changes.count("DeregisterTargets") >= 1

    assert isinstance(desk.cloud.clock, ScaledClock)
    desk.cloud.clock.speed *= 10  # the drain is over
    assert desk.type("resume", "last").code == 130
    assert desk.revision == "web:1"


def test_a_cancelled_run_of_a_cloud_that_hangs_ends_in_time_and_is_finished_by_a_resume(
    desk: Desk, hang: Callable[[bool], None]
) -> None:
    child = watched(desk, bake="60")
    hang(True)
    time.sleep(0.2)

    assert cancel(child) == 75
    assert "interrupted twice; the canary could not be released" in "".join(child.lines)
    hang(False)
    assert desk.runs()[0]["outcome"] == "suspended"
    assert desk.type("resume", "last").code == 130
    assert desk.revision == "web:1"
    assert_one_canary_is_over(desk)


def test_a_cancelled_start_leaves_nothing(desk: Desk, hang: Callable[[bool], None]) -> None:
    hang(True)
    child = desk.spawn("rollout", desk.deploy)
    child.until("Run ")

    assert cancel(child) == 130
    assert desk.changes == []
    assert desk.runs()[0]["outcome"] == "interrupted"


def test_a_run_that_was_killed_in_its_first_look_is_finished_by_a_resume(
    desk: Desk, hang: Callable[[bool], None]
) -> None:
    hang(True)
    child = desk.spawn("rollout", desk.deploy, "--bake", "0.1")
    child.until("Run ")
    child.kill()
    hang(False)

    assert desk.type("resume", "last").code == 0
    assert desk.revision == "web:2"
    assert_one_canary_is_over(desk)


def test_a_terminal_that_closes_aborts_the_run_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "1")
    ours, theirs = pty.openpty()
    command = [*PROGRAM, "rollout", str(desk.deploy), "--bake", "60"]
    child = subprocess.Popen(["setsid", "--ctty", *command], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    read_until(ours, "of the bake time left")
    os.close(ours)

    assert child.wait(20) == 130
    assert desk.runs()[0]["outcome"] == "interrupted"
    assert_one_canary_is_over(desk)


def test_a_process_that_stands_still_is_relieved_only_on_demand_and_sends_nothing_more(desk: Desk) -> None:
    child = watched(desk)
    child.process.send_signal(signal.SIGSTOP)
    refused = desk.type("resume", "last")
    done = desk.type("resume", "last", "--take-over")
    changes = desk.changes
    child.process.send_signal(signal.SIGCONT)

    assert refused.code == 5
    assert "the same command with --take-over takes the run from it" in refused.err
    assert done.code == 0
    assert child.end() == 75
    assert "was brought to succeeded by another process. This process has stopped" in "".join(child.lines)
    assert desk.changes == changes
    assert desk.revision == "web:2"
    assert_one_canary_is_over(desk)


def test_a_process_that_stands_still_can_be_rolled_back_on_demand(desk: Desk) -> None:
    child = watched(desk)
    child.process.send_signal(signal.SIGSTOP)

    assert desk.type("rollback", "last", "--take-over").code == 0
    assert desk.revision == "web:1"
    assert_one_canary_is_over(desk)


def test_of_two_resumes_at_once_one_acts_and_the_other_is_5(desk: Desk) -> None:
    watched(desk, bake="60").kill()
    children = [desk.spawn("resume", "last") for _ in range(2)]
    until = time.monotonic() + PATIENCE_SECONDS
    while all(child.process.poll() is None for child in children) and time.monotonic() < until:
        time.sleep(0.05)
    loser, winner = sorted(children, key=lambda child: child.process.poll() is None)

    assert loser.end() == 5
    assert f"is driven by process {winner.process.pid} on" in "".join(loser.lines)
    winner.until("of the bake time left")
    winner.process.send_signal(signal.SIGTERM)
    assert winner.end() == 130
    assert desk.changes.count("RunTask") == 1
    assert_one_canary_is_over(desk)


def test_a_process_that_ends_without_its_store_says_what_to_type_and_not_that_it_drives_on(
    desk: Desk,
) -> None:
    child = watched(desk, bake="60")
    away = desk.store.rename(desk.place / "away")

    assert cancel(child) == 75
    said = "".join(child.lines)
    assert "told the canary to stop" in said
    assert "Type next: cage-fsm resume " in said

    away.rename(desk.store)
    ended = desk.type("resume", "last")
    assert ended.code == 1
    assert "Cause: A process of cage-fsm stopped the task" in ended.out
    assert_one_canary_is_over(desk)
