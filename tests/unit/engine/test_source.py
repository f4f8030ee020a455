"""Every complaint about a machine names the line to mend."""

from pathlib import Path

import pytest

from cage_fsm.data import data
from cage_fsm.engine.source import Place, Source
from cage_fsm.engine.verify import load
from cage_fsm.phases.registry import PROMISES

FILE = Path("states/small.toml")
TEXT = """\
# initial = "in a comment"
initial = "one"
final   = ["aborted"]

[state.one]
does    = "look"
on.done = [
  { when = "forward", to = "aborted" },
  { to = "aborted" },
]
[ state . "two-2" ]   # spaced and quoted
on.done   = "aborted"
on.failed = "one"
"""


@pytest.mark.parametrize(
    ("state", "key", "line"),
    [
        (None, "initial", 2),
        (None, "final", 3),
        ("one", None, 5),
        ("one", "does", 6),
        ("one", "on.done", 7),
        ("two-2", None, 11),
        ("two-2", "on.done", 12),
        ("two-2", "on.failed", 13),
    ],
)
def test_a_place_is_the_line_of_its_key(state: str | None, key: str | None, line: int) -> None:
    assert Source(FILE, TEXT).place(state, key).line == line


def test_a_key_that_is_missing_is_looked_for_at_the_header_of_its_state() -> None:
    assert Source(FILE, TEXT).place("one", "within").line == 5


def test_a_state_that_is_missing_is_looked_for_at_the_top() -> None:
    assert Source(FILE, TEXT).place("three", "on.done").line == 1


def test_a_key_written_twice_stands_where_it_is_first() -> None:
    assert Source(FILE, 'initial = "one"\ninitial = "two"\n').place(key="initial").line == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[state.one.on]\ndone = "aborted"', 2),
        ('[state.one]\n"on" . "done" = "aborted"', 2),
        ("[ state.'one' ]\r\n\ton.done='aborted'\r\n", 2),
        ('initial = "\u2028"\n[state.one]\non.done = "aborted"', 3),
    ],
)
def test_a_key_is_found_however_it_is_written(text: str, line: int) -> None:
    assert Source(FILE, text).place("one", "on.done").line == line


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place(FILE, 7, "one", "on.done"), "states/small.toml:7: [state.one] on.done"),
        (Place(FILE, 5, "one"), "states/small.toml:5: [state.one]"),
        (Place(FILE, 2, key="initial"), "states/small.toml:2: initial"),
        (Place(FILE, 1), "states/small.toml:1"),
    ],
)
def test_a_place_reads_as_file_line_header_and_key(place: Place, words: str) -> None:
    assert str(place) == words


@pytest.mark.parametrize("name", ["rollout", "rollback"])
def test_every_state_and_edge_that_ships_is_found_at_its_line(name: str) -> None:
    file = data(f"states/{name}.toml")
    source, lines = Source(file, file.read_text("utf-8")), file.read_text("utf-8").splitlines()

    for state, trigger, _ in load(file, PROMISES).definition.edges():
        assert lines[source.place(state).line - 1] == f"[state.{state}]"
        assert lines[source.place(state, f"on.{trigger}").line - 1].startswith(f"on.{trigger} ")
