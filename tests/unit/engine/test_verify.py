"""A machine is read, checked and proved, or refused with what to mend."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cage_fsm.data import data
from cage_fsm.engine.definition import CANARY, Promise, Resource
from cage_fsm.engine.verify import DefinitionError, load, still_holds
from cage_fsm.engine.walk import Node
from cage_fsm.phases.registry import PROMISES

from .states import ASKING, UNDOING

CHANGE: frozenset[Resource] = frozenset({"service_change"})
PHASES: Mapping[str, Promise] = {
    "ask": Promise(frozenset({"approved"}), needs=frozenset({"look"})),
    "change": Promise(
        frozenset({"done", "refused"}),
        acquires=CHANGE,
        releases=CHANGE,
        direction="forward",
        needs=frozenset({"look"}),
    ),
    "look": Promise(),
    "undo": Promise(direction="back", acquires=CHANGE, releases=CHANGE, renews=True),
}
LOOKING = """\
machine = "small"
initial = "looking"
final   = ["succeeded", "rolled_back", "aborted"]

[state.looking]
does      = "look"
within    = "1m"
interrupt = "abort"
on.done   = [ { when = "approval_pending", to = "asking" }, { to = "changing" } ]
on.failed = "aborted"
on.abort  = "aborted"

"""
CHANGING = """\
[state.changing]
does       = "change"
within     = "1m"
interrupt  = "suspend"
direction  = "forward"
acquires   = ["service_change"]
releases   = ["service_change"]
on.done    = "succeeded"
on.refused = { to = "aborted", direction = "untouched", releases = ["service_change"] }
on.failed  = "undoing"
on.abort   = "undoing"

"""
SMALL = LOOKING + ASKING + CHANGING + UNDOING


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "small.toml"


def refused(file: Path, text: str) -> list[str]:
    file.write_text(text, "utf-8")
    with pytest.raises(DefinitionError) as error:
        load(file, PHASES)
    assert str(error.value) == "\n".join(error.value.problems)
    return [problem.replace(str(file), file.name) for problem in error.value.problems]


class TestLoading:
    @pytest.mark.parametrize(("name", "inputs"), [("rollout", 8), ("rollback", 4), ("run", 1)])
    def test_what_ships_is_proved(self, name: str, inputs: int) -> None:
        verified = load(data(f"states/{name}.toml"), PROMISES)

        assert verified.definition.machine == name
        assert verified.proof.faults == ()
        assert verified.proof.inputs == inputs

    def test_a_small_machine_is_proved_and_counted(self, file: Path) -> None:
        file.write_text(SMALL, "utf-8")
        proof = load(file, PHASES).proof

        # Without an approval, then with one: asking, looking again, and one more way to be aborted.
        assert (proof.nodes, proof.hops) == (2 * 7 + 2 * 10, 2 * 11 + 2 * 17)
        # Looking failed; changing done, refused, or failed to an end or a rest; asking failed; all again.
        assert proof.paths == 2 * (1 + 4) + 2 * (1 + 1 + 5)

    def test_every_final_state_and_every_state_of_the_rollout_is_known_to_the_phases(self) -> None:
        definition = load(data("states/rollout.toml"), PROMISES).definition

        assert len(definition.names) == 21
        assert {state.does for state in definition.state.values()} - {None} <= set(PROMISES)

    def test_a_file_that_is_not_there_is_an_os_error(self, file: Path) -> None:
        with pytest.raises(FileNotFoundError):
            load(file, PHASES)

    def test_what_is_not_toml_is_refused_with_the_line(self, file: Path) -> None:
        assert refused(file, 'machine = "small\n') == [
            "small.toml:1: not valid TOML: Illegal character '\\n', column 17."
        ]

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [
            (b"a = 1\n\na = 2\n", "3: not valid TOML: Cannot overwrite a value, column 6."),
            (b'a = """\n\n', "3: not valid TOML: Unterminated string at the end of the file."),
            (b'a = 1\nb = "\xff"\n', "2: not valid TOML: not UTF-8."),
            (b"a = 1\nb = " + b"[" * 5000, "2: this is nested too deeply."),
            (b"a = " + b"{b=" * 5000, "1: this is nested too deeply."),
            (b"a = 1\nrests = " + b"9" * 5000, "2: this number is too long."),
        ],
        ids=["twice", "open", "latin", "lists", "tables", "number"],
    )
    def test_what_nothing_can_read_is_refused_with_the_line(
        self, file: Path, content: bytes, complaint: str
    ) -> None:
        file.write_bytes(content)

        with pytest.raises(DefinitionError) as refused:
            load(file, PHASES)
        assert refused.value.problems == [f"{file}:{complaint}"]

    def test_what_is_missing_is_said_in_a_sentence(self, file: Path) -> None:
        text = SMALL[: SMALL.index("[state.looking]")]

        assert refused(file, text) == ["small.toml:1: `state` is missing, and needed here."]
        assert refused(file, SMALL.replace('on.failed = "aborted"', 'on.failed = { when = "back" }')) == [
            "small.toml:10: [state.looking] on.failed: `to` is missing, and needed here."
        ]

    def test_every_misfit_is_told_at_once(self, file: Path) -> None:
        text = (
            SMALL.replace('interrupt = "abort"\n', "")
            .replace('"suspend"', '"panic"')
            .replace("1m", "soon", 1)
        )

        assert [problem.partition(": ")[0] for problem in refused(file, text)] == [
            "small.toml:7",
            "small.toml:15",
            "small.toml:23",
        ]

    def test_a_problem_of_the_walk_tells_the_path_that_leads_there(self, file: Path) -> None:
        text = SMALL.replace('on.failed  = "undoing"', 'on.failed  = "succeeded"')

        assert (
            "small.toml:30: [state.changing] on.failed: "
            "succeeded is reached after an abort, a refusal or a failure."
            "\n    path: looking -> (done) changing -> (failed) succeeded"
        ) in refused(file, text)

    def test_nothing_that_was_given_is_printed_when_it_does_not_fit(self, file: Path) -> None:
        assert "hunter2" not in "".join(refused(file, SMALL + 'secret = "hunter2"\n'))


