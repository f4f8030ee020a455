"""What shows a run: something that is told events, one after the other, and closed at the end."""

from typing import Protocol, runtime_checkable

from cage_fsm.engine.ports import Event


class Reader(Protocol):
    """Shows one run. Called by the runner after each save and each wait."""

    def __call__(self, event: Event, /) -> None: ...

    def close(self) -> None: ...


@runtime_checkable
class Ticking(Protocol):
    """A reader that also shows how time goes by, without an event."""

    def tick(self) -> None: ...


class Nothing:
    """Shows nothing: what is left of a reader whose terminal or pipe is gone."""

    def __call__(self, event: Event, /) -> None:
        """Ignore it."""

    def close(self) -> None:
        """Nothing is open."""
