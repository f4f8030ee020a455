"""What the engine gives and takes: the results of a look, the errors that steer it, its two ports."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType, Protocol

from pydantic import JsonValue

from cage_fsm.engine.definition import Trigger

Cause = Literal["failed", "refused", "held", "interrupted", "rollback"]
Kind = Literal["moved", "seen", "wrote", "suspended", "finished"]
Version = NewType("Version", str)


@dataclass(frozen=True)
class Outcome:
    """A verdict: the trigger to fire, the reason as a sentence, and what it was judged on.

    `cause` is given when the trigger alone does not say why the way forward is left.
    """

    trigger: Trigger
    reason: str = ""
    evidence: Mapping[str, JsonValue] = field(default_factory=dict)
    cause: Cause | None = None


@dataclass(frozen=True)
class Wait:
    """No verdict yet: look again in `seconds`. `seen` says what this look saw, `evidence` is it as data."""

    seconds: float
    seen: str
    evidence: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Suspended:
    """The process may end here with exit code `code`; a resume goes on."""

    why: str
    code: int = 75


@dataclass(frozen=True)
class Moved:
    """The run entered `state`."""

    state: str


@dataclass(frozen=True)
class Finished:
    """The run is in the final `state`; `code` is the exit code that says so."""

    state: str
    code: int


@dataclass(frozen=True)
class Event:
    """Something to show: `words` about `state` at the time `at` (UTC), and what they were judged on.

    What was `wrote` are words of a container's, one line.
    """

    at: datetime
    kind: Kind
    state: str
    words: str
    evidence: Mapping[str, JsonValue] = field(default_factory=dict)


class Retryable(Exception):
    """No answer this time; the next look goes on. `unsent`: the call proved to have had no effect."""

    def __init__(self, reason: str, *, unsent: bool = False) -> None:
        super().__init__(reason)
        self.unsent = unsent


class Refused(Exception):
    """A verdict found where no outcome can be returned; the next look fires it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Suspend(Exception):
    """Nothing can be done now (credentials have expired, for example); a resume goes on."""


class Hurry(BaseException):
    """A second signal: whatever is being done is broken off here, as a crash would do it.

    Like KeyboardInterrupt no Exception, so that nothing takes it for a failure of what was being done.
    """


class Superseded(Exception):
    """Another process owns this run or this claim. AWS is not touched again."""


class StoreDown(Retryable):
    """The store did not answer or could not write. Whether the last write holds is not known."""


class Absent(LookupError):
    """The store has nothing under this key."""


class Unreadable(Exception):
    """What is stored is damaged, foreign, or from another version: never guessed, never run."""


Loaded = tuple[str, Version] | Absent | Unreadable
"""A document with its version, or why there is none."""


class Store(Protocol):
    """Documents under keys, each write a compare-and-swap.

    A lost race is Superseded, a missing key Absent, a damaged value Unreadable, expired credentials Suspend,
    anything else StoreDown.
    """

    def create(self, key: str, text: str) -> Version: ...

    def load(self, key: str) -> tuple[str, Version]: ...

    def load_all(self, keys: Iterable[str]) -> Iterable[Loaded]: ...

    def save(self, key: str, text: str, expected: Version) -> Version: ...

    def delete(self, key: str, expected: Version) -> None: ...

    def list(self, prefix: str) -> Iterable[str]: ...


class Clock(Protocol):
    """Time in UTC, and the only place where anything sleeps. A signal ends a sleep early."""

    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...
