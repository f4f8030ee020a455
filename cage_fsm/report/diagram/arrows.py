"""The edges of a machine as arrows, and the frames that let one arrow stand for many."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from cage_fsm.engine.definition import CANARY, Definition
from cage_fsm.report.diagram.scene import Arrow, Drawn, Frame, Kind, Mark, Overlay
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


def frames(definition: Definition) -> list[Frame]:
    """Neighbours on the way to the goal that are left by the same arrows, with those beside that are too."""
    wrong = _wrong(definition)
    way = happy_path(definition)
    found: list[tuple[list[str], frozenset[tuple[str, tuple[str, ...]]]]] = []
    for name in way:
        if found and (shared := found[-1][1] & wrong[name]):
            found[-1] = ([*found[-1][0], name], shared)
        else:
            found.append(([name], wrong[name]))
    beside = [name for name in definition.state if name not in way]
    return [
        _frame(definition, [*names, *(name for name in beside if shared <= wrong[name])], shared)
        for names, shared in found
        if len(names) > 1
    ]


def _wrong(definition: Definition) -> defaultdict[str, frozenset[tuple[str, tuple[str, ...]]]]:
    found: defaultdict[str, frozenset[tuple[str, tuple[str, ...]]]] = defaultdict(frozenset)
    for arrow in arrows(definition, drawn(definition, Overlay())):
        if arrow.kind == "bad":
            found[arrow.source] |= {(arrow.to, arrow.labels)}
    return found


def _frame(definition: Definition, names: list[str], shared: frozenset[tuple[str, tuple[str, ...]]]) -> Frame:
    releasing = all(CANARY & set(definition.state[name].releases) for name in names)
    return Frame(tuple(names), "release" if releasing else "", shared)


def bundled(found: Iterable[Arrow], around: list[Frame]) -> Iterator[Arrow]:
    """The arrows, with one in place of those that all states of a frame share.

    What is marked stays an arrow of its own; beside one that was taken, nothing else is drawn.
    """
    found, told = list(found), set()
    inside = {name: number for number, frame in enumerate(around) for name in frame.names}
    taken = {(arrow.source, arrow.to) for arrow in found if arrow.mark == "taken"}
    for arrow in found:
        frame = inside.get(arrow.source)
        shared = dict(around[frame].shared) if frame is not None else {}
        if arrow.mark or ((arrow.source, arrow.to) not in taken and arrow.to not in shared):
            yield arrow
        elif arrow.to in shared and (frame, arrow.to) not in told:
            told.add((frame, arrow.to))
            yield Arrow(arrow.source, arrow.to, "bad", shared[arrow.to], frame=frame)
