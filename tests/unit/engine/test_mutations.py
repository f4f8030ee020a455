"""The rollout, changed one edge or one word at a time: what the proof refuses, and what it lets pass and why.

Read ACCEPTED as a list of reasons. A new entry there is a new way to write the machine wrong.
"""

import sys
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

import pytest

from cage_fsm.data import data
from cage_fsm.engine.definition import (
    DIRECTIONS,
    TRIGGERS,
    Definition,
    Direction,
    Edge,
    Predicate,
    State,
    Trigger,
)
from cage_fsm.engine.source import Source
from cage_fsm.engine.verify import _shape, load
from cage_fsm.engine.walk import Walk, prove
from cage_fsm.phases.registry import OUTCOMES

ROLLOUT = data("states/rollout.toml")
INTERRUPTS = (None, "abort", "continue", "suspend")
PREDICATES: tuple[Predicate | None, ...] = (None, *DIRECTIONS, "approval_pending", "keep_failing")

ACCEPTED: Mapping[str, tuple[str, ...]] = {
    "Releases though nothing was acquired: both states find nothing to release, and the run is aborted.": (
        "validating on.failed: aborted -> detaching_canary",
        "validating on.failed: aborted -> stopping_canary",
        "validating on.abort: aborted -> detaching_canary",
        "validating on.abort: aborted -> stopping_canary",
        "registering on.failed: aborted -> detaching_canary",
        "registering on.failed: aborted -> stopping_canary",
        "registering on.abort: aborted -> detaching_canary",
        "registering on.abort: aborted -> stopping_canary",
    ),
    "Rests though nothing was acquired: a nuisance, the resume finds nothing and the run is aborted.": (
        "validating on.failed: aborted -> needs_operator",
        "validating on.abort: aborted -> needs_operator",
        "registering on.failed: aborted -> needs_operator",
        "registering on.abort: aborted -> needs_operator",
    ),
    "Skips the detaching of a canary that is registered nowhere yet.": (
        "launching_canary on.failed: detaching_canary -> stopping_canary",
        "launching_canary on.abort: detaching_canary -> stopping_canary",
        "checking_containers on.failed: detaching_canary -> stopping_canary",
        "checking_containers on.abort: detaching_canary -> stopping_canary",
    ),
    "Stops the canary while it drains: stopping deregisters too, so nothing stays, but requests are lost.": (
        "checking_targets on.failed: detaching_canary -> stopping_canary",
        "checking_targets on.abort: detaching_canary -> stopping_canary",
        "observing_canary on.failed: detaching_canary -> stopping_canary",
        "observing_canary on.abort: detaching_canary -> stopping_canary",
        "awaiting_approval on.failed: detaching_canary -> stopping_canary",
        "awaiting_approval on.abort: detaching_canary -> stopping_canary",
        "updating_service on.done: detaching_canary -> stopping_canary",
        "updating_service on.refused: detaching_canary -> stopping_canary",
        "rolling_back on.done: detaching_canary -> stopping_canary",
        "rolling_back on.failed: detaching_canary -> stopping_canary",
        "needs_operator on.resumed: detaching_canary -> stopping_canary",
        "needs_operator on.abort: detaching_canary -> stopping_canary",
    ),
    "Asks for an approval too early, and of everybody: what comes after it still judges everything.": (
        "checking_containers on.done: checking_targets -> awaiting_approval",
    ),
    "Judges an approved canary afresh from another step on; the bake judges containers and targets too.": (
        "awaiting_approval on.approved: checking_targets -> launching_canary",
        "awaiting_approval on.approved: checking_targets -> checking_containers",
        "awaiting_approval on.approved: checking_targets -> observing_canary",
    ),
    "Sends the baseline though our revision never was: the run ends as rolled back instead of as refused.": (
        "updating_service on.refused: detaching_canary -> rolling_back",
    ),
    "Restores again and again without asking an operator.": (
        "restoring_service on.failed: needs_operator -> detaching_canary",
        "restoring_service on.failed: needs_operator -> stopping_canary",
        "restoring_service on.failed: needs_operator -> rolling_back",
    ),
    "Ignores a rollback asked for at rest, unless the service is changed: only a resume goes on.": (
        "needs_operator on.abort: detaching_canary dropped",
    ),
}

BELIEVED: Mapping[str, tuple[str, ...]] = {
    "What a state acquires; without it nothing has to be released.": (
        "launching_canary acquires: - canary_task",
        "checking_targets acquires: - target_registration",
        "rolling_back acquires: - service_change",
    ),
    "Which states are gates.": (
        "gates: - validating",
        "gates: - registering",
        "gates: - launching_canary",
        "gates: - checking_containers",
        "gates: - checking_targets",
        "gates: - observing_canary",
    ),
    "Which states a resume gives a fresh deadline, where their failure is a verdict anyway.": (
        "validating renew: True",
        "registering renew: True",
        "launching_canary renew: True",
        "checking_containers renew: True",
        "checking_targets renew: True",
        "observing_canary renew: True",
        "awaiting_approval renew: True",
        "updating_service renew: True",
        "stabilizing_service renew: True",
        "needs_operator renew: True",
        "rolling_back renew: False",
        "restoring_service renew: False",
    ),
    "What a second Ctrl-C does.": ("hurry dropped",),
    "Which way the run goes already.": (
        *(
            f"{name} direction: None -> untouched"
            for name in (
                *("validating", "registering", "launching_canary", "checking_containers"),
                *("checking_targets", "observing_canary", "awaiting_approval"),
            )
        ),
        "stabilizing_service direction: None -> forward",
        "restoring_service direction: None -> back",
    ),
}
"""What the proof is made of. It cannot notice when a machine says less of this than is true."""


