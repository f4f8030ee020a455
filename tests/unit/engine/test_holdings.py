"""What a run can hold where: the same that the proof's walk finds, and known without any phase."""

import pytest

from cage_fsm.data import data
from cage_fsm.engine.holdings import Holding, holdings
from cage_fsm.engine.proofs import inputs_of
from cage_fsm.engine.verify import load
from cage_fsm.engine.walk import Node, Walk
from cage_fsm.phases.registry import PROMISES


@pytest.mark.parametrize("machine", ["rollout", "rollback"])
def test_it_is_what_the_walk_of_the_proof_finds(machine: str) -> None:
    definition = load(data(f"states/{machine}.toml"), PROMISES).definition
    walks = [Walk(definition, PROMISES, inputs, Node(definition.initial)) for inputs in inputs_of(definition)]
    walked: dict[str, list[Node]] = {}
    for walk in walks:
        for node in walk.arrived_by:
            walked.setdefault(node.state, []).append(node)

    assert holdings(definition) == {name: _of(nodes) for name, nodes in walked.items()}


def _of(nodes: list[Node]) -> Holding:
    held = [node.held for node in nodes]
    always = frozenset.intersection(*held)
    directions = frozenset(node.direction for node in nodes)
    return Holding(always, frozenset.union(*held) - always, directions)
