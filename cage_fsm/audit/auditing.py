"""The audit of a service, or of what would be deployed: images are looked at side by side."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from cage_fsm.audit.reading import NO_ANSWER, Ask, audited
from cage_fsm.aws.ecr import Ecr
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.engine.asking import until_answered
from cage_fsm.engine.ports import Clock, Retryable
from cage_fsm.images import Platform
from cage_fsm.judge.scan import Audited, Subject

WIDTH = 8
"""How many images are looked at at once; ten connections are what a client of botocore's keeps."""


def patiently(clock: Clock) -> Ask:
    """Asks five times at the most."""

    def ask(name: str, question: Callable[[], Any]) -> Any:
        try:
            return until_answered(clock, question)
        except Retryable as error:
            raise AwsSaidNo(name, NO_ANSWER, str(error), {}) from error

    return ask


def audit(
    ecr: Ecr, subjects: Mapping[Subject, Platform], ask: Ask, tell: Callable[[int], None], width: int = WIDTH
) -> list[Audited]:
    """Audit images, in their order; `tell` hears how many are done. Raises Suspend."""
    pool = ThreadPoolExecutor(width)
    try:
        asked = [pool.submit(audited, ecr, each, platform, ask) for each, platform in subjects.items()]
        for done, future in enumerate(as_completed(asked), start=1):
            future.result()
            tell(done)
    finally:
        pool.shutdown(cancel_futures=True)
    return [future.result() for future in asked]
