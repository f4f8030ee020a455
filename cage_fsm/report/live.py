"""On a terminal: the path of the run, drawn again in place while it moves.

Time goes by on the screen also while the run sleeps: rich's own thread draws four times a second, and only
what differs from the last picture. The record is asked for each time; it is frozen, so a thread may look.
"""

import math
from collections.abc import Callable
from datetime import datetime
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
from rich.text import Text

from cage_fsm.engine.definition import Definition
from cage_fsm.engine.ports import Event
from cage_fsm.engine.record import Record
from cage_fsm.report.bar import Counts, counts
from cage_fsm.report.frame import Size, View, draw
from cage_fsm.report.lines import is_same
from cage_fsm.report.terminal import marks
from cage_fsm.report.text import forgive

PICTURES_PER_SECOND = 4
LAST_EVENTS = 4


class LivePath:
    """Shows one run on the terminal `stream`; the last picture of the path stays when it is closed."""

    def __init__(
        self,
        stream: TextIO,
        definition: Definition,
        record: Callable[[], Record | None],
        now: Callable[[], datetime],
        *,
        no_color: bool | None = None,
    ) -> None:
        forgive(stream)
        self._console = Console(file=stream, markup=False, emoji=False, highlight=False, no_color=no_color)
        self._marks, self._definition = marks(stream), definition
        self._record, self._now = record, now
        self._seen: Event | None = None
        self._counts: Counts | None = None
        self._direction: str | None = None
        self._tail: tuple[Event, ...] = ()
        self._live = _Pictures(self._picture, self._console)

    def __call__(self, event: Event, /) -> None:
        """Show `event`, within a quarter of a second."""
        self._count(event)
        past = [] if self._seen is None or is_same(event, self._seen) else [self._seen]
        self._seen = event if event.kind == "seen" else None
        if self._seen is None:
            past.append(event)
        self._tail = (*self._tail, *past)[-LAST_EVENTS:]
        self._open()

    def tick(self) -> None:
        """Show how time went by; the first one draws the path before anything happened."""
        self._open()
        self._live.refresh()

    def close(self) -> None:
        """Leave the path on the screen; what is written later stands below it."""
        self._tail = ()
        self._live.stop()

    def _count(self, event: Event) -> None:
        """Keep the counts of the deployment under way: not every look is about it."""
        record = self._record()
        direction = record.direction if record else None
        kept = self._counts if direction == self._direction else None
        self._direction, self._counts = direction, counts(event.evidence) or kept

    def _open(self) -> None:
        if not self._live.is_started:
            self._live.start()
            # Nobody gives the cursor back to the user of a process that was killed.
            self._console.show_cursor(True)  # noqa: FBT003

    def _picture(self, size: Size) -> Text:
        seen = self._seen.words if self._seen else ""
        view = View(self._definition, self._record(), self._now(), seen, self._counts, self._tail)
        return draw(view, self._marks, size)


class _Pictures(Live):
    """A Live that draws only what changed, and whose thread ends in silence with the terminal."""

    def __init__(self, picture: Callable[[Size], Text], console: Console) -> None:
        self._picture, self._drawn, self._broken, self._width = picture, Text(), False, 0
        super().__init__(
            console=console,
            get_renderable=lambda: self._drawn,
            refresh_per_second=PICTURES_PER_SECOND,
            vertical_overflow="crop",
        )

    def refresh(self) -> None:
        """Draw, if there is something new. What cannot be drawn is the end of drawing, not of the run."""
        with self._lock:
            if not self._broken:
                try:
                    self._draw()
                except (Exception, SystemExit):  # noqa: BLE001 - rich makes SystemExit of a broken pipe
                    self._broken = True

    def _draw(self) -> None:
        width, height = self.console.size
        if width < self._width:
            self._count_again(width)
        self._width = width
        picture = self._picture(Size(width, height if self.is_started else 10_000))
        if picture != self._drawn or not self.is_started:
            self._drawn = picture
            super().refresh()

    def _count_again(self, width: int) -> None:
        # A terminal made narrower breaks the lines that stand there; rich would go up too few of them.
        rows = sum(max(1, math.ceil(cell_len(line) / width)) for line in self._drawn.plain.split("\n"))
        self._live_render._shape = (width, rows)  # noqa: SLF001 - there is no other way to say it
