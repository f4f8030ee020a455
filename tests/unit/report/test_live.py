import io
from datetime import timedelta

import pytest
from pydantic import JsonValue

from cage_fsm.engine.ports import Event
from cage_fsm.engine.record import Record
from cage_fsm.report.frame import Size
from cage_fsm.report.live import LivePath

from .samples import LAUNCH_FAILED, START, definition, record, seen, well


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Dead(Terminal):
    """A terminal that is gone."""

    def write(self, _: str) -> int:
        raise OSError(5, "Input/output error")


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TERM": "xterm", "COLUMNS": "100", "LINES": "30", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    for name in ("LC_ALL", "LANG", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def live(terminal: Terminal, shown: Record | None) -> LivePath:
    return LivePath(terminal, definition(), lambda: shown, lambda: START + timedelta(seconds=25))


def test_the_first_tick_shows_the_whole_path() -> None:
    terminal = Terminal()
    reader = live(terminal, record())
    reader.tick()
    try:
        assert "● validating" in terminal.getvalue()
        assert "· succeeded" in terminal.getvalue()
    finally:
        reader.close()


def test_a_picture_that_did_not_change_is_not_drawn_again() -> None:
    terminal = Terminal()
    reader = live(terminal, record())
    reader.tick()
    drawn = terminal.getvalue()
    reader.tick()
    try:
        assert terminal.getvalue() == drawn
    finally:
        reader.close()


def test_the_last_picture_stays_and_what_follows_stands_below() -> None:
    terminal = Terminal()
    reader = live(terminal, LAUNCH_FAILED)
    reader(seen("this goes when the run ends"))
    reader(Event(START, "finished", "aborted", "failed"))
    reader.close()
    last_picture = terminal.getvalue().rpartition("20261123-041016-abc123")[2]
    assert "✗ launching_canary" in last_picture
    assert "this goes when the run ends" not in last_picture
    assert last_picture.rstrip("\x1b[?25h").endswith("\n")


def test_a_killed_process_leaves_the_cursor_visible() -> None:
    terminal = Terminal()
    reader = live(terminal, record())
    reader.tick()
    try:
        assert terminal.getvalue().rfind("\x1b[?25h") > terminal.getvalue().rfind("\x1b[?25l")
    finally:
        reader.close()


def test_the_thread_ends_with_the_reader() -> None:
    reader = live(Terminal(), record())
    reader(seen("x"))
    thread = reader._live._refresh_thread
    assert thread
    assert thread.is_alive()
    reader.close()
    thread.join(2)
    assert not thread.is_alive()


def test_a_reader_that_showed_nothing_leaves_nothing() -> None:
    terminal = Terminal()
    live(terminal, None).close()
    assert terminal.getvalue() == ""


def test_a_narrower_terminal_is_cleared_of_its_broken_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    shown = [LAUNCH_FAILED]
    reader = LivePath(terminal, definition(), lambda: shown[0], lambda: START)
    reader.tick()
    rows = terminal.getvalue().count("\n") + 1
    written = len(terminal.getvalue())
    monkeypatch.setenv("COLUMNS", "50")
    reader._live.console._width = 50
    reader.tick()
    reader.close()
    assert terminal.getvalue()[written:].partition("20261123")[0].count("\x1b[1A") > rows - 1


def test_a_dead_terminal_ends_the_drawing_and_not_the_thread_with_noise() -> None:
    reader = live(Dead(), record())
    with pytest.raises(OSError, match="Input/output"):
        reader.tick()
    reader._live.refresh()  # what the thread does, four times a second
    with pytest.raises(OSError, match="Input/output"):
        reader.close()


def deploying(words: str, **evidence: JsonValue) -> Event:
    return Event(START, "seen", "stabilizing_service", words, evidence)


def test_the_bar_stays_while_a_look_is_about_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [record(*well(9)).model_copy(update={"held": ("service_change",)})]
    reader = LivePath(Terminal(), definition(), lambda: shown[0], lambda: START)
    reader(deploying("2 of 4 tasks run web:3", desired=4, running=2))
    reader(deploying("no answer; looking again"))
    size = Size(80, 30)
    assert " 2 of 4 run" in reader._picture(size).plain
    shown[0] = shown[0].model_copy(update={"direction": "back"})
    reader(deploying("rolling back"))
    assert " 2 of 4 run" not in reader._picture(size).plain
    reader.close()


def test_an_observation_becomes_an_event_of_the_past_once_another_is_made() -> None:
    reader = live(Terminal(), record())
    for left in (3, 2, 1):
        reader(deploying(f"healthy; {left}s left", targets=["healthy"]))
    reader(deploying("no answer; looking again"))
    reader(Event(START, "moved", "succeeded", "done"))
    assert [event.words for event in reader._tail] == [
        "healthy; 1s left",
        "no answer; looking again",
        "done",
    ]
    reader.close()
