"""Each proof, by a rollout that would fail it; and how the walk counts and tells a path."""

from typing import Any

import pytest

from cage_fsm.data import data
from cage_fsm.engine.definition import CANARY, Definition, Edge, Promise, Resource, State, Trigger, Within
from cage_fsm.engine.proofs import Fault, inputs_of, prove
from cage_fsm.engine.verify import load
from cage_fsm.engine.walk import Inputs, Node, Walk
from cage_fsm.phases.registry import PROMISES

CHANGED: frozenset[Resource] = frozenset({"service_change"})
NO_INPUTS = Inputs(approval_wanted=False, keep_failing=False)


@pytest.fixture(scope="module")
def rollout() -> Definition:
    return load(data("states/rollout.toml"), PROMISES).definition


def changed(machine: Definition, name: str, **changes: Any) -> Definition:
    state = machine.state[name].model_copy(update=changes)
    return machine.model_copy(update={"state": {**machine.state, name: state}})


def led(machine: Definition, name: str, trigger: Trigger, *edges: Edge) -> Definition:
    return changed(machine, name, on={**machine.state[name].on, trigger: edges})


def found(machine: Definition, words: str, start: Node | None = None) -> Fault:
    faults = [fault for fault in prove(machine, PROMISES, start).faults if words in fault.message]
    assert faults, [fault.message for fault in prove(machine, PROMISES, start).faults]
    return faults[0]


@pytest.mark.parametrize(
    ("state", "trigger", "edges", "message"),
    [
        (
            "observing_canary",
            "failed",
            [Edge(to="aborted")],
            "aborted is reached while the run still holds canary_task and target_registration.",
        ),
        (
            "restoring_service",
            "done",
            [Edge(to="aborted")],
            "aborted is reached with direction back, but it says that the service is untouched.",
        ),
        (
            "stabilizing_service",
            "failed",
            [Edge(to="succeeded", releases=("service_change",))],
            "succeeded is reached after an abort, a refusal or a failure.",
        ),
        (
            "observing_canary",
            "failed",
            [Edge(to="updating_service")],
            "updating_service goes forward after an abort, a refusal or a failure.",
        ),
        (
            "observing_canary",
            "done",
            [Edge(to="awaiting_approval", when="keep_failing"), Edge(to="updating_service")],
            "updating_service goes forward without the approval that was asked for.",
        ),
        (
            "awaiting_approval",
            "approved",
            [Edge(to="updating_service")],
            "updating_service follows an approval at once; the canary must be judged afresh.",
        ),
        (
            "observing_canary",
            "failed",
            [Edge(to="rolling_back")],
            "rolling_back undoes a change of the service, but none was made.",
        ),
        (
            "checking_targets",
            "failed",
            [Edge(to="needs_operator")],
            "needs_operator rests while the run holds target_registration, which nothing tried to release.",
        ),
        (
            "rolling_back",
            "failed",
            [Edge(to="rolling_back")],
            "failed leads back round to rolling_back; the run would never come to rest.",
        ),
        (
            "checking_targets",
            "done",
            [Edge(to="checking_containers")],
            "done leads back round to checking_containers; the run would never come to rest.",
        ),
        (
            "detaching_canary",
            "done",
            [Edge(to="stopping_canary", when="forward"), Edge(to="stopping_canary", when="back")],
            "done finds no edge when the direction is untouched.",
        ),
        (
            "observing_canary",
            "abort",
            [Edge(to="detaching_canary", when="back")],
            "abort finds no edge when the direction is untouched.",
        ),
        (
            "updating_service",
            "abort",
            [Edge(to="rolling_back", when="untouched")],
            "abort finds no edge, and the run would go on to succeeded.",
        ),
        (
            "needs_operator",
            "abort",
            [Edge(to="rolling_back", when="forward")],
            "abort finds no edge when the direction is untouched.",
        ),
        (
            "rolling_back",
            "done",
            [Edge(to="stopping_canary")],
            "stopping_canary stops a canary that is registered, and nothing tried to deregister it.",
        ),
        (
            "restoring_service",
            "failed",
            [Edge(to="detaching_canary")],
            "failed leads back round to detaching_canary; the run would never come to rest.",
        ),
        (
            "updating_service",
            "refused",
            [Edge(to="rolling_back", releases=("service_change",))],
            "rolling_back undoes a change of the service, but none was made.",
        ),
        (
            "registering",
            "failed",
            [Edge(to="needs_operator")],
            "needs_operator rests though the run holds nothing that an operator could look after.",
        ),
        (
            "needs_operator",
            "resumed",
            [Edge(to="needs_operator")],
            "resumed leads from rest to rest; nothing would be tried.",
        ),
        (
            "checking_containers",
            "done",
            [Edge(to="awaiting_approval")],
            "awaiting_approval asks for an approval that nobody wanted.",
        ),
        (
            "awaiting_approval",
            "approved",
            [Edge(to="awaiting_approval")],
            "awaiting_approval asks for an approval that was given already.",
        ),
        (
            "stabilizing_service",
            "failed",
            [Edge(to="left_failing", releases=("service_change",))],
            "left_failing is reached though nobody asked to keep a failing deployment.",
        ),
        (
            "validating",
            "abort",
            [Edge(to="aborted", when="forward"), Edge(to="aborted")],
            "the edge to aborted when forward is never taken.",
        ),
    ],
)
def test_a_walk_refuses_an_edge_that(
    rollout: Definition, state: str, trigger: Trigger, edges: list[Edge], message: str
) -> None:
    fault = found(led(rollout, state, trigger, *edges), message)

    assert fault.message == message
    assert (fault.path or ("validating",))[0] == "validating"


