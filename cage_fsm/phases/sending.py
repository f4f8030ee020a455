"""Sends a call that must not be made twice, and remembers when it proved to have had no effect."""

from collections.abc import Iterator
from contextlib import contextmanager

from cage_fsm.engine.ports import Refused, Retryable
from cage_fsm.engine.run import Run


@contextmanager
def sending(run: Run, call: str) -> Iterator[None]:
    """Around one attempt of `call`: throttled or refused, it was not made; otherwise it is in doubt."""
    try:
        yield
    except Retryable as error:
        if error.unsent:
            run.was_not_sent(call)
        raise
    except Refused:
        run.was_not_sent(call)
        raise
