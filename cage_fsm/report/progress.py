"""One line on a terminal that says how far something is."""

import os
from collections.abc import Callable, Mapping
from typing import TextIO

from cage_fsm.report.safely import mute
from cage_fsm.report.terminal import can_redraw


def progress(
    what: str, total: int, stream: TextIO, environ: Mapping[str, str] = os.environ
) -> Callable[[int], None]:
    """Tells how many of `total` are done, and wipes the line when all are; silent but on a terminal."""
    if not can_redraw(stream, environ):
        return lambda _: None

    def tell(done: int) -> None:
        line = f"{what}: {done} of {total}" if done < total else ""
        try:
            stream.write(f"\r\x1b[K{line}")
            stream.flush()
        except (OSError, ValueError):
            mute(stream)

    tell(0)
    return tell
