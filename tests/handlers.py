"""What this process does at a signal, put back after a test."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from cage_fsm.signals import HEARD


@contextmanager
def as_before() -> Iterator[None]:
    """Put the handlers of signals back at the end."""
    before = {number: signal.getsignal(number) for number in HEARD}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
