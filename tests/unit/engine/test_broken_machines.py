"""Real machines, broken in one or two places: each is refused, with the file, the line and what to mend."""

import copy
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cage_fsm.data import data
from cage_fsm.engine.definition import Promise
from cage_fsm.engine.verify import DefinitionError, load
from cage_fsm.phases.registry import PROMISES

MACHINES: Mapping[str, dict[str, Any]] = {
    name: tomllib.loads(data(f"states/{name}.toml").read_text("utf-8")) for name in ("rollout", "rollback")
}
AN_END = "aborted"
A_MESSAGE = re.compile(
    r"(?P<file>.+?\.toml):(?P<line>\d+)"
    r"(?:: (?=\[state\.|[\w.]+: )(?:\[state\.(?P<state>[\w-]+)\])?(?: ?(?P<key>[\w.]+))?)?"
    r": (?P<what>[^\s:].+)",
    re.DOTALL,
)
calmly = settings(derandomize=True, database=None, deadline=None, max_examples=100)


class Broken(NamedTuple):
    """What a complaint has to say. None: no place is expected."""

    words: str
    state: str | None = None
    key: str | None = None


Draw = Callable[[st.SearchStrategy[Any]], Any]
Break = Callable[[dict[str, Any], Draw], Broken]


def working(machine: dict[str, Any], draw: Draw) -> tuple[str, dict[str, Any]]:
    """Draw a state that does a phase."""
    name = draw(st.sampled_from([name for name, state in machine["state"].items() if "does" in state]))
    return name, machine["state"][name]


def trigger_of(state: dict[str, Any], draw: Draw) -> str:
    """Draw a trigger that has an edge in `state`."""
    trigger: str = draw(st.sampled_from(sorted(state["on"])))
    return trigger


