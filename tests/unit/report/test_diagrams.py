import itertools
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cage_fsm.report.diagram import arrows, exit_codes
from cage_fsm.report.diagram_dot import dot
from cage_fsm.report.diagram_mermaid import mermaid
from cage_fsm.report.path import happy_path
from cage_fsm.report.write_diagrams import definitions, drawings, main

from .samples import STATES, definition

MACHINES = ["rollout", "rollback"]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A directory with machines and fresh drawings of them, as they are committed."""
    shutil.copytree(STATES, tmp_path / "states")
    shutil.copytree(STATES.parent / "diagrams", tmp_path / "diagrams")
    return tmp_path


def test_the_committed_drawings_are_what_the_machines_say() -> None:
    assert main([str(STATES.parent / "diagrams"), "--check"]) == 0


def test_a_changed_machine_makes_its_drawings_stale(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = house / "states" / "rollout.toml"
    machine.write_text(machine.read_text("utf-8").replace('"bake + 5m"', '"bake + 6m"'), "utf-8")
    assert main([str(house / "diagrams"), "--check"]) == 1
    complaints = capsys.readouterr().err.splitlines()
    assert [line.partition(" is stale")[0].rpartition("/")[2] for line in complaints] == [
        "rollout.md",
        "rollout.dot",
        "rollout.svg",
    ]
    assert all("make diagrams" in line for line in complaints)


def test_a_missing_drawing_is_stale_and_a_left_over_one_is_named(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (house / "diagrams" / "rollback.dot").rename(house / "diagrams" / "gone.dot")
    assert main([str(house / "diagrams"), "--check"]) == 1
    complaints = capsys.readouterr().err
    assert "rollback.dot is stale" in complaints
    assert "gone.dot draws no machine" in complaints


def test_a_comment_in_a_machine_changes_no_drawing(house: Path) -> None:
    machine = house / "states" / "rollout.toml"
    machine.write_text("# another word\n" + machine.read_text("utf-8"), "utf-8")
    assert main([str(house / "diagrams"), "--check"]) == 0


def test_every_machine_has_both_drawings() -> None:
    assert set(drawings(definitions(STATES))) == {
        f"{file.stem}.{kind}" for file in STATES.glob("*.toml") for kind in ("md", "dot")
    }


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_and_every_edge_is_drawn(machine: str) -> None:
    rules = definition(machine)
    page, source = mermaid(rules).rpartition("## The whole machine")[2], dot(rules)
    for name in rules.names:
        assert f'state "{name}<br/>' in page
        assert f"\n  {name} [label=<<b>{name}</b>" in source
    for state, trigger, edge in rules.edges():
        assert re.search(rf"\b{state} --> {edge.to} : .*\b{trigger}\b", page)
        assert re.search(rf"\b{state} -> {edge.to} \[.*\b{trigger}\b", source)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_drawing_names_the_machine_it_is_of(machine: str) -> None:
    rules = definition(machine)
    for drawing in (mermaid(rules), dot(rules)):
        assert rules.digest in drawing
        assert "make diagrams" in drawing


def test_the_first_drawing_is_the_straight_way_to_the_goal() -> None:
    first = mermaid(definition()).partition("## The whole machine")[0]
    ways = re.findall(r"^    (\w+) --> (\w+) : (.*)$", first, re.MULTILINE)
    assert [(source, to) for source, to, _ in ways] == list(itertools.pairwise(happy_path(definition())))
    assert {label for _, _, label in ways} == {"done", "done when forward"}


def test_edges_between_the_same_states_are_one_arrow() -> None:
    labels = {(arrow.source, arrow.to): arrow.label for arrow in arrows(definition())}
    assert labels["launching_canary", "detaching_canary"] == "failed, abort"
    assert labels["updating_service", "detaching_canary"] == "done, refused (untouched)"
    assert labels["stopping_canary", "restoring_service"] == "done when back"
    assert len(labels) == len(arrows(definition()))


def test_a_final_state_shows_its_exit_codes() -> None:
    assert list(exit_codes("rollout", "succeeded")) == ["exit 0"]
    assert list(exit_codes("rollout", "rolled_back")) == ["exit 3", "0 if rollback"]
    assert list(exit_codes("rollback", "rolled_back")) == ["exit 0"]
    assert list(exit_codes("rollout", "left_failing")) == ["exit 4"]
    assert "5 if held" in list(exit_codes("rollout", "aborted"))[1]


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("machine", MACHINES)
def test_graphviz_draws_it(machine: str) -> None:
    drawn = subprocess.run(
        ["dot", "-Tsvg"], input=dot(definition(machine)).encode(), capture_output=True, check=True
    )
    assert drawn.stderr == b""
    assert b"<svg" in drawn.stdout