@pytest.mark.parametrize(
    ("state", "interrupt", "message"),
    [
        (
            "observing_canary",
            "suspend",
            "is suspend, but the canary would stay behind with nobody looking at it.",
        ),
        (
            "stopping_canary",
            "suspend",
            "is suspend, but the canary would stay behind with nobody looking at it.",
        ),
        ("observing_canary", "continue", "is continue, so the run would go on to succeeded all the same."),
        ("validating", "continue", "is continue, so the run would go on to succeeded all the same."),
    ],
)
def test_a_walk_refuses_a_first_interrupt_that(
    rollout: Definition, state: str, interrupt: str, message: str
) -> None:
    fault = found(changed(rollout, state, interrupt=interrupt), message)

    assert (fault.message, fault.state, fault.key) == (message, state, "interrupt")


def test_an_abort_that_is_the_answer_to_an_interrupt_finds_an_edge_whatever_the_direction(
    rollout: Definition,
) -> None:
    fault = found(changed(rollout, "stopping_canary", interrupt="abort"), "abort finds no edge")

    assert (fault.state, fault.key) == ("stopping_canary", "on.abort")


@pytest.mark.parametrize("trigger", ["failed", "abort"])
def test_a_rollback_that_was_refused_or_taken_back_sends_nothing(trigger: Trigger) -> None:
    rollback = load(data("states/rollback.toml"), PROMISES).definition

    fault = found(led(rollback, "validating", trigger, Edge(to="rolling_back")), "goes back after")
    assert fault.message == "rolling_back goes back after an abort, a refusal or a failure."


def test_a_goal_that_only_an_operator_can_reach_is_refused() -> None:
    rollback = load(data("states/rollback.toml"), PROMISES).definition

    asking = led(rollback, "rolling_back", "done", Edge(to="needs_operator"))
    assert found(asking, "there is no way to rolled_back while all goes well").state == "validating"


def test_the_edge_to_mend_is_the_last_one_of_the_path(rollout: Definition) -> None:
    fault = found(led(rollout, "observing_canary", "failed", Edge(to="aborted")), "aborted is reached while")

    assert (fault.state, fault.key) == ("observing_canary", "on.failed")
    assert fault.path[-2:] == ("(done) observing_canary", "(failed) aborted")