DONE = 'on.done   = [ { when = "approval_pending", to = "asking" }, { to = "changing" } ]'
REFUSED = 'on.refused = { to = "aborted", direction = "untouched", releases = ["service_change"] }\n'
RESTING = "[state.lying]\nrests = 4\n"


class TestTheShape:
    @pytest.mark.parametrize(
        ("old", "new", "place", "what"),
        [
            ('on.abort  = "aborted"\n', "", "8: [state.looking] interrupt", "there must be an on.abort."),
            (REFUSED, "", "21: [state.changing] on.refused", "may give refused, but there is no on.refused."),
            ('within    = "1m"\n', "", "5: [state.looking]", "so it needs `within`"),
            (
                '"look"',
                '"gaze"',
                "6: [state.looking] does",
                "there is no phase gaze; there are ask, change, look, undo.",
            ),
            ("final ", 'hurry = "run"\nfinal ', "3: hurry", "no state does run."),
            (
                "final ",
                'hurry = "look"\nfinal ',
                "3: hurry",
                "the phase look does not release canary_task and target_registration.",
            ),
            ('"looking"', '"gazing"', "2: initial", "there is no [state.gazing]."),
            (
                '"succeeded", "rolled_back"',
                '"rolled_back", "succeeded"',
                "3: final",
                "the first one named is the goal, and that is succeeded.",
            ),
            ('within    = "1m"', 'within    = "0s"', "7: [state.looking] within", "is no time at all."),
            (
                'within    = "1m"',
                'within    = "1m"\nrenew = true',
                "8: [state.looking] renew",
                "is false for the phase look: it undoes nothing, so its failure is a verdict.",
            ),
            (
                "renew      = true\n",
                "",
                "33: [state.undoing] renew",
                "is true for the phase undo: it undoes some",
            ),
            (
                'within    = "1m"',
                'within    = "1m"\nacquires = ["canary_task"]',
                "8: [state.looking] acquires",
                "the phase look acquires nothing.",
            ),
            (
                'within    = "1m"',
                'within    = "1m"\nacquires = ["canary_task"]',
                "1: hurry",
                "a second Ctrl-C needs a phase here that releases canary_task.",
            ),
            (
                'acquires   = ["service_change"]\n',
                "",
                "21: [state.changing] acquires",
                "the phase change acquires service_change.",
            ),
            (
                'within    = "1m"',
                'within    = "1m"\nreleases = ["canary_task"]',
                "8: [state.looking] releases",
                "the phase look proves nothing released.",
            ),
            (
                'direction  = "forward"\n',
                "",
                "21: [state.changing] direction",
                "the phase change sends the service forward.",
            ),
            (
                'direction = "untouched", releases = ["service_change"] }',
                'direction = "untouched" }',
                "29: [state.changing] on.refused",
                "this needs direction = 'untouched' and releases = ['service_change'].",
            ),
            (
                'on.failed  = "undoing"',
                'on.failed  = { to = "undoing", direction = "back" }',
                "30: [state.changing] on.failed",
                "an edge says a direction only where the service refused",
            ),
            (
                'on.failed  = "undoing"',
                'on.failed  = { to = "undoing", releases = ["service_change"] }',
                "30: [state.changing] on.failed",
                "an edge releases something only where the service refused, or to left_failing.",
            ),
            (
                'releases = ["service_change"] }',
                'releases = ["service_change", "canary_task"] }',
                "29: [state.changing] on.refused",
                "only the done edges of a state that `releases` it prove a task or a target released.",
            ),
            (
                DONE,
                'on.done = [{ to = "changing" }, { to = "asking" }]',
                "9: [state.looking] on.done",
                "hides the",
            ),
            (
                DONE,
                'on.done = [{ when = "forward", to = "changing" }, { when = "back", to = "asking" }]',
                "9: [state.looking] on.done",
                "the last edge needs no `when`, or the edges must name untouched, forward and back.",
            ),
            (
                "[state.asking]",
                f"{RESTING}releases = ['canary_task']\n[state.asking]",
                "15: [state.lying] releases",
                "this says nothing in a state that rests.",
            ),
            (
                "[state.asking]",
                f"{RESTING}[state.asking]",
                "13: [state.lying]",
                "rests, so it needs on.resumed.",
            ),
            (
                "[state.asking]",
                f"{RESTING}on.resumed = 'looking'\non.failed = 'looking'\n[state.asking]",
                "16: [state.lying] on.failed",
                "nothing fires failed in a state that rests.",
            ),
        ],
    )
    def test_is_checked_before_anything_is_walked(
        self, file: Path, old: str, new: str, place: str, what: str
    ) -> None:
        assert old in SMALL
        problems = refused(file, SMALL.replace(old, new, 1))
        assert [one for one in problems if one.startswith(f"small.toml:{place}: ") and what in one]

    def test_may_name_all_three_directions_where_all_three_occur(self, file: Path) -> None:
        ways = ", ".join(f'{{ when = "{way}", to = "aborted" }}' for way in ("back", "untouched", "forward"))
        done = load(data("states/rollout.toml"), PROMISES).definition.state["stopping_canary"].on["done"]

        assert [edge.when for edge in done] == ["untouched", "forward", "back"]
        assert refused(file, SMALL.replace('on.failed   = "aborted"', f"on.failed = [ {ways} ]")) == [
            f"small.toml:18: [state.asking] on.failed: the edge to aborted when {way} is never taken."
            for way in ("back", "forward")
        ]

    def test_lets_only_an_abort_and_a_failed_deployment_find_no_edge(self, file: Path) -> None:
        one_way = '[ { when = "forward", to = "aborted" } ]'

        assert refused(file, SMALL.replace('on.abort  = "aborted"', f"on.abort  = {one_way}")) == [
            (
                "small.toml:11: [state.looking] on.abort: "
                "abort finds no edge when the direction is untouched.\n    path: looking"
            ),
            "small.toml:11: [state.looking] on.abort: the edge to aborted when forward is never taken.",
        ]


