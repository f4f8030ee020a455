import io
import os
import subprocess
import sys
from typing import TextIO

import pytest

from cage_fsm.engine.ports import Event
from cage_fsm.report.lines import Lines
from cage_fsm.report.reader import Nothing
from cage_fsm.report.safely import Safely, say

from .samples import seen


class Raising:
    """A reader that fails with what it is given, and counts how often it was asked."""

    def __init__(self, error: BaseException) -> None:
        self.error, self.asked, self.closed = error, 0, 0

    def __call__(self, _: Event) -> None:
        self.asked += 1
        raise self.error

    def tick(self) -> None:
        self.asked += 1
        raise self.error

    def close(self) -> None:
        self.closed += 1
        raise self.error


def broken_pipe() -> TextIO:
    reading, writing = os.pipe()
    os.close(reading)
    return os.fdopen(writing, "w")


@pytest.mark.parametrize(
    "error",
    [RuntimeError("a bug"), BrokenPipeError(), SystemExit(1), ValueError("closed"), OSError(5, "EIO")],
)
def test_whatever_a_reader_raises_it_is_asked_once_and_never_again(error: BaseException) -> None:
    reader = Raising(error)
    safe = Safely(reader, io.StringIO())
    for _ in range(3):
        safe(seen("x"))
        safe.tick()
    safe.close()
    assert (reader.asked, reader.closed) == (1, 1)


def test_a_failing_close_is_no_error() -> None:
    Safely(Raising(BrokenPipeError()), io.StringIO()).close()


def test_an_interrupt_of_the_user_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        Safely(Raising(KeyboardInterrupt()), io.StringIO())(seen("x"))


def test_a_reader_that_does_not_tick_is_left_in_peace() -> None:
    Safely(Nothing()).tick()


def test_a_bug_of_a_reader_does_not_take_the_stream_from_others() -> None:
    out = io.StringIO()
    Safely(Raising(KeyError("bug")), out)(seen("x"))
    say(["the end"], out)
    assert out.getvalue() == "the end\n"


def test_a_broken_pipe_leads_to_nowhere_so_that_closing_it_is_no_error() -> None:
    pipe = broken_pipe()
    safe = Safely(Lines(pipe), pipe)
    safe(seen("x"))
    say(["the end"], pipe)
    pipe.close()


def test_words_into_a_broken_pipe_are_no_error() -> None:
    pipe = broken_pipe()
    say(["x"], pipe)
    pipe.close()


PROGRAM = """
import sys
from datetime import UTC, datetime
from cage_fsm.engine.ports import Event
from cage_fsm.report.lines import Lines
from cage_fsm.report.safely import Safely
assert "rich" not in sys.modules
assert "transitions" not in sys.modules
safe = Safely(Lines(sys.stdout), sys.stdout)
for number in range(20000):
    safe(Event(datetime.now(UTC), "seen", "validating", f"look {number}"))
sys.exit(7)
"""


def test_a_program_whose_reader_went_away_ends_with_its_own_exit_code() -> None:
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout
        assert program.stderr
        assert program.stdout.readline().endswith("look 0\n")
        program.stdout.close()
        complaints = program.stderr.read()
    assert (program.returncode, complaints) == (7, "")
