"""What `diagram` prints: a machine, a run drawn over it, a change to it."""

from pathlib import Path

import pytest

from cage_fsm.data import data

from .desk import Desk

ROLLOUT = data("states/rollout.toml")


@pytest.fixture
def graphviz(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only program there is: a `dot` that draws nothing but says what it was given."""
    program = desk.place / "bin" / "dot"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho '<svg>'\nwhile read -r line; do echo \"$line\"; done\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    return program


def older(desk: Desk, new: str, old: str) -> Path:
    """The rollout as it was before `new` stood there instead of `old`."""
    text = ROLLOUT.read_text("utf-8")
    assert new in text
    file = desk.place / "old.toml"
    file.write_text(text.replace(new, old, 1), "utf-8")
    return file


@pytest.mark.parametrize(("form", "begins"), [("mermaid", "stateDiagram-v2"), ("dot", "digraph")])
@pytest.mark.parametrize("machine", ["rollout", "rollback"])
def test_a_machine_is_drawn(desk: Desk, machine: str, form: str, begins: str) -> None:
    done = desk.type("diagram", machine, "--format", form)

    assert done.code == 0
    assert begins in done.out
    assert "rolling_back" in done.out


def test_a_file_is_drawn_as_the_machine_it_holds(desk: Desk) -> None:
    assert desk.type("diagram", ROLLOUT).out == desk.type("diagram").out


def test_a_machine_is_printed_as_data(desk: Desk) -> None:
    drawn = desk.type("diagram", "--json").json()

    assert drawn["machine"] == "rollout"
    assert {"name": "registering", "row": 1, "look": "way"}.items() <= drawn["boxes"][1].items()
    assert {"source": "validating", "to": "registering", "labels": ["done"]}.items() <= drawn["arrows"][
        0
    ].items()


def test_a_picture_is_drawn_by_graphviz(desk: Desk, graphviz: Path) -> None:
    done = desk.type("diagram", "--format", "svg")

    assert done.code == 0
    assert graphviz.exists()
    assert done.out.startswith("<svg>")
    assert "digraph rollout" in done.out


def test_without_graphviz_a_picture_is_refused_with_what_to_do(desk: Desk, graphviz: Path) -> None:
    graphviz.unlink()
    done = desk.type("diagram", "--format", "svg")

    assert (done.code, done.out) == (2, "")
    assert "Install Graphviz, or use --format mermaid" in done.err


def test_the_path_of_a_finished_and_of_an_unfinished_run_is_drawn(desk: Desk) -> None:
    assert desk.rollout().code == 0
    finished = desk.type("diagram", "--run", "last")
    desk.tag("v3")
    desk.cloud.fail_next("RegisterTaskDefinition", "ExpiredTokenException")
    assert desk.rollout().code == 75
    unfinished = desk.type("diagram", "--run", "last", "--json").json()

    assert finished.code == 0
    assert ": succeeded, exit code 0." in finished.out
    assert "stabilizing_service --> succeeded : (taken) done" in finished.out
    assert "ended at" in finished.out
    marks = {box["name"]: box["mark"] for box in unfinished["boxes"] if box["mark"]}
    assert marks == {"validating": "taken", "registering": "present"}


def test_a_run_is_drawn_on_its_own_machine_only(desk: Desk) -> None:
    desk.rollout("--service", "nowhere")
    done = desk.type("diagram", "rollback", "--run", "last")

    assert done.code == 2
    assert "cannot be drawn on rollback" in done.err


def test_a_run_of_another_version_is_drawn_all_the_same(desk: Desk) -> None:
    desk.rollout("--service", "nowhere")
    done = desk.type("diagram", older(desk, '"bake + 5m"', '"bake + 6m"'), "--run", "last")

    assert done.code == 0
    assert "It was begun with another version of the machine" in done.out


def test_a_change_is_printed_as_lines_and_as_data(desk: Desk) -> None:
    old = older(desk, '"bake + 5m"', '"bake + 6m"')
    lines = ['- within = "bake + 6m"', '+ within = "bake + 5m"']
    told, found = desk.type("diagram", "--diff", old), desk.type("diagram", "--diff", old, "--json").json()

    assert told.code == 0
    assert told.out.splitlines()[2:] == ["", "  [state.observing_canary]", *lines]
    assert found["changes"] == [{"state": "observing_canary", "lines": lines}]


def test_a_change_is_drawn(desk: Desk, graphviz: Path) -> None:
    old = older(desk, 'on.failed = "needs_operator"', 'on.failed = "aborted"')  # would not pass its proof
    drawn = {
        form: desk.type("diagram", "--diff", old, "--format", form) for form in ("mermaid", "dot", "svg")
    }

    assert graphviz.exists()
    assert {done.code for done in drawn.values()} == {0}
    assert "stopping_canary --> aborted : (removed) failed" in drawn["mermaid"].out
    assert "style=dashed" in drawn["dot"].out
    assert "<svg>" in drawn["svg"].out


def test_without_a_change_it_says_so(desk: Desk) -> None:
    done = desk.type("diagram", "--diff", ROLLOUT)

    assert done.code == 0
    assert done.out.startswith("Both machines say the same.")


@pytest.mark.parametrize(
    ("new", "old", "says"),
    [
        (
            "renew     = true",
            "renews = true",
            "old.toml:100: [state.stopping_task] renews: there is no key",
        ),
        ('"launch"', '"lunch"', "'lunch' is not a length of time; write for example"),
        ("machine = ", "machine == ", "old.toml:4: not valid TOML"),
    ],
)
def test_a_damaged_file_is_named_with_what_to_mend(desk: Desk, new: str, old: str, says: str) -> None:
    done = desk.type("diagram", "--diff", older(desk, new, old))

    assert (done.code, done.out) == (2, "")
    assert says in done.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--diff", "nowhere.toml"], "nowhere.toml cannot be read: No such file"),
        (["--diff", "old.toml", "--run", "last"], "give one of them"),
        (["--json", "--format", "dot"], "give one of them"),
        (["--run", "last"], "There are no runs in this store yet."),
        (["nothing"], "rollback, rollout, run, up. Or name a .toml file."),
    ],
)
def test_what_cannot_be_drawn_is_refused(desk: Desk, words: list[str], says: str) -> None:
    done = desk.type("diagram", *words)

    assert (done.code, done.out) == (2, "")
    assert says in done.err
