"""What a workflow of GitHub Actions is told: nothing that AWS says is a command, or Markdown, in it."""

import io
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cage_fsm.engine.ports import Event
from cage_fsm.report.github import annotation, group, put_outputs, put_summary
from cage_fsm.report.groups import Groups
from cage_fsm.report.step_summary import step_summary

from .samples import LAUNCH_FAILED, ROLLED_BACK, START, record, seen, well

HOSTILE = (
    "x\n::set-output name=run-id::evil\r\n##[add-mask]a%0A::error::b </pre><h1>| # [x](y) @octocat\n\n# z"
)


def test_an_annotation_is_one_line_that_nothing_in_it_ends() -> None:
    assert (
        annotation("error", "web: 50%, failed", ["Cause: a\r", "Mend: ::b, 100%"])
        == "::error title=web%3A 50%25%2C failed::Cause: a%0D%0AMend: ::b, 100%25"
    )


def test_a_group_is_as_long_as_a_state_and_the_end_is_outside() -> None:
    out = io.StringIO()
    reader = Groups(out)
    for event in (
        seen("before the first move"),
        Event(START, "moved", "registering", "web runs web:2."),
        seen("looking"),
        Event(START, "wrote", "running_task", "::add-mask::web"),
        Event(START, "moved", "aborted", HOSTILE),
        Event(START, "finished", "aborted", "failed"),
    ):
        reader(event)
    reader.close()
    kinds = [line.split("2026")[0] if "::" in line[:8] else "line" for line in out.getvalue().splitlines()]

    assert kinds == ["line", "::group::", "line", "line", "::endgroup::", "::group::", "::endgroup::", "line"]


def test_a_group_that_is_broken_off_is_closed_once() -> None:
    out = io.StringIO()
    reader = Groups(out)
    reader(Event(START, "moved", "registering", ""))
    reader.close()
    reader.close()

    assert out.getvalue().count("::endgroup::") == 1


def test_a_title_is_one_line() -> None:
    assert group("a\n::error::b%0A") == "::group::a%0A::error::b%250A"


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags = set[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)


def test_nothing_in_a_summary_is_markdown_or_another_tag() -> None:
    hostile = record("done", "done", ("failed", HOSTILE), *well(2), facts={"service_name": HOSTILE})
    text = step_summary(hostile, ["Cause: a", "", f"  AWS said: {HOSTILE}"])

    assert _Tags(text).tags == {"h3", "p", "code", "pre", "table", "tr", "th", "td"}
    assert all(line.strip() for line in text.splitlines()[:-1])  # Markdown begins after an empty line
    assert text.endswith("</table>\n\n")


def test_a_summary_has_the_end_and_the_timeline() -> None:
    text = step_summary(LAUNCH_FAILED, ["Cause: the image is not there."])

    assert "<h3>web in cluster prod: failed</h3>" in text
    assert "<pre>Cause: the image is not there.</pre>" in text
    assert "<td>✗</td><td>launching_canary</td><td>2026-11-23T04:10:36Z</td><td>10s</td>" in text
    assert text.count("<tr>") == 1 + len(LAUNCH_FAILED.history) + 1


def test_a_run_that_came_to_no_revision_has_none_in_its_summary() -> None:
    assert "<code></code>" not in step_summary(record(facts={}), [])


def test_a_summary_stays_far_below_what_a_step_may_have() -> None:
    long = record("done", "done", ("failed", "x" * 1_000_000), *well(2))

    assert len(step_summary(long, [])) < 10_000


def test_outputs_and_summaries_are_added_line_by_line(tmp_path: Path) -> None:
    environ = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(tmp_path / "out"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }
    put_outputs({"run-id": "a"}, environ)
    put_outputs({"outcome": "failed\nrun-id=evil"}, environ)
    put_summary(step_summary(ROLLED_BACK, []), environ)

    assert (tmp_path / "out").read_text("utf-8") == "run-id=a\noutcome=failed run-id=evil\n"
    assert "rolled back" in (tmp_path / "summary").read_text("utf-8")


@pytest.mark.parametrize(
    "environ",
    [
        {"GITHUB_OUTPUT": "out"},
        {"GITHUB_ACTIONS": "true"},
        {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": "/no/such/directory/out"},
    ],
)
def test_without_a_runner_or_a_file_nothing_is_written_and_nothing_raised(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put_outputs({"run-id": "a"}, environ)

    assert list(tmp_path.iterdir()) == []
