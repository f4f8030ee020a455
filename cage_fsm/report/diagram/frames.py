"""Frames around states that are left alike: one arrow then stands for many."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from cage_fsm.engine.definition import CANARY, Definition
from cage_fsm.report.diagram.arrows import arrows, drawn
from cage_fsm.report.diagram.scene import Arrow, Frame, Overlay, Shared
from cage_fsm.report.path import happy_path


def frames(definition: Definition) -> list[Frame]:
    """Neighbours on the way to the goal that are left by the same arrows, with those beside that are too."""
    wrong = _wrong(definition)
    framed = [(names, shared) for names, shared in _neighbours(definition, wrong) if len(names) > 1]
    way, found = set(happy_path(definition)), []
    beside = [name for name in definition.state if name not in way]
    for names, shared in framed:
        joining = [name for name in beside if shared <= wrong[name]]
        beside = [name for name in beside if name not in joining]
        found.append(Frame((*names, *joining), _title(definition, names), shared))
    return found


def _neighbours(definition: Definition, wrong: dict[str, Shared]) -> list[tuple[list[str], Shared]]:
    found: list[tuple[list[str], Shared]] = []
    for name in happy_path(definition):
        if found and (shared := found[-1][1] & wrong[name]):
            found[-1] = ([*found[-1][0], name], shared)
        else:
            found.append(([name], wrong[name]))
    return found


def _wrong(definition: Definition) -> dict[str, Shared]:
    found: defaultdict[str, Shared] = defaultdict(frozenset)
    for arrow in arrows(definition, drawn(definition, Overlay())):
        if arrow.kind == "bad":
            found[arrow.source] |= {(arrow.to, arrow.labels)}
    return found


def _title(definition: Definition, names: list[str]) -> str:
    return "release" if all(CANARY & set(definition.state[name].releases) for name in names) else ""


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
