"""Waivers: findings that are accepted up to a day."""

from datetime import date
from pathlib import Path

import pytest

from cage_fsm.audit.waivers import Waivers
from cage_fsm.judge.scan import Audited, Finding, Subject
from cage_fsm.usage import UsageError

GOOD = """
[[waiver]]
id = "CVE-1"
reason = "not reachable"
expires = 2026-12-31

[[waiver]]
id = "CVE-2"
reason = "gone with the next base image"
expires = "2026-11-30"
"""


def waivers(place: Path, text: str, today: date = date(2026, 11, 30)) -> Waivers:
    file = place / "waivers.toml"
    file.write_text(text, "utf-8")
    return Waivers.of(file, today)


def test_a_waiver_counts_up_to_its_last_day(tmp_path: Path) -> None:
    assert waivers(tmp_path, GOOD) == Waivers(frozenset({"CVE-1", "CVE-2"}))
    assert waivers(tmp_path, GOOD, date(2026, 12, 1)) == Waivers(frozenset({"CVE-1"}), frozenset({"CVE-2"}))
    assert waivers(tmp_path, f"\ufeff{GOOD.strip()}") == waivers(tmp_path, GOOD)
    assert waivers(tmp_path, "") == Waivers.of(None, date(2026, 1, 1)) == Waivers()


def test_what_was_not_found_is_unused(tmp_path: Path) -> None:
    found = Audited(Subject("web", "web:v1", "running"), "FOUND", findings=(Finding("CVE-1", "LOW"),))

    assert waivers(tmp_path, GOOD).unused([found]) == {"CVE-2"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            GOOD.replace("reason = ", "because = ", 1),
            "toml:2: [[waiver]] `because`: there is no such key. Each needs `id`",
        ),
        (GOOD.replace('expires = "2026-11-30"', ""), "toml:7: [[waiver]] `expires`: it is missing."),
        (
            GOOD.replace("2026-12-31", '"soon"'),
            "toml:2: [[waiver]] `expires`: it is not as it has to be. Each needs",
        ),
        (GOOD.replace('"not reachable"', '" "'), "toml:2: [[waiver]] `reason`: it is empty."),
        (GOOD.replace("CVE-2", "CVE-1"), "CVE-1: waived twice"),
        (GOOD.replace('"CVE-1"', "CVE-1"), "it is no TOML: Invalid value (at line 3"),
        (GOOD.replace("2026-12-31", "9" * 5000), "it is no TOML: Exceeds the limit"),
        (f"waiver = {'[' * 3000}", "it is no TOML: maximum recursion depth"),
        ("[waiver]", "toml: [[waiver]]: it is written [[waiver]], with two brackets."),
        ("[[waivers]]", "[[waiver]] `waivers`: there is no such key."),
    ],
)
def test_a_bad_file_is_refused_with_line_and_mend(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        waivers(tmp_path, text)

    assert words in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml: No such file"):
        Waivers.of(tmp_path / "nowhere.toml", date(2026, 1, 1))
