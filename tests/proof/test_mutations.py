"""The machines that ship, changed one edge or one word at a time: what is refused, what passes and why.

Read ACCEPTED as a list of reasons. A new entry there is a new way to write the machine wrong.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple, get_args

import pytest

from cage_fsm.data import data
from cage_fsm.engine.definition import (
    DIRECTIONS,
    TRIGGERS,
    Definition,
    Direction,
    Edge,
    Predicate,
    Resource,
    State,
    Trigger,
)
from cage_fsm.engine.proofs import beginning, faults_on, inputs_of, prove
from cage_fsm.engine.shape import misshapen
from cage_fsm.engine.source import Source
from cage_fsm.engine.verify import load
from cage_fsm.engine.walk import Walk
from cage_fsm.phases.registry import PROMISES

INTERRUPTS = (None, "abort", "continue", "suspend")
PREDICATES: tuple[Predicate | None, ...] = (None, *get_args(Predicate))
RESOURCES: tuple[Resource, ...] = get_args(Resource)

Reasons = Mapping[str, tuple[str, ...]]

ACCEPTED: Mapping[str, Reasons] = {
    "rollout": {
        "Skips the detaching of a canary that is registered nowhere yet.": (
            "launching_canary on.failed: detaching_canary -> stopping_canary",
            "launching_canary on.abort: detaching_canary -> stopping_canary",
            "checking_containers on.failed: detaching_canary -> stopping_canary",
            "checking_containers on.abort: detaching_canary -> stopping_canary",
        ),
        "Judges the canary afresh from another step on; the bake judges everything once more.": (
            "awaiting_approval on.approved: checking_targets -> launching_canary",
            "awaiting_approval on.approved: checking_targets -> checking_containers",
            "awaiting_approval on.approved: checking_targets -> observing_canary",
            "running_task on.done: checking_targets -> launching_canary",
            "running_task on.done: checking_targets -> checking_containers",
            "running_task on.done: checking_targets -> observing_canary",
        ),
    },
    "rollback": {
        "Asks an operator when the baseline could not be sent; the next state would try once more.": (
            "rolling_back on.failed: restoring_service -> needs_operator",
        ),
        "Passes the sending again, which sends nothing twice, before it looks what became of it.": (
            "needs_operator on.resumed: restoring_service -> rolling_back",
            "needs_operator on.abort: restoring_service -> rolling_back",
        ),
    },
    "run": {},
    "up": {
        "Asks an operator instead of deleting a service that this run may have created.": (
            "creating_service on.failed: deleting_service -> needs_operator",
            "creating_service on.abort: deleting_service -> needs_operator",
            "stabilizing_service on.failed: deleting_service -> needs_operator",
            "stabilizing_service on.service_failed: deleting_service -> needs_operator",
            "stabilizing_service on.abort: deleting_service -> needs_operator",
        ),
    },
}

ACCEPTED_WORDS: Mapping[str, Reasons] = {
    "rollout": {
        "Says what is always so when this edge is looked at.": (
            "validating on.abort[0] when: untouched",
            "registering on.abort[0] when: untouched",
            "launching_canary on.abort[0] when: untouched",
            "checking_containers on.abort[0] when: untouched",
            "checking_targets on.abort[0] when: untouched",
            "observing_canary on.abort[0] when: untouched",
            "awaiting_approval on.abort[0] when: untouched",
            "awaiting_approval on.abort[0] when: approval_pending",
            "launching_task on.abort[0] when: untouched",
            "launching_task on.abort[0] when: task_pending",
            "running_task on.abort[0] when: untouched",
            "running_task on.abort[0] when: task_pending",
            "updating_service on.abort[0] when: forward",
            "stabilizing_service on.abort[0] when: forward",
            "stabilizing_service on.service_failed[0] when: forward",
        ),
        "Leaves out what is always so: only a deployment of ours fails, and the third direction is left.": (
            "detaching_canary on.service_failed[0] when: None",
            "stopping_canary on.service_failed[0] when: None",
            "stopping_canary on.done[2] when: None",
        ),
        "Leaves it to the stopping of the canary to prove the one-off task stopped as well.": (
            "stopping_task releases: ()",
        ),
    },
    "rollback": {
        "Says what is always so when this edge is looked at.": (
            "validating on.abort[0] when: untouched",
            "needs_operator on.abort[0] when: back",
        ),
        "Is refused as soon as it begins: there are no deploy files in a rollback. The run is aborted.": (
            "validating does: validate",
            "validating does: validate_task",
            "validating does: validate_up",
        ),
    },
    "run": {
        "Says what is always so when this edge is looked at.": tuple(
            f"{state} on.abort[0] when: {when}"
            for state in ("validating", "registering", "launching_task", "running_task", "needs_operator")
            for when in ("untouched", "task_pending")
        ),
        "Reads what another machine begins with: claims the service, wants none, or finds no run to undo.": (
            "validating does: validate",
            "validating does: validate_up",
            "validating does: validate_rollback",
        ),
    },
    "up": {
        "Says what is always so when this edge is looked at.": (
            "validating on.abort[0] when: untouched",
            "registering on.abort[0] when: untouched",
            "creating_service on.abort[0] when: forward",
            "stabilizing_service on.abort[0] when: forward",
            "stabilizing_service on.service_failed[0] when: forward",
            "needs_operator on.abort[0] when: back",
        ),
    },
}

ACCEPTED_INTERRUPTS: Mapping[str, Reasons] = {
    "rollout": {
        "Leaves the run where it is while nothing is started yet; a resume goes on.": (
            "validating interrupt: abort -> suspend",
            "registering interrupt: abort -> suspend",
        ),
        "Refuses for whoever interrupts; the canary is released.": (
            "awaiting_approval interrupt: suspend -> abort",
        ),
        "Sends the baseline after an update that nobody wants to see through.": (
            "updating_service interrupt: continue -> abort",
            "stabilizing_service interrupt: suspend -> abort",
        ),
        "Waits for the deployment to come to its end; a second Ctrl-C suspends.": (
            "stabilizing_service interrupt: suspend -> continue",
            "restoring_service interrupt: suspend -> continue",
        ),
    },
    "rollback": {
        "Leaves the run where it is; there is no canary, and a resume goes on.": (
            "validating interrupt: abort -> suspend",
            "rolling_back interrupt: continue -> suspend",
        ),
        "Waits for the deployment to come to its end; a second Ctrl-C suspends.": (
            "restoring_service interrupt: suspend -> continue",
        ),
    },
    "run": {
        "Leaves the run where it is while nothing is started yet; a resume goes on.": (
            "validating interrupt: abort -> suspend",
            "registering interrupt: abort -> suspend",
        ),
    },
    "up": {
        "Leaves the run where it is while nothing is created yet; a resume goes on.": (
            "validating interrupt: abort -> suspend",
            "registering interrupt: abort -> suspend",
            "creating_service interrupt: continue -> suspend",
        ),
        "Deletes a service that nobody wants to see through.": (
            "creating_service interrupt: continue -> abort",
            "stabilizing_service interrupt: suspend -> abort",
        ),
        "Waits for the deployment, or the deletion, to come to its end; a second Ctrl-C suspends.": (
            "stabilizing_service interrupt: suspend -> continue",
            "deleting_service interrupt: suspend -> continue",
        ),
    },
}

AGAIN = "Answers a rollback of a run that goes back already by trying once more, or by asking an operator."
ACCEPTED_ADDITIONS: Mapping[str, Reasons] = {
    "run": {
        AGAIN: (
            "stopping_task on.abort added: stopping_task",
            "stopping_task on.abort added: needs_operator",
        )
    },
    "rollback": {
        AGAIN: (
            "rolling_back on.abort added: rolling_back",
            "rolling_back on.abort added: restoring_service",
            "rolling_back on.abort added: needs_operator",
            "restoring_service on.abort added: rolling_back",
            "restoring_service on.abort added: restoring_service",
            "restoring_service on.abort added: needs_operator",
        )
    },
    "up": {
        AGAIN: (
            "deleting_service on.abort added: deleting_service",
            "deleting_service on.abort added: needs_operator",
        )
    },
}


class Change(NamedTuple):
    """A machine with one thing changed."""

    label: str
    machine: Definition


class Judged(NamedTuple):
    """Changes by what the proof says of them."""

    refused: list[Change]
    accepted: list[Change]


def with_state(machine: Definition, name: str, **changes: Any) -> Definition:
    """Change one state of `machine`."""
    changed = machine.state[name].model_copy(update=changes)
    return machine.model_copy(update={"state": {**machine.state, name: changed}})


def with_edge(machine: Definition, name: str, trigger: Trigger, number: int, edge: Edge | None) -> Definition:
    """Change one edge of `machine`, or drop it."""
    edges = list(machine.state[name].on[trigger])
    edges[number : number + 1] = [edge] if edge else []
    on = {**machine.state[name].on, trigger: tuple(edges)}
    return with_state(machine, name, on={key: value for key, value in on.items() if value})


def numbered_edges(machine: Definition) -> Iterator[tuple[str, Trigger, int, Edge]]:
    """Every edge with the place that it has among those of its state and trigger."""
    for name, state in machine.state.items():
        for trigger, edges in state.on.items():
            for number, edge in enumerate(edges):
                yield name, trigger, number, edge


def edge_changes(machine: Definition) -> Iterator[Change]:
    """Drop each edge; lead it to every other state."""
    for name, trigger, number, edge in numbered_edges(machine):
        place = f"{name} on.{trigger}" + (f" when {edge.when}" if edge.when else "")
        yield Change(f"{place}: {edge.to} dropped", with_edge(machine, name, trigger, number, None))
        for to in machine.names:
            if to != edge.to:
                led = edge.model_copy(update={"to": to})
                yield Change(f"{place}: {edge.to} -> {to}", with_edge(machine, name, trigger, number, led))


def edge_word_changes(machine: Definition) -> Iterator[Change]:
    """Change the `when`, the `direction` and the `releases` of each edge."""
    for name, trigger, number, edge in numbered_edges(machine):
        place = f"{name} on.{trigger}[{number}]"
        words: list[tuple[str, Any]] = [
            *(("when", when) for when in PREDICATES if when != edge.when),
            *(("direction", direction) for direction in (None, *DIRECTIONS) if direction != edge.direction),
            *(("releases", ()) for _ in edge.releases),
            *(("releases", (*edge.releases, one)) for one in RESOURCES if one not in edge.releases),
        ]
        for key, value in words:
            led = edge.model_copy(update={key: value})
            yield Change(f"{place} {key}: {value}", with_edge(machine, name, trigger, number, led))


def state_word_changes(machine: Definition) -> Iterator[Change]:
    """Change the words of each state that are no edges, and of the machine itself."""
    for name, state in machine.state.items():
        for key, value in _words(state):
            yield Change(f"{name} {key}: {value}", with_state(machine, name, **{key: value}))
    for name in set(machine.state) - {machine.initial}:
        yield Change(f"initial: {name}", machine.model_copy(update={"initial": name}))
    for name in machine.final[1:]:
        final = (name, *(other for other in machine.final if other != name))
        yield Change(f"final: {name} first", machine.model_copy(update={"final": final}))
    for phase in (None, *PROMISES):
        if phase != machine.hurry and (phase or machine.hurry):
            yield Change(f"hurry: {phase}", machine.model_copy(update={"hurry": phase}))


def _words(state: State) -> Iterator[tuple[str, Any]]:
    for key in ("acquires", "releases"):
        words: tuple[Resource, ...] = getattr(state, key)
        for one in RESOURCES:
            changed = tuple(word for word in words if word != one) if one in words else (*words, one)
            yield key, changed
    yield from (("direction", way) for way in (None, *DIRECTIONS) if way != state.direction)
    yield "renew", not state.renew
    yield from (("does", phase) for phase in (None, *PROMISES) if phase != state.does)
    yield "rests", None if state.rests else 4
    if state.within:
        yield "within", None


def added_edges(machine: Definition) -> Iterator[Change]:
    """Lead each trigger that has no edge in a state to every state."""
    for name, state in machine.state.items():
        for trigger, to in product(TRIGGERS, machine.names):
            if trigger not in state.on:
                on = {**state.on, trigger: (Edge(to=to),)}
                yield Change(f"{name} on.{trigger} added: {to}", with_state(machine, name, on=on))


def interrupt_changes(machine: Definition) -> Iterator[Change]:
    """Change what a first Ctrl-C does."""
    for name, state in machine.state.items():
        for word in INTERRUPTS:
            if word != state.interrupt:
                label = f"{name} interrupt: {state.interrupt} -> {word}"
                yield Change(label, with_state(machine, name, interrupt=word))


class World(NamedTuple):
    """A run as it really is: by what its phases do, whatever the machine says that they acquire."""

    state: str
    direction: Direction
    canary: bool = False
    registered: bool = False
    changed: bool = False
    failed: bool = False
    approved: bool = False
    task: bool = False
    starts: int = 0
    ran: bool = False


RELEASING = ("detach_canary", "stop_canary", "stop_task", "roll_back", "restore_service", "delete_service")
"""Phases whose failure says nothing about the revision."""


FORWARD = ("update_service", "create_service")


def next_world(
    machine: Definition, now: World, trigger: Trigger, *, approval: bool, keep: bool, task: bool
) -> World | None:
    """Where the first edge leads that may be taken; None when there is none."""
    state = machine.state[now.state]
    true = {None, now.direction, "keep_failing" if keep else None}
    true.add("approval_pending" if approval and not now.approved else None)
    true.add("task_pending" if task and not now.ran else None)
    edge = next((edge for edge in state.on.get(trigger, ()) if edge.when in true), None)
    if edge is None:
        return None
    entered = machine.state.get(edge.to, State())
    stopped = state.does == "stop_canary" and trigger == "done"
    detached = state.does == "detach_canary" and trigger == "done"
    goes_back = state.does in ("restore_service", "delete_service")
    undone = trigger == "refused" or (goes_back and trigger == "done")
    ended = state.does in ("run_task", "stop_task", "stop_canary") and trigger == "done"
    launches = entered.does == "launch_task"
    verdict = trigger in ("refused", "service_failed", "abort")
    return World(
        edge.to,
        entered.direction or edge.direction or now.direction,
        canary=(now.canary and not stopped) or entered.does == "launch_canary",
        registered=(now.registered and not stopped and not detached) or entered.does == "check_targets",
        changed=(now.changed and not undone) or entered.does in FORWARD,
        failed=now.failed or verdict or (trigger == "failed" and state.does not in RELEASING),
        approved=now.approved or trigger == "approved",
        task=(now.task and not ended) or launches,
        starts=min(now.starts + launches, 2),
        ran=now.ran or (state.does == "run_task" and trigger == "done"),
    )


def harms(machine: Definition) -> Iterator[str]:
    """Take every edge from every situation, for all inputs, and name what may never come of it."""
    tasks = (True,) if "completed" in machine.final else (False, True)
    for approval, keep, task in product((False, True), (False, True), tasks):
        start = World(machine.initial, "untouched")
        seen, waiting = {start}, [start]
        while waiting:
            now = waiting.pop()
            yield from _harm(machine, now, task=task)
            if now.state in machine.final:
                continue
            for trigger in TRIGGERS:
                then = next_world(machine, now, trigger, approval=approval, keep=keep, task=task)
                if then and then not in seen:
                    seen.add(then)
                    waiting.append(then)


def _harm(machine: Definition, now: World, *, task: bool) -> Iterator[str]:
    final, does = now.state in machine.final, machine.state.get(now.state, State()).does
    if final and (now.canary or now.registered):
        yield "a canary is left behind"
    if final and now.changed and now.state in ("aborted", "rolled_back"):
        yield "the service is left changed"
    if final and now.task:
        yield "a one-off task is left running"
    if now.starts > 1 or (now.starts and not task):
        yield "starts a one-off task that is not wanted, or twice"
    if does in FORWARD and now.failed:
        yield "goes forward after a failure"
    if does == "update_service" and (now.task or (task and not now.ran)):
        yield "goes forward before the one-off task has run"
    if now.state == "succeeded" and (now.failed or not now.changed):
        yield "succeeds after a failure"


MACHINES = {
    name: load(data(f"states/{name}.toml"), PROMISES).definition
    for name in ("rollout", "rollback", "run", "up")
}
Changing = Callable[[Definition], Iterator[Change]]


def refuses(machine: Definition) -> bool:
    """What `prove` says; most changes are refused for the first inputs that are walked."""
    walks = (Walk(machine, PROMISES, inputs, beginning(machine)) for inputs in inputs_of(machine))
    return any(any(faults_on(walk)) for walk in walks) or bool(prove(machine, PROMISES).faults)


def judge(changes: Iterator[Change]) -> Judged:
    """Check the shape of each machine and prove it, as loading it does."""
    judged, source = Judged([], []), Source(data("states/rollout.toml"), "")
    for change in changes:
        wrong = any(misshapen(change.machine, source, PROMISES)) or refuses(change.machine)
        (judged.refused if wrong else judged.accepted).append(change)
    return judged


@pytest.fixture(scope="module")
def rollout() -> Definition:
    return MACHINES["rollout"]


def say(line: str) -> None:
    """Show a number to whoever runs this with `-s`."""
    sys.stdout.write(f"\n{line}\n")


def labels(changes: list[Change]) -> set[str]:
    return {change.label for change in changes}


def harmful(changes: list[Change]) -> dict[str, set[str]]:
    return {change.label: found for change in changes if (found := set(harms(change.machine)))}


def flat(reasons: Reasons) -> set[str]:
    return {label for listed in reasons.values() for label in listed}


def expect(changed: str, judged: Judged, reasons: Reasons) -> None:
    """Find accepted what is explained, nothing else, and no harm in it."""
    refused, accepted = len(judged.refused), len(judged.accepted)
    say(f"{changed}: {refused} of {refused + accepted} are refused, {accepted} accepted.")
    assert labels(judged.accepted) == flat(reasons)
    assert harmful(judged.accepted) == {}


class TestTheTools:
    @pytest.mark.parametrize("name", MACHINES)
    @pytest.mark.parametrize(
        "changing", [edge_changes, edge_word_changes, state_word_changes, interrupt_changes, added_edges]
    )
    def test_every_change_changes_something(self, name: str, changing: Changing) -> None:
        changes = list(changing(MACHINES[name]))

        assert changes
        assert [change.label for change in changes if change.machine == MACHINES[name]] == []
        assert len(labels(changes)) == len(changes)

    @pytest.mark.parametrize("name", MACHINES)
    def test_the_simulator_finds_no_harm_in_what_ships(self, name: str) -> None:
        assert list(harms(MACHINES[name])) == []

    @pytest.mark.parametrize(
        ("state", "trigger", "to", "harm"),
        [
            ("launching_canary", "failed", "aborted", "a canary is left behind"),
            ("checking_targets", "failed", "updating_service", "goes forward after a failure"),
            ("stabilizing_service", "abort", "succeeded", "succeeds after a failure"),
            ("updating_service", "failed", "stopping_canary", "succeeds after a failure"),
            ("rolling_back", "done", "aborted", "the service is left changed"),
            ("running_task", "failed", "aborted", "a one-off task is left running"),
            ("running_task", "done", "launching_task", "starts a one-off task that is not wanted, or twice"),
            ("launching_task", "done", "updating_service", "goes forward before the one-off task has run"),
        ],
    )
    def test_the_simulator_sees_harm_where_it_is(
        self, rollout: Definition, state: str, trigger: Trigger, to: str, harm: str
    ) -> None:
        assert harm in harms(with_edge(rollout, state, trigger, 0, Edge(to=to)))


class TestAChangedEdge:
    def test_is_refused_but_for_those_that_are_explained_and_many_of_them_would_harm(self) -> None:
        edges = judge(edge_changes(MACHINES["rollout"]))
        expect("edges of the rollout", edges, ACCEPTED["rollout"])
        harming = sum(any(harms(change.machine)) for change in edges.refused)
        say(f"{harming} of the {len(edges.refused)} refused ones would harm.")

        assert len(edges.refused) + len(edges.accepted) == 1197
        assert harming > len(edges.refused) / 2
        assert [change for change in labels(edges.accepted) if change.endswith("dropped")] == []

    @pytest.mark.parametrize("name", ["rollback", "run", "up"])
    def test_of_another_machine_is_refused_but_for_those_that_are_explained(self, name: str) -> None:
        expect(f"edges of the {name}", judge(edge_changes(MACHINES[name])), ACCEPTED[name])


@pytest.mark.parametrize("name", MACHINES)
class TestEveryMachine:
    def test_with_a_changed_word_is_refused_but_for_those_that_are_explained(self, name: str) -> None:
        of_edges, of_states = edge_word_changes(MACHINES[name]), state_word_changes(MACHINES[name])
        judged = judge(change for changes in (of_edges, of_states) for change in changes)

        expect(f"words of the {name}", judged, ACCEPTED_WORDS[name])

    def test_with_another_interrupt_is_refused_but_for_those_that_are_explained(self, name: str) -> None:
        judged = judge(interrupt_changes(MACHINES[name]))

        expect(f"interrupts of the {name}", judged, ACCEPTED_INTERRUPTS[name])


@pytest.mark.parametrize("name", ACCEPTED_ADDITIONS)
def test_one_more_edge_is_refused_but_for_those_that_are_explained(name: str) -> None:
    judged = judge(added_edges(MACHINES[name]))

    expect(f"added edges of the {name}", judged, ACCEPTED_ADDITIONS[name])
