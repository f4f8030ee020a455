"""Lengths of time as people write them, and as we write them back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cage_fsm.engine.durations import parse_duration, words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("2d", 172_800),
        ("1.5m", 90),
        ("45", 45),
        ("0", 0),
        ("0.25", 0.25),
        ("  10s  ", 10),
        ("1m1m", 120),
    ],
)
def test_a_length_of_time_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "-5m", "5 minutes", "5w", "m", "1e3", "nan", "inf", "5M"])
def test_what_is_no_length_of_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"write for example 90s, 5m or 1h30m"):
        parse_duration(text)


@pytest.mark.parametrize(
    "text", ["3651d", "999999999999d", "9" * 400, "9" * 400 + "s", "1" + "0" * 5000 + "d", "1d" * 4000]
)
def test_what_no_deadline_can_be_is_refused_without_repeating_all_of_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"is too long; the longest time is 3650d") as refused:
        parse_duration(text)

    assert len(str(refused.value)) < 120


def test_the_longest_time_makes_a_deadline() -> None:
    assert datetime(2026, 1, 1, tzinfo=UTC) + parse_duration("3650d") < datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.25, "0.2s"), (59.6, "1m"), (90, "1m30s"), (5400, "1h30m"), (90_061, "1d1h1m1s")],
)
def test_a_length_of_time_is_written_without_what_is_zero(seconds: float, text: str) -> None:
    assert words(seconds) == text


@settings(derandomize=True, database=None, deadline=None)
@given(st.integers(0, 10_000_000))
def test_what_is_written_is_read_back(seconds: int) -> None:
    assert parse_duration(words(seconds)) == timedelta(seconds=seconds)
