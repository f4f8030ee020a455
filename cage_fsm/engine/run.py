"""A run in the hands of one process: its record, and the only ways to change it."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from pydantic import JsonValue

from cage_fsm.engine import claims
from cage_fsm.engine.asking import until_answered
from cage_fsm.engine.definition import Trigger
from cage_fsm.engine.looks import Looks
from cage_fsm.engine.owner import Owner
from cage_fsm.engine.ports import (
    Absent,
    Clock,
    Outcome,
    Store,
    StoreDown,
    Superseded,
    Suspend,
    Suspended,
    Unreadable,
    Version,
    Wait,
)
from cage_fsm.engine.record import RUNS, Driver, Evidence, Intent, Record, parse, parse_run

Answer = TypeVar("Answer")

HEARTBEAT = timedelta(seconds=30)
"""A look begins with a save when the next one may come later than this after the last save."""


class Run:
    """One run as this process knows it. Saves are compare-and-swap: a lost race is Superseded.

    In memory only: whether this process entered the state; whether a save is unconfirmed; how many signals
    came, and whether one may break off what is being done; the verdict that the next look fires; what the
    user asked for (it outlives a failed save).
    """

    def __init__(self, store: Store, record: Record, version: Version, owner: Owner, clock: Clock) -> None:
        self.store, self.record, self.version, self.owner, self.clock = store, record, version, owner, clock
        self.entered = False
        self.stale = False
        self.signals = 0
        self.may_be_broken_off = False
        self.verdict: Outcome | None = None
        self.asked: Outcome | None = None
        self.looks = Looks()
        self._attempted = record.nonce
        self._saved_at: datetime | None = None
        self._held_since = clock.now()
        self._sent_at: dict[str, datetime] = {}
        self._unsent: set[str] = set()
        self._sent_before: set[str] = set()
        self._known: dict[str, Any] = {}

    @classmethod
    def create(cls, store: Store, record: Record, owner: Owner, clock: Clock) -> "Run":
        """Save a new record, owned by nobody yet; tries again while the store does not answer.

        Raises StoreDown in the end, and then it may be there, untouched.
        """
        record = record.model_copy(update={"nonce": secrets.token_hex(8)})
        text = record.model_dump_json()
        version = until_answered(clock, lambda: _created(store, record.key, text))
        return cls(store, record, version, owner, clock)

    @classmethod
    def load(cls, store: Store, run_id: str, owner: Owner, clock: Clock) -> "Run":
        """Read a run. Raises Absent, Unreadable or StoreDown."""
        text, version = until_answered(clock, lambda: store.load(RUNS + run_id))
        return cls(store, parse_run(text, run_id), version, owner, clock)

    def was_removed(self) -> bool:
        """Whether the store answers that it has no such run any more."""
        try:
            self.store.load(self.record.key)
        except Absent:
            return True
        except (StoreDown, Suspend, Unreadable):
            pass
        return False

    def refresh(self) -> None:
        """Read the record again. Raises Superseded when somebody has removed it."""
        try:
            text, self.version = self.store.load(self.record.key)
        except Absent:
            message = f"Run {self.record.id} was removed from the store."
            raise Superseded(message) from None
        self.record = parse_run(text, self.record.id)

    def reload(self) -> None:
        """Find out what the store holds after a save that failed. Raises Superseded if it is another's."""
        ours = {self.record.nonce, self._attempted}
        self.refresh()
        if self.record.nonce not in ours:
            raise self._superseded()
        self.stale = False
        self.begin_state()

    def begin_state(self) -> None:
        """Forget what this process has seen and done in a state: it has to be entered, again or anew."""
        self.entered, self.verdict = False, None
        self.looks.clear()
        self._known.clear()

    def save(self, **changes: Any) -> None:
        """Write the record with `changes`. It counts only once the store has confirmed it."""
        self._require_confirmed()
        now = self.clock.now()
        changes |= {"updated_at": now, "revision": self.record.revision + 1, "nonce": secrets.token_hex(8)}
        text = self.record.model_copy(update=changes).model_dump_json()
        record = parse(text, f"Run {self.record.id}")  # what is written must be what can be read
        self._attempted = record.nonce
        try:
            self.version = self.store.save(record.key, text, self.version)
        except Superseded as error:
            self.stale = True
            raise self._superseded() from error
        except BaseException:
            self.stale = True
            raise
        self.record, self._saved_at = record, now

    def take(self, **changes: Any) -> None:
        """Make this process the owner, and keep who it was for the time when it is not any more."""
        us, at = self.owner, self.clock.now()
        driver = Driver(at=at, user=us.user, host=us.host, pid=us.pid)
        self.save(owner=us, drivers=(*self.record.drivers, driver), **changes)
        self._held_since = self.clock.now()

    @contextmanager
    def until_hurried(self) -> Iterator[None]:
        """Let a second signal raise Hurry out of what is done inside."""
        self.may_be_broken_off = True
        try:
            yield
        finally:
            self.may_be_broken_off = False

    def heartbeat(self, at_most: timedelta = HEARTBEAT) -> None:
        """Save when the last confirmed save is older than `at_most`. Raises StoreDown on a stale run."""
        self._require_confirmed()
        if self._saved_at is None or self.clock.now() - self._saved_at > at_most:
            self.save()

    def _require_confirmed(self) -> None:
        if self.stale:
            message = "an earlier save was not confirmed"
            raise StoreDown(message)

    def _superseded(self) -> Superseded:
        """What to say of a run that was lost, and of calls that its new owner may not know of."""
        words = f"Run {self.record.id} {self._fate()}."
        calls = [call for call, at in self._sent_at.items() if self._saved_at and at >= self._saved_at]
        if calls:
            words += (
                f" Just before that was seen, this process sent {', '.join(calls)}: whether it came too late "
                f"shows with `cage-fsm show {self.record.id}`, and what it may have left is found by "
                "`cage-fsm sweep`."
            )
        return Superseded(words)

    def _fate(self) -> str:
        try:
            now = parse(self.store.load(self.record.key)[0], "it")
        except Absent:
            return "was removed from the store"
        except (StoreDown, Suspend, Unreadable):
            return "was changed by another process"
        return (
            f"is driven by {now.owner} now" if now.owner else f"was brought to {now.state} by another process"
        )

    def note(self, **facts: JsonValue) -> None:
        """Save facts just learned; those already known cost nothing."""
        if any(name not in self.record.facts or self.record.facts[name] != facts[name] for name in facts):
            self.save(facts={**self.record.facts, **facts})

    def remember(self, **facts: JsonValue) -> None:
        """Keep in memory facts that may get lost in a crash; the next save writes them."""
        self.record = self.record.model_copy(update={"facts": {**self.record.facts, **facts}})

    def testify(self, trigger: Trigger, reason: str, seen: Mapping[str, JsonValue]) -> None:
        """Add evidence in memory; the save of the next entry writes it."""
        found = Evidence(
            at=self.clock.now(), state=self.record.state, trigger=trigger, reason=reason, seen=dict(seen)
        )
        self.record = self.record.model_copy(update={"evidence": (*self.record.evidence, found)})

    def intend(self, call: str, attempt: int = 1) -> str:
        """Save that `call` is about to be sent, and return its token: the same for the same attempt.

        To be called right before every mutating call. Nothing may be sent if this raises: an intent that is
        known is saved as well, because only a save tells that the run is still this process's.
        """
        known = self.record.intents.get(call)
        if self.in_doubt(call):
            self._sent_before.add(call)
        if known and known.attempt == attempt:
            self.save()
        else:
            token = f"{self.record.id}-{attempt}"
            known = Intent(call=call, attempt=attempt, token=token, at=self.clock.now())
            self.save(intents={**self.record.intents, call: known})
        self._unsent.discard(call)
        self._sent_at[call] = self.clock.now()
        return known.token

    def last_sent(self, call: str) -> datetime:
        """The latest moment at which `call` may have gone out.

        What an earlier process sent, it sent before this one took the run; its clock is never asked.
        """
        return self._sent_at.get(call, self._held_since)

    def in_doubt(self, call: str) -> Intent | None:
        """The open intent of a call that may have been sent; None for one that never was."""
        return None if call in self._unsent else self.record.intents.get(call)

    def was_not_sent(self, call: str) -> None:
        """Remember that the last attempt of `call` proved to have had no effect.

        That says nothing of an earlier attempt whose answer was lost, with its process perhaps.
        """
        if call not in self._sent_before:
            self._unsent.add(call)

    def once(self, name: str, ask: Callable[[], Answer]) -> Answer:
        """Ask for something that does not change while the state lasts; an answer is not asked for again."""
        if name not in self._known:
            self._known[name] = ask()
        answer: Answer = self._known[name]
        return answer

    def ask_again(self, name: str) -> None:
        """Let `once` ask for this anew: it may have changed after all."""
        self._known.pop(name, None)

    def claim(self, service_arn: str, cluster_arn: str) -> None:
        """Make this run the only one of the service. Raises Refused when another run holds it."""
        key = claims.key(service_arn, cluster_arn)
        if self.record.claim != key:
            self.save(claim=key)  # before taking it: a crash in between must leave a trace
        claims.take(self.store, key, self.record.id, self.clock.now())

    def release_claim(self) -> None:
        """Free the service, if this run holds it."""
        if self.record.claim:
            claims.release(self.store, self.record.claim, self.record.id)


def _created(store: Store, key: str, text: str) -> Version:
    """Create a document, unless an attempt whose answer was lost did. Raises StoreDown or Superseded."""
    try:
        return store.create(key, text)
    except Superseded:
        found, version = store.load(key)
        if found != text:
            raise
        return version


class Phase(Protocol):
    """What a state does. `enter` makes it so, `poll` judges, `exit` only adds evidence in memory.

    `explain` gives a verdict against the rollout back with more evidence, as far as that can be had at once.
    """

    @property
    def outcomes(self) -> frozenset[Trigger]: ...

    def enter(self, run: Run) -> None: ...

    def poll(self, run: Run) -> Outcome | Wait | Suspended: ...

    def explain(self, run: Run, verdict: Outcome) -> Outcome: ...

    def exit(self, run: Run) -> None: ...


class Hurries(Protocol):
    """A phase that can release all that its machine starts, without waiting for anything.

    `hurry` returns whether a task is known that could be told to stop.
    """

    def hurry(self, run: Run) -> bool: ...
