"""Showing never raises into the run: a broken pipe or a dead terminal is replaced by nothing."""

import os
import sys
from collections.abc import Callable, Iterable
from typing import TextIO

from cage_fsm.engine.ports import Event, Hurry
from cage_fsm.report.reader import Nothing, Reader, Ticking
from cage_fsm.report.text import forgive


class Safely:
    """A reader that never raises. The first error of the one inside ends it; the run goes on unseen.

    `stream` is what the reader inside writes to. Once it cannot be written any more it leads to nowhere,
    so that the interpreter's last flush finds nothing to complain of either.
    """

    def __init__(self, reader: Reader, stream: TextIO | None = None) -> None:
        self._reader, self._stream = reader, stream

    @property
    def blind(self) -> bool:
        """Whether nobody can see what is shown any more."""
        return isinstance(self._reader, Nothing)

    def __call__(self, event: Event, /) -> None:
        """Show `event`, if it can be shown."""
        self._guard(lambda: self._reader(event))

    def tick(self) -> None:
        """Show how time goes by, for a reader that does."""
        if isinstance(self._reader, Ticking):
            self._guard(self._reader.tick)

    def close(self) -> None:
        """Leave the screen in order, as far as there is one."""
        self._guard(self._reader.close)

    def _guard(self, show: Callable[[], None]) -> None:
        if error := _error_of(show):
            broken, self._reader = self._reader, Nothing()
            _error_of(broken.close)
            if isinstance(error, OSError | ValueError | SystemExit):  # rich makes SystemExit of EPIPE
                mute(self._stream or sys.stdout)


def say(lines: Iterable[str], stream: TextIO) -> bool:
    """Write `lines`; returns whether they could be written, or nobody can read them any more."""
    forgive(stream)

    def write() -> None:
        stream.write("".join(f"{line}\n" for line in lines))
        stream.flush()

    failed = _error_of(write) is not None
    if failed:
        mute(stream)
    return not failed


def mute(stream: TextIO) -> None:
    """Lead `stream` to nowhere if it cannot be written; a stream that works stays as it is."""
    if _error_of(stream.flush):
        _error_of(lambda: _lead_nowhere(stream.fileno()))
        _error_of(stream.flush)  # what it still holds


def _lead_nowhere(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def _error_of(act: Callable[[], object]) -> BaseException | None:
    try:
        act()
    except (KeyboardInterrupt, Hurry):
        raise
    except BaseException as error:  # noqa: BLE001 - the point of this module
        return error
    return None
