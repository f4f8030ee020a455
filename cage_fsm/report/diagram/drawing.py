"""Puts a machine, and what lies over it, into one picture."""

from cage_fsm.engine.definition import Definition
from cage_fsm.report.diagram.arrows import arrows, drawn
from cage_fsm.report.diagram.boxes import boxes
from cage_fsm.report.diagram.frames import bundled, frames
from cage_fsm.report.diagram.scene import Overlay, Scene


def scene(definition: Definition, overlay: Overlay | None = None) -> Scene:
    """The picture of a machine."""
    over = overlay or Overlay()
    edges, around = drawn(definition, over), frames(definition)
    return Scene(
        definition.machine,
        definition.digest,
        definition.initial,
        tuple(boxes(definition, edges, over)),
        tuple(around),
        tuple(bundled(arrows(definition, edges), around)),
        over.caption,
        covered=overlay is not None,
    )