class TestARunOfAnotherVersionOfItsMachine:
    @pytest.mark.parametrize(
        "start",
        [
            Node("observing_canary", held=CANARY),
            Node("awaiting_approval", held=CANARY),
            Node("updating_service", "forward", CANARY | CHANGE),
            Node("detaching_canary", "forward", CANARY | CHANGE),
            Node("stopping_canary", "forward", CANARY | CHANGE),
            Node("stopping_canary", held=CANARY, doomed=True),
            Node("stabilizing_service", "forward", CHANGE),
            Node("restoring_service", "back", CHANGE, doomed=True),
            Node("needs_operator", "forward", CANARY | CHANGE),
            Node("needs_operator", "back", CHANGE, doomed=True),
            Node("left_failing", "forward", doomed=True),
        ],
    )
    def test_may_go_on_where_the_proofs_hold_from_where_it_stands(self, start: Node) -> None:
        rollout = load(data("states/rollout.toml"), PROMISES).definition

        assert still_holds(rollout, PROMISES, start) == []

    def test_may_not_go_on_in_a_state_that_is_gone(self) -> None:
        rollout = load(data("states/rollout.toml"), PROMISES).definition

        assert still_holds(rollout, PROMISES, Node("warming_up")) == [
            "The state warming_up does not exist any more."
        ]

    @pytest.mark.parametrize(
        ("start", "fault"),
        [
            (
                Node("registering", held=frozenset({"canary_task"})),
                "aborted is reached while the run still holds",
            ),
            (Node("stopping_canary"), "rests though the run holds nothing"),
            (Node("updating_service", "forward", doomed=True), "goes forward after an abort"),
            (Node("stabilizing_service", "untouched"), "but it says that the service is forward"),
        ],
    )
    def test_may_not_go_on_where_they_do_not(self, start: Node, fault: str) -> None:
        rollout = load(data("states/rollout.toml"), PROMISES).definition

        assert any(fault in message for message in still_holds(rollout, PROMISES, start))

    @pytest.mark.parametrize("state", ["succeeded", "aborted"])
    def test_that_has_ended_has_nothing_left_to_prove_but_its_end(self, state: str) -> None:
        rollout = load(data("states/rollout.toml"), PROMISES).definition
        start = Node(state, "forward" if state == "succeeded" else "untouched")

        assert still_holds(rollout, PROMISES, start) == []
