"""What is drawn of a machine, by Graphviz source, Mermaid and SVG, and whether what is committed is fresh."""

import itertools
import re
import shutil
from pathlib import Path

import pytest

from cage_fsm.report.diagram.dot import dot
from cage_fsm.report.diagram.drawing import scene
from cage_fsm.report.diagram.graphviz import CannotDraw, svg
from cage_fsm.report.diagram.mermaid import page
from cage_fsm.report.diagram.scene import Box, Scene
from cage_fsm.report.diagram.words import exit_codes
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


@pytest.fixture
def graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program `dot` of this machine, and all programs there are: write what it does."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "dot"


def install(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(0o755)


def boxes(drawn: Scene) -> dict[str, Box]:
    return {box.name: box for box in drawn.boxes}


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


def test_what_is_written_is_fresh(house: Path, graphviz: Path) -> None:
    install(graphviz, "echo '<svg></svg>'")
    (house / "diagrams" / "rollout.svg").write_text("<svg>of another machine</svg>", "utf-8")
    assert main([str(house / "diagrams"), "--check"]) == 1
    assert main([str(house / "diagrams")]) == 0
    assert main([str(house / "diagrams"), "--check"]) == 0


def test_every_machine_has_both_drawings() -> None:
    assert set(drawings(definitions(STATES))) == {
        f"{file.stem}.{kind}" for file in STATES.glob("*.toml") for kind in ("md", "dot")
    }


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_and_every_edge_is_drawn(machine: str) -> None:
    rules, drawn = definition(machine), scene(definition(machine))
    whole, source = page(drawn).rpartition("## The whole machine")[2], dot(drawn)
    assert set(boxes(drawn)) == set(rules.names)
    for name in rules.names:
        assert f'state "{name}<br/>' in whole
        assert f"\n  {name} [label=<<b>{name}</b>" in source
    for state, trigger, edge in rules.edges():
        arrow = next(
            each
            for each in drawn.arrows
            if each.to == edge.to
            and state in ([each.source] if each.frame is None else drawn.frames[each.frame].names)
        )
        assert trigger in {label.split()[0] for label in arrow.labels}
        tail = arrow.source if arrow.frame is None else f"frame{arrow.frame}"
        assert f"{tail} --> {edge.to} : {', '.join(arrow.labels)}\n" in whole
        down, up = f"{arrow.source} -> {edge.to} [", rf"{edge.to} -> {arrow.source} \[.*dir=back"
        assert down in source or re.search(up, source)


def test_one_arrow_from_a_frame_stands_for_those_of_all_its_states() -> None:
    drawn = scene(definition())
    assert [(frame.names, frame.title) for frame in drawn.frames] == [
        (("validating", "registering"), ""),
        (
            (
                "launching_canary",
                "checking_containers",
                "checking_targets",
                "observing_canary",
                "awaiting_approval",
            ),
            "",
        ),
        (("detaching_canary", "stopping_canary"), "release"),
    ]
    assert [(arrow.frame, arrow.to) for arrow in drawn.arrows if arrow.frame is not None] == [
        (0, "aborted"),
        (1, "detaching_canary"),
        (2, "rolling_back"),
    ]


def test_the_way_to_the_goal_is_one_column_and_all_ends_are_its_last_row() -> None:
    rows = {name: box.row for name, box in boxes(scene(definition())).items()}
    way = happy_path(definition())
    assert [rows[name] for name in way] == list(range(len(way)))
    ends = {"succeeded", "aborted", "left_failing", "rolled_back", "needs_operator"}
    assert {name for name, row in rows.items() if row == len(way) - 1} == ends
    assert rows["rolling_back"] == rows["updating_service"]
    assert rows["awaiting_approval"] == rows["observing_canary"]


def test_graphviz_is_told_every_edge_downwards_so_that_the_rows_stay() -> None:
    drawn = scene(definition())
    rows = {name: box.row for name, box in boxes(drawn).items()}
    for tail, head in re.findall(r"^  (\w+) -> (\w+) \[label", dot(drawn), re.MULTILINE):
        assert rows[tail] <= rows[head]


def test_a_state_shows_its_deadline_what_ctrl_c_does_and_what_is_held() -> None:
    drawn = boxes(scene(definition()))
    assert drawn["validating"].rules == ("within wait + 2m", "Ctrl-C aborts")
    assert drawn["validating"].holds == ()
    assert drawn["checking_containers"].holds == ("holds canary task",)
    assert drawn["rolling_back"].holds == (
        "holds service change",
        "may hold canary task, target registration",
    )
    assert drawn["needs_operator"].rules == ("rests, exit 4",)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_drawing_names_the_machine_it_is_of(machine: str) -> None:
    drawn = scene(definition(machine))
    for drawing in (page(drawn), dot(drawn)):
        assert drawn.digest in drawing


def test_the_first_drawing_is_the_straight_way_to_the_goal() -> None:
    first = page(scene(definition())).partition("## The whole machine")[0]
    ways = re.findall(r"^    (\w+) --> (\w+) : (.*)$", first, re.MULTILINE)
    assert [(source, to) for source, to, _ in ways] == list(itertools.pairwise(happy_path(definition())))
    assert {label for _, _, label in ways} == {"done", "done when forward"}


def test_edges_between_the_same_states_are_one_arrow() -> None:
    found = scene(definition()).arrows
    labels = {(arrow.source, arrow.to): arrow.labels for arrow in found}
    assert labels["updating_service", "detaching_canary"] == ("done", "refused (untouched)")
    assert labels["stopping_canary", "restoring_service"] == ("done when back",)
    assert len(labels) == len(found)


def test_a_final_state_shows_its_exit_codes() -> None:
    assert list(exit_codes("rollout", "succeeded")) == ["exit 0"]
    assert "the container's if that failed" in exit_codes("run", "aborted")
    assert list(exit_codes("rollout", "rolled_back")) == ["exit 3", "0 if rollback"]
    assert list(exit_codes("rollback", "rolled_back")) == ["exit 0"]
    assert list(exit_codes("rollout", "left_failing")) == ["exit 4"]
    assert "5 if held" in exit_codes("rollout", "aborted")


def test_a_picture_is_what_graphviz_draws_with_the_digest_in_it(graphviz: Path) -> None:
    install(graphviz, 'echo "<svg>$1</svg>"')
    drawn = scene(definition())
    assert svg(drawn) == f"<svg>-Tsvg</svg>\n<!-- machine rollout, digest {drawn.digest} -->\n"


def test_without_graphviz_it_says_what_to_do(graphviz: Path) -> None:
    assert not graphviz.exists()
    with pytest.raises(CannotDraw, match="Install Graphviz, or use --format mermaid"):
        svg(scene(definition()))


def test_what_graphviz_complains_of_is_told(graphviz: Path) -> None:
    install(graphviz, "echo 'out of ink' >&2; exit 1")
    with pytest.raises(CannotDraw, match="out of ink"):
        svg(scene(definition()))
