"""What a container writes has a stream for itself, as it is but for what a terminal would obey."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cage_fsm.engine.ports import Event
from cage_fsm.report.apart import Apart

AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrote", "shown"),
    [
        ("  as\tit   is ", "  as\tit   is "),
        ("\x1b[31mred\x1b[0m\x1b]0;title\x07", "red"),
        ("back\rspace\x08", "back\\rspace\\x08"),
        ("::set-output name=a::b", ": :set-output name=a::b"),
        ("", ""),
    ],
)
def test_a_line_is_shown_as_it_is(wrote: str, shown: str) -> None:
    theirs, ours = io.StringIO(), io.StringIO()
    reader = Apart(theirs, ours)
    reader(Event(AT, "wrote", "running_task", wrote))
    reader(Event(AT, "finished", "completed", "succeeded"))
    reader.close()

    assert theirs.getvalue().rstrip("\n") == shown
    assert "succeeded: The container ended with exit code 0." in ours.getvalue()


def test_a_stream_that_breaks_leaves_the_other_one(tmp_path: Path) -> None:
    ours = io.StringIO()
    with (tmp_path / "closed").open("w") as theirs:
        reader = Apart(theirs, ours)
    reader(Event(AT, "wrote", "running_task", "nobody reads it"))
    reader(Event(AT, "seen", "running_task", "it goes on"))

    assert "it goes on" in ours.getvalue()