class Change(NamedTuple):
    """The rollout with one thing changed."""

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
        ]
        for key, value in words:
            led = edge.model_copy(update={key: value})
            yield Change(f"{place} {key}: {value}", with_edge(machine, name, trigger, number, led))


def state_word_changes(machine: Definition) -> Iterator[Change]:
    """Change the words of each state that are no edges, and of the machine itself."""
    for name, state in machine.state.items():
        for key in ("acquires", "releases"):
            words: tuple[str, ...] = getattr(state, key)
            for word in words:
                rest = tuple(other for other in words if other != word)
                yield Change(f"{name} {key}: - {word}", with_state(machine, name, **{key: rest}))
        for direction in (None, *DIRECTIONS):
            if direction != state.direction:
                label = f"{name} direction: {state.direction} -> {direction}"
                yield Change(label, with_state(machine, name, direction=direction))
        yield Change(f"{name} renew: {not state.renew}", with_state(machine, name, renew=not state.renew))
    for gate in machine.gates:
        rest = tuple(other for other in machine.gates if other != gate)
        yield Change(f"gates: - {gate}", machine.model_copy(update={"gates": rest}))
    yield Change("hurry dropped", machine.model_copy(update={"hurry": None}))


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


RELEASING = ("detach_canary", "stop_canary", "roll_back", "restore_service")
"""Phases whose failure says nothing about the revision."""


def next_world(
    machine: Definition, now: World, trigger: Trigger, *, approval: bool, keep: bool
) -> World | None:
    """Where the first edge leads that may be taken; None when there is none."""
    state = machine.state[now.state]
    true = {None, now.direction, "keep_failing" if keep else None}
    true.add("approval_pending" if approval and not now.approved else None)
    edge = next((edge for edge in state.on.get(trigger, ()) if edge.when in true), None)
    if edge is None:
        return None
    entered = machine.state.get(edge.to, State())
    stopped = state.does == "stop_canary" and trigger == "done"
    detached = state.does == "detach_canary" and trigger == "done"
    undone = trigger == "refused" or (state.does == "restore_service" and trigger == "done")
    verdict = trigger in ("refused", "service_failed", "abort")
    return World(
        edge.to,
        entered.direction or edge.direction or now.direction,
        canary=(now.canary and not stopped) or entered.does == "launch_canary",
        registered=(now.registered and not stopped and not detached) or entered.does == "check_targets",
        changed=(now.changed and not undone) or entered.does == "update_service",
        failed=now.failed or verdict or (trigger == "failed" and state.does not in RELEASING),
        approved=now.approved or trigger == "approved",
    )


def harms(machine: Definition) -> Iterator[str]:
    """Take every edge from every situation, for all inputs, and name what may never come of it."""
    for approval, keep in product((False, True), repeat=2):
        start = World(machine.initial, "untouched")
        seen, waiting = {start}, [start]
        while waiting:
            now = waiting.pop()
            yield from _harm(machine, now)
            if now.state in machine.final:
                continue
            for trigger in TRIGGERS:
                then = next_world(machine, now, trigger, approval=approval, keep=keep)
                if then and then not in seen:
                    seen.add(then)
                    waiting.append(then)


def _harm(machine: Definition, now: World) -> Iterator[str]:
    final, does = now.state in machine.final, machine.state.get(now.state, State()).does
    if final and (now.canary or now.registered):
        yield "a canary is left behind"
    if final and now.changed and now.state in ("aborted", "rolled_back"):
        yield "the service is left changed"
    if does == "update_service" and now.failed:
        yield "goes forward after a failure"
    if now.state == "succeeded" and (now.failed or not now.changed):
        yield "succeeds after a failure"


@pytest.fixture(scope="module")
def rollout() -> Definition:
    return load(ROLLOUT, OUTCOMES).definition


def judge(changes: Iterator[Change]) -> Judged:
    """Check the shape of each machine and prove it, as loading it does."""
    judged, source = Judged([], []), Source(ROLLOUT, "")
    with pytest.MonkeyPatch.context() as without:
        # The number of paths is only ever printed, and takes longer than all proofs together.
        without.setattr(Walk, "count_paths", lambda walk, start: 0)
        for change in changes:
            misfits = any(_shape(change.machine, source, OUTCOMES))
            refused = misfits or prove(change.machine, OUTCOMES).faults
            (judged.refused if refused else judged.accepted).append(change)
    return judged


