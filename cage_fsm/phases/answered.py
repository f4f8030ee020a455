"""Questions whose answer a run can do without."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.elbv2 import DRAIN_SECONDS
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.engine.ports import Retryable, StoreDown
from cage_fsm.engine.run import Run

Answer = TypeVar("Answer")

UNANSWERED = 5
"""After so many looks in a row without an answer, it is done without."""


def answered(run: Run, name: str, ask: Callable[[], Answer], otherwise: Answer) -> Answer:
    """What `ask` answers, or `otherwise` where a cloud does not even say that it cannot answer.

    Raises Retryable until that is clear: the next look asks again.
    """
    try:
        found = ask()
    except StoreDown:
        raise
    except Retryable:
        if run.looks.see(f"no {name}", run.clock.now())[1] < UNANSWERED:
            raise
        return otherwise
    run.looks.forget(f"no {name}")
    return found


def drain_of(aws: Aws, run: Run, arn: str) -> float:
    """For how many seconds a target group lets its targets drain; AWS's own delay where that is not told.

    It only says how long to wait.
    """

    def ask() -> float:
        try:
            return answered(run, "drain", partial(aws.elbv2.drain_seconds, arn), DRAIN_SECONDS)
        except AwsSaidNo:
            return DRAIN_SECONDS

    return run.once(f"drain {arn}", ask)
