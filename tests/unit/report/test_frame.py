from datetime import timedelta

import pytest
from rich.cells import cell_len

from cage_fsm.engine.record import Record
from cage_fsm.report.bar import Counts
from cage_fsm.report.frame import Size, View, draw
from cage_fsm.report.terminal import ASCII, UNICODE, Marks

from .samples import LAUNCH_FAILED, PULL_ERROR, ROLLED_BACK, START, definition, record, seen, well


def picture(
    shown: Record | None,
    *,
    words: str = "",
    counts: Counts | None = None,
    marks: Marks = UNICODE,
    size: Size | None = None,
) -> list[str]:
    tail = [seen(words, number) for number in range(4)] if words else []
    now = START + timedelta(seconds=32)
    view = View(definition(), shown, now, words, counts, tail)
    return draw(view, marks, size or Size(80, 24)).plain.split("\n")


def test_the_picture_is_a_header_the_path_what_was_seen_and_the_last_events() -> None:
    lines = picture(record("done", "done"), words="the task is PENDING")
    assert lines[:7] == [
        "20261123-041016-abc123  rollout of web in cluster prod  web:2 → web:3",
        "",
        "  ✓ validating              10s",
        "  ✓ registering             10s",
        "  ● launching_canary        12s of 5m",
        "  · checking_containers",
        "  · checking_targets",
    ]
    assert lines[-7:-3] == [
        "",
        "  the task is PENDING",
        "",
        "  04:10:16 launching_canary    the task is PENDING",
    ]


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
    assert picture(record())[-1] == "  checking the service and the files"


def test_markup_in_a_message_is_text() -> None:
    assert "[red]x[/red] [/v2]" in picture(record(), words="[red]x[/red] [/v2]")[-6]


def test_plain_marks_make_a_plain_picture() -> None:
    lines = picture(ROLLED_BACK, words="x" * 200, marks=ASCII)
    assert "\n".join(lines).isascii()
    assert lines[2] == "  + validating              10s"


@pytest.mark.parametrize("size", [Size(80, 24), Size(120, 40), Size(40, 12), Size(80, 6), Size(10, 3)])
@pytest.mark.parametrize("shown", [None, record(), record(*well(9)), ROLLED_BACK])
def test_no_line_is_wider_than_the_terminal_and_the_whole_fits(shown: Record | None, size: Size) -> None:
    lines = picture(shown, words="größer 🚀 " * 20, size=size)
    assert max(map(cell_len, lines)) < size.width
    assert len(lines) <= max(size.height, 6)


def test_of_a_path_that_is_too_long_the_present_is_shown() -> None:
    lines = picture(record(*well(6)), size=Size(80, 9))
    assert lines[2:] == [
        "  … 5 earlier",
        "  ✓ observing_canary        10s",
        "  ● updating_service         0s of 5m",
        "  … 4 to come",
        "",
        "  updating the service",
    ]


def test_what_was_seen_is_broken_to_the_width_in_three_lines_at_most() -> None:
    words = "Target 10.0.1.7:8080 is unhealthy: it answered the health check with another code than expected"
    lines = picture(record(*well(4)), words=words, size=Size(60, 40))
    assert lines[15:17] == [
        "  Target 10.0.1.7:8080 is unhealthy: it answered the health",
        "  check with another code than expected",
    ]
    assert picture(record(), words="word " * 100)[16].endswith("word …")


def test_while_the_service_deploys_its_tasks_are_a_bar() -> None:
    deploying = record(*well(7)).model_copy(update={"held": ("service_change",)})
    assert "  ██████████▒▒▒▒▒░░░░░ 2 of 4 run, 1 failed, 3 of other revisions" in picture(
        deploying, counts=Counts(4, 2, 1, 3)
    )
    assert "  #####--------------- 1 of 4 run" in picture(deploying, counts=Counts(4, 1), marks=ASCII)


def test_a_service_that_does_not_deploy_any_more_has_no_bar() -> None:
    assert "█" not in "".join(picture(record(*well(7)), counts=Counts(4, 4)))


def test_letters_that_a_terminal_does_not_have_are_escaped_before_they_are_counted() -> None:
    lines = picture(record(), words="größer " * 30, marks=ASCII, size=Size(60, 24))
    assert "\n".join(lines).isascii()
    assert max(map(len, lines)) < 60
    assert "gr\\xf6\\xdfer" in lines[15]


def test_what_changes_gets_a_line_of_its_own_where_the_terminal_is_narrow() -> None:
    lines = picture(record("done", "done"), size=Size(60, 24))
    assert lines[:3] == ["20261123-041016-abc123  rollout of web in cluster prod", "  web:2 → web:3", ""]


def test_while_a_run_goes_back_it_says_why() -> None:
    going_back = record("done", "done", ("failed", f"The canary stopped: {PULL_ERROR}"), cause="failed")
    lines = picture(going_back)
    assert any(line.startswith("  Cause: There is no such image in the registry") for line in lines)
    assert not any("Cause" in line for line in picture(LAUNCH_FAILED))
