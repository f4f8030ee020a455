"""The colours of all drawings, as fill and line."""

from collections.abc import Mapping

from cage_fsm.report.diagram.scene import Arrow, Box, Kind, Look, Mark, Scene

Colours = tuple[str, str]

LOOKS: Mapping[Look, Colours] = {
    "way": ("#eefaf1", "#1a7f37"),
    "back": ("#fff8e1", "#9a6700"),
    "beside": ("#ffffff", "#57606a"),
    "rests": ("#ffe1dd", "#cf222e"),
    "succeeded": ("#c6efce", "#1a7f37"),
    "aborted": ("#e2e5e9", "#57606a"),
    "rolled_back": ("#ffeaa3", "#9a6700"),
    "left_failing": ("#ffc9c4", "#cf222e"),
}

MARKS: Mapping[Mark, Colours] = {
    "taken": ("#ddf4ff", "#0550ae"),
    "present": ("#b6e3ff", "#8250df"),
    "added": ("#d3f2d9", "#1a7f37"),
    "removed": ("#ffe1dd", "#cf222e"),
    "changed": ("#fff1c2", "#9a6700"),
}

ARROWS: Mapping[Kind, str] = {"happy": "#1a7f37", "good": "#57606a", "bad": "#d1636b", "asked": "#868e96"}

INK, SOFT, HELD, STANDS_BACK = "#1f2328", "#57606a", "#8a4600", ("#ffffff", "#a8b0b8")
NOT_TAKEN = "#c4cad0"


def of_box(scene: Scene, box: Box) -> Colours:
    """Fill and line of a state; an end keeps its own fill, for it says what became of the run."""
    if not scene.covered:
        return LOOKS[box.look]
    if box.mark is None:
        return STANDS_BACK
    fill, line = MARKS[box.mark]
    return (LOOKS[box.look][0] if box.mark in ("taken", "present") and is_end(box) else fill), line


def is_end(box: Box) -> bool:
    """Tell whether a process ends in this state."""
    return box.look not in ("way", "back", "beside")


def of_arrow(scene: Scene, arrow: Arrow) -> str:
    """The colour of an arrow."""
    if arrow.mark:
        return MARKS[arrow.mark][1]
    return NOT_TAKEN if scene.covered else ARROWS[arrow.kind]
