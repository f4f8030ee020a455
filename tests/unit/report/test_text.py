import json

import pytest

from cage_fsm.report.text import as_json_text, clean, key_value_lines, plain, shorten


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("one\r\ntwo\tthree", "one two three"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1bcreset", "reset"),
        ("\x1b]52;c;unfinished", ""),
        ("bell\x07 null\x00", "bell\\x07 null\\x00"),
        ("right\u202eleft", "right\\u202eleft"),
        ("lone \udc80", "lone \\udc80"),
        ("größer → 🚀", "größer → 🚀"),
        ("[red]markup[/red] stays", "[red]markup[/red] stays"),
    ],
)
def test_what_is_printed_is_one_line_without_terminal_codes(hostile: str, harmless: str) -> None:
    assert clean(hostile) == harmless


def test_nested_evidence_is_a_line_per_value() -> None:
    seen = json.loads("""{
        "stopCode": "TaskFailedToStart",
        "containers": [{"exitCode": 1, "ok": false}],
        "ids": ["a", "b"], "empty": [], "missing": null, "nothing": {}
    }""")
    assert key_value_lines(seen) == [
        "stopCode: TaskFailedToStart",
        "containers[0].exitCode: 1",
        "containers[0].ok: false",
        "ids: a, b",
        "empty: none",
        "missing: none",
        "nothing: none",
    ]


def test_evidence_is_cleaned_in_keys_and_values() -> None:
    assert key_value_lines({"a\nb": {"c\x1b[1m": "d\ne"}}) == ["a b.c: d e"]


def test_what_is_cut_says_so() -> None:
    assert shorten("a long line", 6) == "a l..."
    assert shorten("short", 6) == "short"


@pytest.mark.parametrize(
    "line",
    ["::set-output name=a::b", "  ::add-mask::x", "\t::stop-commands::t", "x ##[error]y", "##[add-mask]z"],
)
def test_what_githubs_runner_would_obey_is_defused(line: str) -> None:
    for shown in (clean(line), plain(line)):
        assert not shown.strip().startswith("::")
        assert "##[" not in shown


def test_an_arn_and_a_heading_stay_as_they_are() -> None:
    assert clean("arn:aws:iam::123456789012:role/app") == "arn:aws:iam::123456789012:role/app"
    assert clean("## [x] a :: b") == "## [x] a :: b"


def test_json_that_githubs_runner_would_obey_is_defused_and_reads_the_same() -> None:
    text = as_json_text({"words": "##[error]x", "more": ["##[", "#"]})

    assert "##[" not in text
    assert json.loads(text) == {"words": "##[error]x", "more": ["##[", "#"]}