def test_the_path_is_the_shortest_that_leads_there(rollout: Definition) -> None:
    walk = Walk(rollout, PROMISES, NO_INPUTS, Node("validating"))

    assert walk.path(Node("detaching_canary", held=frozenset({"canary_task"}), doomed=True)) == (
        *("validating", "(done) registering", "(done) launching_canary"),
        "(abort) detaching_canary",
    )


def test_a_state_without_a_way_to_an_end_is_refused(rollout: Definition) -> None:
    sinking = State(
        does="validate", interrupt="continue", within=Within(), on={"done": (Edge(to="sinking"),)}
    )
    machine = rollout.model_copy(update={"state": {**rollout.state, "sinking": sinking}})

    fault = found(led(machine, "validating", "failed", Edge(to="sinking")), "no way to a final state")
    assert fault.message == "from sinking there is no way to a final state."


def test_a_machine_whose_goal_cannot_be_reached_for_some_inputs_is_refused(rollout: Definition) -> None:
    never_approved = led(rollout, "awaiting_approval", "approved", Edge(to="detaching_canary"))

    fault = found(never_approved, "there is no way to succeeded")
    assert (
        fault.message == "there is no way to succeeded while all goes well, with approval wanted, "
        "a one-off task not wanted and keep_failing off."
    )


def test_a_state_that_is_never_reached_is_refused_even_a_final_one(rollout: Definition) -> None:
    without = led(rollout, "stabilizing_service", "failed", Edge(to="rolling_back"))

    fault = found(without, "never reached")
    assert (fault.message, fault.state, fault.key) == ("left_failing is never reached.", None, "final")


def test_a_way_round_what_a_phase_needs_is_refused(rollout: Definition) -> None:
    around = led(
        rollout,
        "launching_canary",
        "done",
        Edge(to="checking_targets", when="keep_failing"),
        Edge(to="checking_containers"),
    )

    fault = found(around, "without")
    assert fault.message == "updating_service is entered without checking_containers having said done."
    assert (fault.state, fault.key) == ("observing_canary", "on.done")


def test_a_phase_that_is_needed_and_that_no_state_does_is_missed(rollout: Definition) -> None:
    state = {**rollout.state}
    del state["checking_containers"]
    without = rollout.model_copy(update={"state": state})

    skipping = led(without, "launching_canary", "done", Edge(to="checking_targets"))
    assert (
        found(skipping, "without").message
        == "updating_service is entered without a state that does check_containers having said done."
    )


def test_the_service_is_not_touched_before_the_first_state_has_said_done() -> None:
    rollback = load(data("states/rollback.toml"), PROMISES).definition
    for name in ("rolling_back", "restoring_service"):
        rollback = led(rollback, name, "abort", Edge(to="restoring_service"))
    state = {**rollback.state}
    del state["validating"]
    at_once = rollback.model_copy(
        update={"initial": "rolling_back", "state": state, "final": ("rolled_back",)}
    )

    fault = found(at_once, "before rolling_back has said done")
    assert fault.message == "rolling_back is entered before rolling_back has said done."


def test_a_walk_from_the_middle_knows_only_what_it_is_told(rollout: Definition) -> None:
    assert prove(rollout, PROMISES, Node("observing_canary", held=CANARY)).faults == ()

    registered = Node("stopping_canary", held=CANARY, doomed=True)
    assert prove(rollout, PROMISES, registered).faults == ()


def test_a_walk_from_the_middle_does_not_judge_again_how_the_run_came_there(rollout: Definition) -> None:
    assert prove(rollout, PROMISES, Node("updating_service", "forward", CANARY | CHANGED)).faults == ()
    assert prove(rollout, PROMISES, Node("awaiting_approval", held=CANARY)).faults == ()
    assert prove(rollout, PROMISES, Node("needs_operator", "back", CHANGED)).faults == ()


