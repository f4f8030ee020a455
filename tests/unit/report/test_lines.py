import io
from datetime import timedelta

from cage_fsm.engine import durations
from cage_fsm.engine.ports import Event
from cage_fsm.report.lines import Lines

from .samples import START, seen


def test_an_event_is_one_line_of_time_state_kind_and_words() -> None:
    out = io.StringIO()
    Lines(out)(Event(START, "moved", "launching_canary", "registered web:3"))
    assert out.getvalue() == "2026-11-23T04:10:16Z launching_canary    moved     registered web:3\n"


def test_a_move_without_a_reason_says_what_the_state_does() -> None:
    out = io.StringIO()
    Lines(out)(Event(START, "moved", "stopping_canary", ""))
    assert out.getvalue().endswith("moved     stopping the canary\n")


def test_the_same_observation_is_printed_once_and_then_every_30_seconds() -> None:
    out = io.StringIO()
    reader = Lines(out)
    for second in range(0, 61, 5):
        reader(seen("the task is PENDING", after=second))
    assert [line[:20] for line in out.getvalue().splitlines()] == [
        "2026-11-23T04:10:16Z",
        "2026-11-23T04:10:46Z",
        "2026-11-23T04:11:16Z",
    ]


def test_an_observation_that_comes_back_is_printed_again() -> None:
    out = io.StringIO()
    reader = Lines(out)
    for second, words in enumerate(["PENDING", "no answer yet", "PENDING"]):
        reader(seen(words, after=second))
    assert len(out.getvalue().splitlines()) == 3


def test_the_end_says_what_it_means() -> None:
    out = io.StringIO()
    Lines(out)(Event(START, "finished", "aborted", "failed"))
    assert "finished  failed: The service is as it was before this run" in out.getvalue()


def test_no_message_of_aws_breaks_the_line_or_reaches_the_terminal() -> None:
    out = io.StringIO()
    Lines(out)(seen("first\n::error::second\x1b[2J\x07"))
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().endswith("first ::error::second\\x07\n")


def test_a_stream_without_the_letters_gets_them_escaped() -> None:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding="ascii")
    Lines(stream)(seen("größer"))
    assert buffer.getvalue().endswith(b"gr\\xf6\\xdfer\n")


def test_what_counts_down_about_the_same_evidence_is_one_observation() -> None:
    out = io.StringIO()
    reader = Lines(out)
    for second in range(0, 31, 5):
        at = START + timedelta(seconds=second)
        words = f"healthy; {durations.words(75 - second)} left"
        reader(Event(at, "seen", "observing_canary", words, {"targets": ["ok"]}))
    assert [line.rpartition("  ")[2] for line in out.getvalue().splitlines()] == [
        "healthy; 1m15s left",
        "healthy; 45s left",
    ]


def test_another_observation_on_the_same_evidence_is_one_of_its_own() -> None:
    out = io.StringIO()
    reader = Lines(out)
    for words in ("2 target(s) are draining", "1 target(s) are draining", "it was told to stop"):
        reader(Event(START, "seen", "stopping_canary", words, {"rule": "canary_stopped"}))
    assert len(out.getvalue().splitlines()) == 2
