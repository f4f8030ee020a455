"""The audit of a service, or of what would be deployed: images are looked at side by side."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, as_completed
from threading import Semaphore, Thread
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
    slots = Semaphore(width)

    def look(future: Future[Audited], subject: Subject, platform: Platform) -> None:
        with slots:
            try:
                future.set_result(audited(ecr, subject, platform, ask))
            except Exception as error:  # noqa: BLE001 - it is raised where somebody waits for it
                future.set_exception(error)

    asked = {Future[Audited](): each for each in subjects.items()}
    for future, each in asked.items():
        # A pool would be waited for at the end: a Ctrl-C would last as long as a call that hangs.
        Thread(target=look, args=(future, *each), daemon=True).start()
    for done, future in enumerate(as_completed(asked), start=1):
        future.result()
        tell(done)
    return [future.result() for future in asked]
