import io

import pytest

from cage_fsm.report.terminal import ASCII, UNICODE, Marks, can_redraw, fitted, marks


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("term", "able"), [("xterm-256color", True), ("dumb", False), ("", False)])
def test_a_dumb_terminal_is_not_redrawn(term: str, able: bool) -> None:
    assert can_redraw(Terminal(), {"TERM": term}) is able


def test_a_pipe_is_not_redrawn() -> None:
    assert not can_redraw(io.StringIO(), {"TERM": "xterm"})


def test_on_a_terminal_lines_are_broken_between_words_and_commands_stay_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    long = [
        "Cause: a b c d e f g h i j",
        "    indented words of a log",
        "",
        "Type next: cage-fsm resume --store /x",
    ]

    assert fitted(long, io.StringIO()) == long
    assert fitted(long, Terminal()) == [
        "Cause: a b c d e f g",
        "  h i j",
        "    indented words",
        "      of a log",
        "",
        long[-1],
    ]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"LANG": "de_DE.UTF-8"}, UNICODE),
        ({}, UNICODE),
        ({"LC_CTYPE": "C.UTF-8"}, UNICODE),
        ({"LANG": "C"}, ASCII),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, ASCII),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, ASCII),
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, UNICODE),
    ],
)
def test_the_plain_locale_gets_plain_marks(environ: dict[str, str], expected: Marks) -> None:
    assert marks(Terminal(), environ) is expected


def test_an_encoding_without_the_marks_gets_plain_ones() -> None:
    assert marks(io.TextIOWrapper(io.BytesIO(), encoding="latin-1"), {}) is ASCII