def unknown_target(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    trigger = trigger_of(state, draw)
    state["on"][trigger] = "nowhere"
    return Broken("leads to nowhere, which is no state", name, f"on.{trigger}")


def unknown_trigger(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    state["on"]["finished"] = AN_END
    return Broken("Input should be 'done', 'failed'", name, "on.finished")


def unknown_predicate(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    trigger = trigger_of(state, draw)
    state["on"][trigger] = [{"when": "sunny", "to": AN_END}, {"to": AN_END}]
    return Broken("Input should be 'untouched', 'forward'", name, f"on.{trigger}")


def unknown_resource(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    key = draw(st.sampled_from(["acquires", "releases"]))
    state[key] = ["moon"]
    return Broken("Input should be 'canary_task'", name, key)


def unknown_duration(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    state["within"], words = draw(
        st.sampled_from([("lunch + 2m", "'lunch' is no named duration"), ("soon", "'soon' is not a length")])
    )
    return Broken(words, name, "within")


def unknown_field(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    state["colour"] = "red"
    return Broken("there is no key `colour`", name, "colour")


def unknown_field_at_the_top(machine: dict[str, Any], draw: Draw) -> Broken:
    machine["colour"] = "red"
    return Broken("there is no key `colour`", None, "colour")


def unknown_phase(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    state["does"] = "dance"
    machine.pop("hurry", None)
    return Broken("there is no phase dance", name, "does")


def unknown_interrupt(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    state["interrupt"] = "panic"
    return Broken("Input should be 'abort', 'continue' or 'suspend'", name, "interrupt")


def unknown_final(machine: dict[str, Any], draw: Draw) -> Broken:
    machine["final"].append("finished")
    return Broken("finished is no final state; there are succeeded", None, "final")


def unknown_initial(machine: dict[str, Any], draw: Draw) -> Broken:
    machine["initial"] = "nowhere"
    return Broken("there is no [state.nowhere]", None, "initial")


def other_goal(machine: dict[str, Any], draw: Draw) -> Broken:
    machine["final"].sort(key=lambda name: name != AN_END)
    return Broken("the first one named is the goal", None, "final")


def unknown_hurry(machine: dict[str, Any], draw: Draw) -> Broken:
    machine["hurry"] = "dance"
    return Broken("no state does dance", None, "hurry")


def no_final(machine: dict[str, Any], draw: Draw) -> Broken:
    machine["final"] = []
    return Broken("a machine needs a final state", None, "final")


def final_with_a_section(machine: dict[str, Any], draw: Draw) -> Broken:
    final = draw(st.sampled_from(["aborted", "rolled_back"]))
    machine["state"][final] = copy.deepcopy(working(machine, draw)[1])
    return Broken(f"{final} is final and so cannot have a section", final)


def missing_word(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    key, words = draw(
        st.sampled_from(
            [
                ("within", "so it needs `within`"),
                ("interrupt", "so it needs `interrupt`"),
                ("does", "neither"),
            ]
        )
    )
    del state[key]
    if key == "does":
        machine.pop("hurry", None)
    return Broken(words, name)


def missing_edge(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    trigger = draw(st.sampled_from(sorted(set(state["on"]) - {"abort"})))
    del state["on"][trigger]
    return Broken(f"may give {trigger}, but there is no on.{trigger}", name, f"on.{trigger}")


def edge_that_nothing_fires(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    trigger = draw(st.sampled_from(["approved", "resumed", "refused", "service_failed"]))
    if trigger in PROMISES.get(state["does"], Promise()).outcomes:
        trigger = "resumed"
    state["on"][trigger] = AN_END
    return Broken(f"never gives {trigger}", name, f"on.{trigger}")


def missing_abort(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    state["interrupt"] = "abort"
    state["on"].pop("abort", None)
    return Broken("there must be an on.abort", name, "interrupt")


def unreachable(machine: dict[str, Any], draw: Draw) -> Broken:
    _, state = working(machine, draw)
    machine["state"]["being_lonely"] = copy.deepcopy(state)
    return Broken("being_lonely is never reached", "being_lonely")


def dead_end(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = machine["initial"], machine["state"][machine["initial"]]
    machine["state"]["sinking"] = {**copy.deepcopy(state), "on": {"done": "sinking", "failed": "sinking"}}
    machine["state"]["sinking"] |= {"interrupt": "continue"}
    trigger = draw(st.sampled_from(["failed", "abort"]))
    state["on"][trigger] = "sinking"
    return Broken("from sinking there is no way to a final state", name, f"on.{trigger}")


def incomplete_list(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    trigger = draw(st.sampled_from(sorted(set(state["on"]) - {"abort", "service_failed"})))
    whens = draw(st.lists(st.sampled_from(["forward", "back", "keep_failing"]), min_size=1, unique=True))
    state["on"][trigger] = [{"when": when, "to": AN_END} for when in whens]
    return Broken("the last edge needs no `when`", name, f"on.{trigger}")


def empty_list(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    trigger = trigger_of(state, draw)
    state["on"][trigger] = []
    return Broken("leads nowhere", name, f"on.{trigger}")


def hidden_edge(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    trigger, final = trigger_of(state, draw), AN_END
    state["on"][trigger] = [{"to": final}, {"when": "forward", "to": final}]
    return Broken("an edge without `when` hides the ones after it", name, f"on.{trigger}")


def same_when_twice(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    trigger, final = trigger_of(state, draw), AN_END
    state["on"][trigger] = [*({"when": "forward", "to": final} for _ in range(2)), {"to": final}]
    return Broken("two edges have the same `when`", name, f"on.{trigger}")


def rest_without_resume(machine: dict[str, Any], draw: Draw) -> Broken:
    machine["state"]["needs_operator"]["on"] = {"abort": AN_END}
    return Broken("rests, so it needs on.resumed", "needs_operator")


def rest_at_work(machine: dict[str, Any], draw: Draw) -> Broken:
    name, state = working(machine, draw)
    state["rests"] = 4
    return Broken("does a phase or rests, never both", name, "rests")


def held_at_the_end(machine: dict[str, Any], draw: Draw) -> Broken:
    name = {"rollout": "launching_canary", "rollback": "rolling_back"}[machine["machine"]]
    held = {"rollout": "canary_task", "rollback": "service_change"}[machine["machine"]]
    machine["state"][name]["on"]["failed"] = "aborted"
    return Broken(f"aborted is reached while the run still holds {held}", name, "on.failed")


def lie_at_the_end(machine: dict[str, Any], draw: Draw) -> Broken:
    name = machine["initial"]
    machine["state"][name]["on"]["failed"] = "rolled_back"
    return Broken("but it says that the service is back", name, "on.failed")


SHAPES: tuple[Break, ...] = (
    *(unknown_target, unknown_trigger, unknown_predicate, unknown_resource, unknown_duration),
    *(unknown_field, unknown_field_at_the_top, unknown_phase, unknown_interrupt, unknown_final),
    *(unknown_initial, other_goal, unknown_hurry, no_final, final_with_a_section, missing_word),
    *(missing_edge, edge_that_nothing_fires, missing_abort, incomplete_list, empty_list, hidden_edge),
    *(same_when_twice, rest_without_resume, rest_at_work),
)
WALKS: tuple[Break, ...] = (unreachable, dead_end, held_at_the_end, lie_at_the_end)


def written(machine: dict[str, Any]) -> str:
    """Write a machine as people do: a line for each key, with comments and blank lines between states."""
    top = [f"{key} = {_value(value)}" for key, value in machine.items() if key != "state"]
    lines = ["# A machine", *top]
    for name, state in machine["state"].items():
        plain = [f"{key} = {_value(value)}" for key, value in state.items() if key != "on"]
        on = [f"on.{trigger} = {_value(edges)}" for trigger, edges in state["on"].items()]
        lines += ["", f'# {name} = "a comment"', f"[state.{name}]", *plain, *on]
    return "\n".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(part)}" for key, part in value.items()) + " }"
    if isinstance(value, list):
        return "[ " + ", ".join(_value(part) for part in value) + " ]"
    return json.dumps(value)


def complaints(text: str, folder: Path) -> list[str]:
    """Load `text`; what is said when it is refused."""
    file = folder / "machine.toml"
    file.write_text(text, "utf-8")
    try:
        load(file, PROMISES)
    except DefinitionError as refused:
        return refused.problems
    return []


def line_of(text: str, state: str | None, key: str | None) -> int:
    """Where a reader would look for `key` of `state`: its line, or else the state's header, or line 1."""
    current: str | None = None
    found: dict[tuple[str | None, str | None], int] = {(None, None): 1}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("["):
            current = line.removeprefix("[state.").removesuffix("]")
            found[current, None] = number
        elif " = " in line and not line.startswith("#"):
            found[current, line.partition(" = ")[0]] = number
    return found.get((state, key)) or found[state, None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("machines")


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_that_is_not_broken_is_accepted(name: str, folder: Path) -> None:
    assert complaints(written(MACHINES[name]), folder) == []


@pytest.mark.parametrize("breakage", [*SHAPES, *WALKS], ids=lambda breakage: breakage.__name__)
def test_each_breakage_is_refused_where_it_is_and_said_in_words(breakage: Break, folder: Path) -> None:
    @settings(calmly, max_examples=12)
    @given(st.data())
    def each(choice: st.DataObject) -> None:
        machine = copy.deepcopy(MACHINES[choice.draw(st.sampled_from(sorted(MACHINES)))])
        broken = breakage(machine, choice.draw)
        text = written(machine)
        said = [found for message in complaints(text, folder) if (found := A_MESSAGE.fullmatch(message))]

        named = [found for found in said if broken.words in found["what"]]
        assert named, (broken, said)
        assert (broken.state, broken.key) in {(found["state"], found["key"]) for found in named}
        assert line_of(text, broken.state, broken.key) in {int(found["line"]) for found in named}

    each()


@calmly
@given(choice=st.data(), breakages=st.lists(st.sampled_from([*SHAPES, *WALKS]), min_size=1, max_size=2))
def test_every_complaint_about_a_broken_machine_names_file_state_and_the_right_line(
    choice: st.DataObject, breakages: list[Break], folder: Path
) -> None:
    machine = copy.deepcopy(MACHINES[choice.draw(st.sampled_from(sorted(MACHINES)))])
    for breakage in breakages:
        breakage(machine, choice.draw)
    text = written(machine)
    said = complaints(text, folder)

    assert said
    for message in said:
        found = A_MESSAGE.fullmatch(message)
        assert found, message
        assert found["file"] == str(folder / "machine.toml")
        assert found["state"] is None or f"[state.{found['state']}]" in text
        assert int(found["line"]) == line_of(text, found["state"], found["key"]), message


A_WORD = st.sampled_from(
    [*("done", "failed", "abort", "to", "when", "releases", "forward", "launch", "5m", "canary_task"), ""]
)
A_VALUE = st.recursive(
    A_WORD | st.integers(-9, 9) | st.booleans() | st.floats(-1, 1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(A_WORD.filter(bool), inner, max_size=3),
    max_leaves=6,
)
KEYS = ("does", "within", "renew", "interrupt", "direction", "acquires", "releases", "rests", "on", "colour")


@calmly
@given(text=st.text(max_size=200))
def test_no_text_makes_the_reader_fail_otherwise_than_by_refusing_it(text: str, folder: Path) -> None:
    assert complaints(text, folder)


@calmly
@given(
    name=st.sampled_from(sorted(MACHINES)),
    state=st.sampled_from(["validating", "rolling_back", "needs_operator"]),
    key=st.sampled_from(KEYS),
    value=A_VALUE,
)
def test_no_value_in_a_state_makes_the_reader_fail_otherwise_than_by_refusing_it(
    name: str, state: str, key: str, value: object, folder: Path
) -> None:
    machine = copy.deepcopy(MACHINES[name])
    on = machine["state"][state]["on"]
    machine["state"][state] |= {"on": on, key: value} if key != "on" else {"on": {**on, "done": value}}
    for message in complaints(written(machine), folder):
        assert A_MESSAGE.fullmatch(message), message


@calmly
@given(key=st.sampled_from(["machine", "initial", "hurry", "final", "gates"]), value=A_VALUE)
def test_no_value_at_the_top_makes_the_reader_fail_otherwise_than_by_refusing_it(
    key: str, value: object, folder: Path
) -> None:
    for message in complaints(written({**copy.deepcopy(MACHINES["rollout"]), key: value}), folder):
        assert A_MESSAGE.fullmatch(message), message
