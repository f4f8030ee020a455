"""Whether a run is driven by this very installation: its files must not be replaced under it."""

from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic_core import _pydantic_core

from cage_fsm.engine.owner import is_alive, this_process
from cage_fsm.engine.record import Record

OURS = str(Path(_pydantic_core.__file__).resolve())
"""A library of this installation that every process which drives a run has loaded."""


def in_the_way(
    records: Iterable[Record], is_ours: Callable[[int], bool | None] | None = None
) -> tuple[Record, bool] | None:
    """The first run that this installation drives, or may drive, and whether that is certain."""
    for record in records:
        driven = _is_driven_here(record, is_ours or uses_this_installation)
        if driven is not False:
            return record, driven is True
    return None


def uses_this_installation(pid: int) -> bool | None:
    """Whether a process of this machine has loaded this installation; None if that cannot be told."""
    try:
        loaded = Path(f"/proc/{pid}/maps").read_text("utf-8", "replace")
    except OSError:
        return None
    return OURS in loaded


def _is_driven_here(record: Record, is_ours: Callable[[int], bool | None]) -> bool | None:
    """None if it cannot be told: another machine may have the name of this one."""
    owner = record.owner
    if record.final or owner is None or owner.host != this_process().host:
        return False
    alive = is_alive(owner)
    return is_ours(owner.pid) if alive else alive
