"""Asks again where no later look of a run will."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from cage_fsm.engine.ports import Clock, Retryable

Answer = TypeVar("Answer")

PAUSES = (0.5, 1, 2, 4)
"""Seconds between the attempts of one question."""


def until_answered(clock: Clock, question: Callable[[], Answer], until: datetime | None = None) -> Answer:
    """Ask until there is an answer, five times at the most, and no more after `until`.

    Raises Retryable in the end.
    """
    for seconds in PAUSES:
        try:
            return question()
        except Retryable:
            if until and clock.now() >= until:
                raise
            clock.sleep(seconds)
    return question()
