"""Asks each question once, patiently, and keeps what was not answered."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any, TypeVar

from cage_fsm.aws.errors import DENIED, AwsSaidNo
from cage_fsm.engine.asking import until_answered
from cage_fsm.engine.ports import Clock, Refused, Retryable, Suspend, Unreadable
from cage_fsm.plan.shapes import Said, Unanswered
from cage_fsm.redaction import redacted
from cage_fsm.usage import UsageError

Answer = TypeVar("Answer")

PATIENCE = timedelta(minutes=1)
"""After so long in all, a question that is not answered at once is not asked again."""

SILENCE = timedelta(seconds=15)
"""Whoever lets a question wait for longer does not answer: all pauses together are half of it."""

NO_ANSWER = (Retryable, Suspend, Refused, Unreadable, UsageError)


class Asking:
    """What AWS and the store answer, or why they do not; `known` are values that no words may hold."""

    def __init__(self, clock: Clock, known: Collection[str] = ()) -> None:
        self.clock, self._known = clock, known
        self._asked: dict[str, Callable[[], Any]] = {}
        self._spent = timedelta()
        self._silent: dict[str, Retryable] = {}
        self.unanswered: list[Unanswered] = []

    def once(self, name: str, ask: Callable[[], Answer], of: str = "") -> Answer:
        """The answer, or what was raised instead: neither is asked for again.

        Nobody is asked anything more `of` whom it is known that they do not answer at all.
        """
        if name not in self._asked:
            self._asked[name] = _raiser(self._silent[of]) if of in self._silent else self._ask(ask, of)
        answer: Answer = self._asked[name]()
        return answer

    def asked(self, what: str, ask: Callable[[], Answer]) -> Answer | None:
        """The answer to one question; None where there is none, which is kept as `unanswered`."""
        return self.told(what, lambda: self.once(what, ask))

    def told(self, what: str, find: Callable[[], Answer]) -> Answer | None:
        """The same of what asks its questions `once` itself."""
        try:
            return find()
        except NO_ANSWER as error:
            self.note(what, error)
            return None

    def note(self, what: str, error: Exception) -> None:
        """Keep that a question was not answered."""
        said, words = self.why(error)
        found = Unanswered(what, said, words)
        if found not in self.unanswered:
            self.unanswered.append(found)

    def why(self, error: Exception) -> tuple[Said, str]:
        """Why there is no answer, without secrets."""
        denied = isinstance(error, AwsSaidNo) and error.code in DENIED
        return "not permitted to look" if denied else "could not be told", self.discreet(str(error))

    def discreet(self, words: str) -> str:
        """Words of somebody else's, fit to be shown."""
        return redacted(words, self._known)

    def _ask(self, ask: Callable[[], Answer], of: str) -> Callable[[], Answer]:
        began = self.clock.now()
        try:
            answer = until_answered(self.clock, ask, began + PATIENCE - self._spent)
        except NO_ANSWER as error:
            if of and isinstance(error, Retryable) and self.clock.now() - began > SILENCE:
                self._silent[of] = error
            return _raiser(error)
        finally:
            self._spent += self.clock.now() - began
        return lambda: answer


def _raiser(error: Exception) -> Callable[[], Any]:
    def again() -> Any:
        raise error

    return again
