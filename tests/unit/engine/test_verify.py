"""A machine is read, checked and proved, or refused with what to mend."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cage_fsm.data import data
from cage_fsm.engine.definition import Trigger
from cage_fsm.engine.verify import DefinitionError, load, still_holds
from cage_fsm.engine.walk import Node
from cage_fsm.phases.registry import OUTCOMES

PHASES: Mapping[str, frozenset[Trigger]] = {
    "ask": frozenset({"approved"}),
    "change": frozenset({"done", "refused"}),
    "look": frozenset({"done"}),
}
SMALL = """\
machine = "small"
initial = "looking"
final   = ["succeeded", "aborted"]
gates   = ["looking"]

[state.looking]
does      = "look"
within    = "1m"
interrupt = "abort"
on.done   = [ { when = "approval_pending", to = "asking" }, { to = "changing" } ]
on.failed = "aborted"
on.abort  = "aborted"

[state.asking]
does        = "ask"
within      = "approval"
interrupt   = "suspend"
on.approved = "looking"
on.failed   = "aborted"
on.abort    = "aborted"

[state.changing]
does       = "change"
within     = "1m"
interrupt  = "suspend"
direction  = "forward"
acquires   = ["service_change"]
releases   = ["service_change"]
on.done    = "succeeded"
on.refused = { to = "aborted", direction = "untouched", releases = ["service_change"] }
on.failed  = { to = "aborted", direction = "untouched", releases = ["service_change"] }
on.abort   = { to = "aborted", direction = "untouched", releases = ["service_change"] }
"""


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
    @pytest.mark.parametrize("name", ["rollout", "rollback"])
    def test_what_ships_is_proved(self, name: str) -> None:
        verified = load(data(f"states/{name}.toml"), OUTCOMES)

        assert verified.definition.machine == name
        assert verified.proof.faults == ()
        assert verified.proof.inputs == 4

    def test_a_small_machine_is_proved_and_counted(self, file: Path) -> None:
        file.write_text(SMALL, "utf-8")
        proof = load(file, PHASES).proof

        # Unasked, then asked: looking twice, asking, changing, succeeded, and each way to be aborted.
        assert (proof.nodes, proof.hops, proof.paths) == (2 * 4 + 2 * 7, 2 * 7 + 2 * 13, 2 * 6 + 2 * 10)

    def test_every_final_state_and_every_state_of_the_rollout_is_known_to_the_phases(self) -> None:
        definition = load(data("states/rollout.toml"), OUTCOMES).definition

        assert len(definition.names) == 18
        assert {state.does for state in definition.state.values()} - {None} <= set(OUTCOMES)

    def test_a_file_that_is_not_there_is_an_os_error(self, file: Path) -> None:
        with pytest.raises(FileNotFoundError):
            load(file, PHASES)

    def test_what_is_not_toml_is_refused_with_the_line(self, file: Path) -> None:
        assert refused(file, 'machine = "small\n') == [
            "small.toml: not valid TOML: Illegal character '\\n' (at line 1, column 17)."
        ]

    def test_every_misfit_is_told_at_once(self, file: Path) -> None:
        text = (
            SMALL.replace('interrupt = "abort"\n', "")
            .replace('"suspend"', '"panic"')
            .replace("1m", "soon", 1)
        )

        assert [problem.partition(": ")[0] for problem in refused(file, text)] == [
            "small.toml:8",
            "small.toml:16",
            "small.toml:24",
        ]

    def test_a_problem_of_the_walk_tells_the_path_that_leads_there(self, file: Path) -> None:
        text = SMALL.replace(
            'on.failed  = { to = "aborted", direction', 'on.failed  = { to = "succeeded", direction'
        )

        assert (
            "small.toml:31: [state.changing] on.failed: "
            "succeeded is reached after an abort, a refusal or a failure."
            "\n    path: looking -> (done) changing -> (failed) succeeded"
        ) in refused(file, text)

    def test_nothing_that_was_given_is_printed_when_it_does_not_fit(self, file: Path) -> None:
        assert "hunter2" not in "".join(refused(file, SMALL + 'secret = "hunter2"\n'))


DONE = 'on.done   = [ { when = "approval_pending", to = "asking" }, { to = "changing" } ]'
REFUSED = 'on.refused = { to = "aborted", direction = "untouched", releases = ["service_change"] }\n'
RESTING = "[state.resting]\nrests = 4\n"


class TestTheShape:
    @pytest.mark.parametrize(
        ("old", "new", "place", "what"),
        [
            ('on.abort  = "aborted"\n', "", "9: [state.looking] interrupt", "there must be an on.abort."),
            (REFUSED, "", "22: [state.changing] on.refused", "may give refused, but there is no on.refused."),
            ('within    = "1m"\n', "", "6: [state.looking]", "so it needs `within`"),
            (
                '"look"',
                '"gaze"',
                "7: [state.looking] does",
                "there is no phase gaze; there are ask, change, look.",
            ),
            ("final ", 'hurry = "run"\nfinal ', "3: hurry", "no state does run."),
            (
                DONE,
                'on.done = [{ to = "changing" }, { to = "asking" }]',
                "10: [state.looking] on.done",
                "hides the",
            ),
            (
                DONE,
                'on.done = [{ when = "forward", to = "changing" }, { when = "back", to = "asking" }]',
                "10: [state.looking] on.done",
                "the last edge needs no `when`, or the edges must name untouched, forward and back.",
            ),
            (
                "[state.asking]",
                f"{RESTING}releases = ['canary_task']\n[state.asking]",
                "16: [state.resting] releases",
                "releases on its done edges, but has none.",
            ),
            (
                "[state.asking]",
                f"{RESTING}[state.asking]",
                "14: [state.resting]",
                "rests, so it needs on.resumed.",
            ),
            (
                "[state.asking]",
                f"{RESTING}on.resumed = 'looking'\non.failed = 'looking'\n[state.asking]",
                "17: [state.resting] on.failed",
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

    def test_may_name_all_three_directions_instead_of_ending_without_a_when(self, file: Path) -> None:
        ways = ", ".join(f'{{ when = "{way}", to = "aborted" }}' for way in ("back", "untouched", "forward"))
        file.write_text(SMALL.replace('on.failed   = "aborted"', f"on.failed = [ {ways} ]"), "utf-8")

        assert load(file, PHASES).proof.faults == ()

    def test_lets_only_an_abort_and_a_failed_deployment_find_no_edge(self, file: Path) -> None:
        one_way = '[ { when = "forward", to = "aborted" } ]'

        assert refused(file, SMALL.replace('on.abort  = "aborted"', f"on.abort  = {one_way}")) == [
            (
                "small.toml:12: [state.looking] on.abort: abort finds no edge, and the run would go on to "
                "succeeded.\n    path: looking"
            )
        ]


class TestARunOfAnotherVersionOfItsMachine:
    def test_may_go_on_where_the_proofs_hold_from_where_it_stands(self) -> None:
        rollout = load(data("states/rollout.toml"), OUTCOMES).definition
        start = Node("observing_canary", held=frozenset({"canary_task", "target_registration"}))

        assert still_holds(rollout, OUTCOMES, start) == []

    def test_may_not_go_on_in_a_state_that_is_gone(self) -> None:
        rollout = load(data("states/rollout.toml"), OUTCOMES).definition

        assert still_holds(rollout, OUTCOMES, Node("warming_up")) == [
            "The state warming_up does not exist any more."
        ]

    @pytest.mark.parametrize(
        ("start", "fault"),
        [
            (
                Node("registering", held=frozenset({"canary_task"})),
                "aborted is reached while the run still holds",
            ),
            (Node("updating_service", "forward", doomed=True), "goes forward after an abort"),
            (Node("stabilizing_service", "untouched"), "but it says that the service is forward"),
        ],
    )
    def test_may_not_go_on_where_they_do_not(self, start: Node, fault: str) -> None:
        rollout = load(data("states/rollout.toml"), OUTCOMES).definition

        assert any(fault in message for message in still_holds(rollout, OUTCOMES, start))

    @pytest.mark.parametrize("state", ["succeeded", "aborted"])
    def test_that_has_ended_has_nothing_left_to_prove_but_its_end(self, state: str) -> None:
        rollout = load(data("states/rollout.toml"), OUTCOMES).definition
        start = Node(state, "forward" if state == "succeeded" else "untouched")

        assert still_holds(rollout, OUTCOMES, start) == []
