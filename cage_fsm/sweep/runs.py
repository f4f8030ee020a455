"""Runs that nobody drives, and records that nobody can read."""

from collections.abc import Iterator

from cage_fsm.engine.record import Record, outcome
from cage_fsm.sweep.finding import Finding
from cage_fsm.sweep.scene import Scene


def findings(scene: Scene) -> Iterator[Finding]:
    """What a sweep never does itself: such a run knows best what it has left, and how to go on."""
    for each in scene.runs.values():
        if each.unreadable:
            yield Finding("run", each.id, each.unreadable, each.id)
        elif each.unfinished and not _is_driven(scene, each.unfinished):
            yield Finding("run", each.id, _why(each.unfinished), each.id, nonce=each.unfinished.nonce)


def _is_driven(scene: Scene, record: Record) -> bool:
    """Whether its owner lives; one on another machine, as long as it has saved lately."""
    if record.owner is None:
        return False
    lives = scene.alive(record.owner)
    return not scene.is_old(record.updated_at) if lives is None else lives


def _why(record: Record) -> str:
    whose = f"its owner, {record.owner}, gives no sign of life" if record.owner else "nobody drives it"
    held = f"; it holds {', '.join(record.held)}" if record.held else ""
    return (
        f"The run is not over ({outcome(record).outcome}, {record.state}), and {whose}{held}. Finish it with "
        f"`cage-fsm resume {record.id}` or undo it with `cage-fsm rollback {record.id}`."
    )