@pytest.fixture(scope="module")
def edges(rollout: Definition) -> Judged:
    return judge(edge_changes(rollout))


@pytest.fixture(scope="module")
def edge_words(rollout: Definition) -> Judged:
    return judge(edge_word_changes(rollout))


@pytest.fixture(scope="module")
def state_words(rollout: Definition) -> Judged:
    return judge(state_word_changes(rollout))


def say(line: str) -> None:
    """Show a number to whoever runs this with `-s`."""
    sys.stdout.write(f"\n{line}\n")


def labels(changes: list[Change]) -> set[str]:
    return {change.label for change in changes}


def harmful(changes: list[Change]) -> dict[str, set[str]]:
    return {change.label: found for change in changes if (found := set(harms(change.machine)))}


def flat(reasons: Mapping[str, tuple[str, ...]]) -> set[str]:
    return {label for listed in reasons.values() for label in listed}


class TestTheTools:
    def test_every_change_changes_something(self, rollout: Definition) -> None:
        changes = [*edge_changes(rollout), *edge_word_changes(rollout), *state_word_changes(rollout)]

        assert [change.label for change in changes if change.machine == rollout] == []

    def test_the_simulator_finds_no_harm_in_the_rollout(self, rollout: Definition) -> None:
        assert list(harms(rollout)) == []

    @pytest.mark.parametrize(
        ("state", "trigger", "to", "harm"),
        [
            ("launching_canary", "failed", "aborted", "a canary is left behind"),
            ("checking_targets", "failed", "updating_service", "goes forward after a failure"),
            ("stabilizing_service", "abort", "succeeded", "succeeds after a failure"),
            ("updating_service", "failed", "stopping_canary", "succeeds after a failure"),
            ("rolling_back", "done", "aborted", "the service is left changed"),
        ],
    )
    def test_the_simulator_sees_harm_where_it_is(
        self, rollout: Definition, state: str, trigger: Trigger, to: str, harm: str
    ) -> None:
        assert harm in harms(with_edge(rollout, state, trigger, 0, Edge(to=to)))


class TestAChangedEdge:
    def test_is_refused_but_for_those_that_are_explained(self, edges: Judged) -> None:
        total = len(edges.refused) + len(edges.accepted)
        say(f"{len(edges.refused)} of {total} changed edges are refused, {len(edges.accepted)} accepted.")

        assert labels(edges.accepted) == flat(ACCEPTED)
        assert total > 800

    def test_that_is_accepted_never_harms(self, edges: Judged) -> None:
        assert harmful(edges.accepted) == {}

    def test_often_would_harm_if_it_were_not_refused(self, edges: Judged) -> None:
        count = sum(any(harms(change.machine)) for change in edges.refused)
        say(f"{count} of the {len(edges.refused)} refused ones would harm.")

        assert count > len(edges.refused) / 2

    def test_that_is_dropped_is_refused_but_for_one(self, edges: Judged) -> None:
        assert [change for change in labels(edges.accepted) if change.endswith("dropped")] == [
            "needs_operator on.abort: detaching_canary dropped"
        ]


class TestAChangedWord:
    def test_of_an_edge_never_harms_when_it_is_accepted(self, edge_words: Judged) -> None:
        refused, accepted = len(edge_words.refused), len(edge_words.accepted)
        say(f"{refused} of {refused + accepted} changed words of edges are refused.")

        assert harmful(edge_words.accepted) == {}

    def test_of_a_state_is_refused_but_for_what_the_proof_is_made_of(self, state_words: Judged) -> None:
        refused, accepted = len(state_words.refused), len(state_words.accepted)
        say(f"{refused} of {refused + accepted} changed words of states are refused.")

        assert labels(state_words.accepted) == flat(BELIEVED)

    def test_of_a_state_never_harms_when_it_is_accepted(self, state_words: Judged) -> None:
        assert harmful(state_words.accepted) == {}

    def test_that_claims_less_released_is_always_refused(
        self, edge_words: Judged, state_words: Judged
    ) -> None:
        accepted = labels(edge_words.accepted) | labels(state_words.accepted)

        assert [label for label in accepted if "releases" in label] == []

    def test_of_what_is_sent_forward_or_back_is_always_refused(self, state_words: Judged) -> None:
        refused = labels(state_words.refused)

        assert {
            f"updating_service direction: forward -> {to}" for to in (None, "untouched", "back")
        } <= refused
        assert {f"rolling_back direction: back -> {to}" for to in (None, "untouched", "forward")} <= refused

    def test_for_a_first_interrupt_is_refused_when_it_is_missing_or_finds_no_edge(
        self, rollout: Definition
    ) -> None:
        refused = labels(judge(interrupt_changes(rollout)).refused)

        assert {
            f"{name} interrupt: {state.interrupt} -> None"
            for name, state in rollout.state.items()
            if state.does
        } <= refused
        assert "rolling_back interrupt: continue -> abort" in refused
        assert "restoring_service interrupt: suspend -> abort" in refused
