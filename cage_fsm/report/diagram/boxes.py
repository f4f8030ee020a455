"""The states of a machine as boxes: the way to the goal is one column, and all ends are its last row."""

from collections.abc import Iterable, Iterator, Mapping

from cage_fsm.engine.definition import FINAL_DIRECTIONS, Definition
from cage_fsm.engine.holdings import Holding, holdings
from cage_fsm.report.diagram import words
from cage_fsm.report.diagram.scene import Box, Drawn, Look, Overlay
from cage_fsm.report.path import happy_path

_LOOKS: Mapping[str, Look] = {
    "succeeded": "succeeded",
    "aborted": "aborted",
    "rolled_back": "rolled_back",
    "left_failing": "left_failing",
}
_NOTHING = Holding(frozenset(), frozenset(), frozenset())


def boxes(definition: Definition, edges: Iterable[Drawn], overlay: Overlay) -> Iterator[Box]:
    """A box for each state: those on the way to the goal in their order, and then all the others."""
    edges, known = list(edges), holdings(definition)
    rows = _rows(definition, edges)
    ends = [name for source, _, edge, _ in edges for name in (source, edge.to)]
    for name in dict.fromkeys([*happy_path(definition), *definition.names, *overlay.marks, *ends]):
        holding = known.get(name, _NOTHING)
        yield Box(
            name,
            rows.get(name, 0),
            _look(definition, name, holding),
            tuple(_rules(definition, name)),
            tuple(words.held(holding)),
            overlay.remarks.get(name, ()),
            overlay.marks.get(name),
        )


def _rules(definition: Definition, name: str) -> Iterator[str]:
    if name in definition.state:
        return words.rules(definition.state[name], definition.machine)
    return words.exit_codes(definition.machine, name) if name in definition.final else iter(())


def _look(definition: Definition, name: str, holding: Holding) -> Look:
    state = definition.state.get(name)
    if state and state.rests is not None:
        return "rests"
    if name in happy_path(definition):
        return "succeeded" if name == definition.final[0] else "way"
    if name in _LOOKS:
        return _LOOKS[name]
    return "back" if holding.directions == {"back"} else "beside"


def _rows(definition: Definition, edges: list[Drawn]) -> dict[str, int]:
    """The row of each state; one beside the way stands in the row of the first state that leads to it."""
    way = happy_path(definition)
    rows = {name: number for number, name in enumerate(way)}
    ends = {edge.to for _, _, edge, _ in edges if edge.to in FINAL_DIRECTIONS} | set(definition.final)
    resting = {name for name, state in definition.state.items() if state.rests is not None}
    rows |= dict.fromkeys(ends | resting, len(way) - 1)
    while placed := _beside(rows, way, edges):
        rows |= placed
    return rows


def _beside(rows: Mapping[str, int], way: tuple[str, ...], edges: list[Drawn]) -> dict[str, int]:
    placed: dict[str, int] = {}
    for source, _, edge, _ in edges:
        if source in rows and edge.to not in rows:
            placed.setdefault(edge.to, min(rows[source] + (source not in way), len(way) - 2))
    return placed
