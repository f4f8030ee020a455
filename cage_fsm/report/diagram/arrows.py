"""The edges of a machine as arrows: those between the same two states are one."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from cage_fsm.engine.definition import Definition
from cage_fsm.report.diagram.scene import Arrow, Drawn, Kind, Mark, Overlay
from cage_fsm.report.diagram.words import label
from cage_fsm.report.path import happy_path


def drawn(definition: Definition, overlay: Overlay) -> list[Drawn]:
    """Every edge there is to draw; one of the overlay takes the place of its equal in the machine."""
    over = {edge[:3] for edge in overlay.edges}
    own = (Drawn(*edge) for edge in definition.edges())
    return [*(edge for edge in own if edge[:3] not in over), *overlay.edges]


def arrows(definition: Definition, edges: Iterable[Drawn]) -> list[Arrow]:
    """The edges, those between the same two states merged if they are marked alike."""
    merged: defaultdict[tuple[str, str, Mark | None], list[Drawn]] = defaultdict(list)
    for each in edges:
        merged[each.source, each.edge.to, each.mark].append(each)
    steps = set(pairwise(happy_path(definition)))
    return [
        Arrow(source, to, _kind(steps, alike), tuple(label(each.trigger, each.edge) for each in alike), mark)
        for (source, to, mark), alike in merged.items()
    ]


def _kind(steps: set[tuple[str, str]], alike: list[Drawn]) -> Kind:
    fired = {each.trigger for each in alike}
    if fired & {"done", "approved"}:
        return "happy" if (alike[0].source, alike[0].edge.to) in steps else "good"
    return "asked" if fired <= {"abort", "resumed"} else "bad"