def test_a_failed_deployment_is_only_walked_while_the_run_goes_forward(rollout: Definition) -> None:
    walk = Walk(rollout, PROMISES, NO_INPUTS, Node("validating"))

    assert {hop.source.direction for hop in walk.hops if hop.trigger == "service_failed"} == {"forward"}


def test_a_walk_without_the_done_edges_of_a_state_never_takes_them(rollout: Definition) -> None:
    walk = Walk(rollout, PROMISES, NO_INPUTS, Node("validating"), frozenset({"registering"}))

    assert {node.state for node in walk.arrived_by} == {"validating", "registering", "aborted"}


def test_a_run_that_is_aborted_is_doomed_and_one_whose_release_failed_is_not(rollout: Definition) -> None:
    walk = Walk(rollout, PROMISES, NO_INPUTS, Node("validating"))
    doomed = {
        (hop.source.state, hop.trigger): hop.target.doomed for hop in walk.hops if not hop.source.doomed
    }

    assert doomed["observing_canary", "abort"]
    assert doomed["observing_canary", "failed"]
    assert doomed["updating_service", "refused"]
    assert doomed["detaching_canary", "service_failed"]
    assert not doomed["detaching_canary", "failed"]
    assert not doomed["stopping_canary", "failed"]
    assert not doomed["needs_operator", "resumed"]


def test_the_rollout_that_ships_is_walked_whole(rollout: Definition) -> None:
    walks = [Walk(rollout, PROMISES, inputs, Node("validating")) for inputs in inputs_of(rollout)]

    assert {node.state for walk in walks for node in walk.arrived_by} == set(rollout.names)
    assert all(not node.held for walk in walks for node in walk.arrived_by if node.state in rollout.final)


def diamond(**two: tuple[Edge, ...]) -> Walk:
    def state(**on: tuple[Edge, ...]) -> State:
        return State.model_validate({"does": "look", "on": on})

    machine = Definition(
        machine="diamond",
        initial="one",
        final=("aborted",),
        state={
            "one": state(done=(Edge(to="two"),), failed=(Edge(to="three"),), abort=(Edge(to="aborted"),)),
            "two": state(**{"done": (Edge(to="three"),), "failed": (Edge(to="aborted"),), **two}),
            "three": state(
                done=(Edge(to="resting"),), failed=(Edge(to="aborted"),), abort=(Edge(to="aborted"),)
            ),
            "resting": State(rests=4, on={"resumed": (Edge(to="one"),)}),
        },
    )
    return Walk(machine, {"look": Promise()}, NO_INPUTS, Node("one", doomed=True))


def test_ways_are_counted_to_an_end_or_a_rest_without_aborts_and_resumes() -> None:
    # One to two: aborted, or three's two ways; to three at once: two ways more.
    assert diamond().count_ways() == (1 + 2) + 2


def test_ways_of_a_long_machine_are_counted_at_once() -> None:
    states = {
        f"s{number}": State.model_validate(
            {"does": "look", "on": {"done": f"s{number + 1}", "failed": f"s{number + 1}"}}
        )
        for number in range(3000)
    }
    machine = Definition(
        machine="long", initial="s0", final=("s3000",), state=states | {"s2999": State(does="look")}
    )
    walk = Walk(machine, {"look": Promise()}, NO_INPUTS, Node("s0", doomed=True))

    assert walk.count_ways() == 2**2999
    assert walk.ring() == []


def test_a_ring_is_closed_by_verdicts_of_any_mix_and_not_by_what_is_asked_for() -> None:
    assert diamond().ring() == []
    assert diamond(abort=(Edge(to="one"),)).ring() == []
    assert {node.state for node in diamond(failed=(Edge(to="one"),)).ring()} == {"one", "two"}
    assert {node.state for node in diamond(failed=(Edge(to="two"),)).ring()} == {"two"}
