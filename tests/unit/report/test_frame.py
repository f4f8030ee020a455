from datetime import timedelta

import pytest
from rich.cells import cell_len

from cage_fsm.engine.record import Record
from cage_fsm.report.frame import Size, View, draw
from cage_fsm.report.terminal import ASCII, UNICODE, Marks

from .samples import LAUNCH_FAILED, ROLLED_BACK, START, definition, record, seen, well


def picture(
    shown: Record | None, *, words: str = "", marks: Marks = UNICODE, size: Size | None = None
) -> list[str]:
    tail = [seen(words, number) for number in range(4)] if words else []
    now = START + timedelta(seconds=32)
    view = View(definition(), shown, now, words, tail)
    return draw(view, marks, size or Size(80, 24)).plain.split("\n")


def test_the_picture_is_a_header_the_path_and_the_last_events() -> None:
    lines = picture(record("done", "done"), words="the task is PENDING")
    assert lines[:7] == [
        "20261123-041016-abc123  rollout of web in cluster prod  web:2 → web:3",
        "",
        "  ✓ validating              10s",
        "  ✓ registering             10s",
        "  ● launching_canary    12s of 5m  the task is PENDING",
        "  · checking_containers",
        "  · checking_targets",
    ]
    assert lines[-5:-3] == ["", "  04:10:16 launching_canary    the task is PENDING"]


def test_before_the_record_the_path_is_already_there() -> None:
    lines = picture(None)
    assert lines[2] == "  · validating"
    assert lines[-1] == "  · succeeded"


def test_the_failed_state_and_its_reason_stay_visible() -> None:
    lines = picture(LAUNCH_FAILED, size=Size(120, 40))
    assert lines[4] == (
        "  ✗ launching_canary        10s  "
        "The canary stopped: CannotPullContainerError: [/v2/app/manifests/v3] not found"
    )
    assert lines[-1].startswith("  ✗ aborted")


def test_a_current_state_without_observation_says_what_it_does() -> None:
    assert picture(record())[2].endswith("checking the service and the files")


def test_markup_in_a_message_is_text() -> None:
    assert "[red]x[/red] [/v2]" in picture(record(), words="[red]x[/red] [/v2]")[2]


def test_plain_marks_make_a_plain_picture() -> None:
    lines = picture(ROLLED_BACK, words="x" * 200, marks=ASCII)
    assert "\n".join(lines).isascii()
    assert lines[2] == "  + validating              10s"


@pytest.mark.parametrize("size", [Size(80, 24), Size(120, 40), Size(40, 12), Size(80, 6), Size(10, 3)])
@pytest.mark.parametrize("shown", [None, record(), record(*well(9)), ROLLED_BACK])
def test_no_line_is_wider_than_the_terminal_and_the_whole_fits(shown: Record | None, size: Size) -> None:
    lines = picture(shown, words="größer 🚀 " * 20, size=size)
    assert max(map(cell_len, lines)) < size.width
    assert len(lines) <= max(size.height, 5)


def test_of_a_path_that_is_too_long_the_present_is_shown() -> None:
    lines = picture(record(*well(6)), size=Size(80, 9))
    assert lines[2:] == [
        "  … 4 earlier",
        "  ✓ checking_targets        10s",
        "  ✓ observing_canary        10s",
        "  ● updating_service    0s of 5m  updating the service",
        "  · detaching_canary",
        "  … 3 to come",
    ]
