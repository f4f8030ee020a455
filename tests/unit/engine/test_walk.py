"""Each proof, by a rollout that would fail it; and how the walk counts and tells a path."""

from typing import Any

import pytest

from cage_fsm.data import data
from cage_fsm.engine.definition import Definition, Edge, Resource, State, Trigger, Within
from cage_fsm.engine.verify import load
from cage_fsm.engine.walk import Fault, Inputs, Node, Walk, prove
from cage_fsm.phases.registry import OUTCOMES

HELD: frozenset[Resource] = frozenset({"canary_task", "target_registration"})
NO_INPUTS = Inputs(approval_wanted=False, keep_failing=False)


@pytest.fixture(scope="module")
def rollout() -> Definition:
    return load(data("states/rollout.toml"), OUTCOMES).definition


def changed(machine: Definition, name: str, **changes: Any) -> Definition:
    state = machine.state[name].model_copy(update=changes)
    return machine.model_copy(update={"state": {**machine.state, name: state}})


def led(machine: Definition, name: str, trigger: Trigger, *edges: Edge) -> Definition:
    return changed(machine, name, on={**machine.state[name].on, trigger: edges})


def found(machine: Definition, words: str, start: Node | None = None) -> Fault:
    faults = [fault for fault in prove(machine, OUTCOMES, start).faults if words in fault.message]
    assert faults, [fault.message for fault in prove(machine, OUTCOMES, start).faults]
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
            "failed leads from rolling_back back to itself; the run would never come to rest.",
        ),
        (
            "checking_targets",
            "done",
            [Edge(to="checking_containers")],
            "done leads from checking_containers back to itself; the run would never come to rest.",
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
            "abort finds no edge, and the run would go on to succeeded.",
        ),
    ],
)
def test_a_walk_refuses_an_edge_that(
    rollout: Definition, state: str, trigger: Trigger, edges: list[Edge], message: str
) -> None:
    fault = found(led(rollout, state, trigger, *edges), message)

    assert fault.message == message
    assert fault.path[0] == "validating"


def test_the_edge_to_mend_is_the_last_one_of_the_path(rollout: Definition) -> None:
    fault = found(led(rollout, "observing_canary", "failed", Edge(to="aborted")), "aborted is reached while")

    assert (fault.state, fault.trigger) == ("observing_canary", "failed")
    assert fault.path[-2:] == ("(done) observing_canary", "(failed) aborted")


def test_the_path_is_the_shortest_that_leads_there(rollout: Definition) -> None:
    walk = Walk(rollout, OUTCOMES, NO_INPUTS, Node("validating"))

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
    assert fault.message == "there is no way to succeeded with approval wanted and keep_failing off."


def test_a_state_that_is_never_reached_is_refused_even_a_final_one(rollout: Definition) -> None:
    without = led(rollout, "stabilizing_service", "failed", Edge(to="rolling_back"))

    assert found(without, "never reached").message == "left_failing is never reached."


def test_a_way_round_a_gate_is_refused(rollout: Definition) -> None:
    around = led(rollout, "checking_containers", "done", Edge(to="observing_canary"))

    fault = found(around, "without")
    assert fault.message == "updating_service goes forward without checking_targets having said done."


def test_a_gate_that_fails_forward_is_gone_round_as_well(rollout: Definition) -> None:
    around = led(rollout, "checking_containers", "failed", Edge(to="checking_targets"))

    fault = found(around, "without checking_containers having said done")
    assert (fault.state, fault.trigger) == ("observing_canary", "done")


def test_a_walk_from_the_middle_knows_only_what_it_is_told(rollout: Definition) -> None:
    assert prove(rollout, OUTCOMES, Node("observing_canary", held=HELD)).faults == ()

    midway = Node("updating_service", "forward", HELD | {"service_change"})
    fault = found(rollout, "goes forward without the approval", midway)
    assert fault.path == ("updating_service",)


def test_a_failed_deployment_is_only_walked_while_the_run_goes_forward(rollout: Definition) -> None:
    walk = Walk(rollout, OUTCOMES, NO_INPUTS, Node("validating"))

    assert {hop.source.direction for hop in walk.hops if hop.trigger == "service_failed"} == {"forward"}


def test_a_walk_without_the_done_edges_of_a_state_never_takes_them(rollout: Definition) -> None:
    walk = Walk(rollout, OUTCOMES, NO_INPUTS, Node("validating"), "registering")

    assert {node.state for node in walk.arrived_by} == {"validating", "registering", "aborted"}


def test_a_run_that_is_aborted_is_doomed_and_one_whose_release_failed_is_not(rollout: Definition) -> None:
    walk = Walk(rollout, OUTCOMES, NO_INPUTS, Node("validating"))
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
    walks = [
        Walk(rollout, OUTCOMES, Inputs(a, k), Node("validating"))
        for a in (True, False)
        for k in (True, False)
    ]

    assert {node.state for walk in walks for node in walk.arrived_by} == set(rollout.names)
    assert all(not node.held for walk in walks for node in walk.arrived_by if node.state in rollout.final)


def test_paths_are_counted_to_an_end_or_a_rest_without_visiting_a_situation_twice() -> None:
    def state(**on: tuple[Edge, ...]) -> State:
        return State.model_validate({"does": "look", "on": on})

    machine = Definition(
        machine="diamond",
        initial="one",
        final=("aborted",),
        state={
            "one": state(done=(Edge(to="two"),), failed=(Edge(to="three"),), abort=(Edge(to="aborted"),)),
            "two": state(done=(Edge(to="three"),), failed=(Edge(to="one"),), abort=(Edge(to="aborted"),)),
            "three": state(
                done=(Edge(to="resting"),), failed=(Edge(to="aborted"),), abort=(Edge(to="aborted"),)
            ),
            "resting": State(rests=4, on={"resumed": (Edge(to="aborted"),)}),
        },
    )
    start = Node("one", doomed=True)

    # Straight to aborted; through two: aborted, and three's three ways; to three at once: three ways more.
    assert Walk(machine, {"look": frozenset({"done"})}, NO_INPUTS, start).count_paths(start) == 1 + 1 + 3 + 3
