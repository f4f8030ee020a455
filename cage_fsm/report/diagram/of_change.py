"""What a change lies over a machine: what it adds, what it removes, and the settings that differ."""

from collections.abc import Iterator

from cage_fsm.engine.definition import Definition
from cage_fsm.report.diagram.changes import Change, changes
from cage_fsm.report.diagram.scene import Drawn, Mark, Overlay


def change_overlay(old: Definition, new: Definition) -> Overlay:
    """The change from `old` to `new`, to be drawn over `new`."""
    found = changes(old, new)
    states = {change.state: change for change in found if change.state}
    before, after = set(old.edges()), set(new.edges())
    return Overlay(
        caption=tuple(_caption(found)),
        marks=dict(_marks(old, new, states)),
        remarks={name: tuple(_remarks(change)) for name, change in states.items() if name in old.state},
        edges=(
            *(Drawn(*edge, "removed") for edge in old.edges() if edge not in after),
            *(Drawn(*edge, "added") for edge in new.edges() if edge not in before),
        ),
    )


def _caption(found: list[Change]) -> Iterator[str]:
    yield "Added is green, removed is dashed red, changed is yellow." if found else "Nothing is changed."
    yield from (line for change in found if change.state is None for line in change.lines)


def _marks(old: Definition, new: Definition, changed: dict[str, Change]) -> Iterator[tuple[str, Mark]]:
    for name in dict.fromkeys([*new.names, *old.names]):
        if name not in old.names:
            yield name, "added"
        elif name not in new.names:
            yield name, "removed"
        elif name in changed:
            yield name, "changed"


def _remarks(change: Change) -> Iterator[str]:
    """The settings that differ; that an edge does is seen."""
    return (line for line in change.lines if not line[2:].startswith(("on.", "[")))
