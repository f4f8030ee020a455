"""Follows a run that another process drives, by its record alone. Reads, and writes nothing."""

from collections.abc import Callable, Iterator
from datetime import datetime

from cage_fsm.engine.durations import words
from cage_fsm.engine.owner import Owner, is_alive
from cage_fsm.engine.ports import (
    Absent,
    Clock,
    Event,
    Finished,
    Retryable,
    Store,
    Suspended,
    Unreadable,
)
from cage_fsm.engine.record import Record, outcome, parse
from cage_fsm.engine.taking import LEASE, NO_ANSWER
from cage_fsm.report.cause import evidence_of
from cage_fsm.usage import UsageError

EVERY_SECONDS = 1.0


class Watch:
    """One run, watched: `record` is as it was read last, `end` is how it was left, once it is."""

    def __init__(
        self,
        store: Store,
        record: Record,
        clock: Clock,
        *,
        alive: Callable[[Owner], bool | None] = is_alive,
    ) -> None:
        self.record = record
        self.end: Finished | Suspended | None = None
        self._store, self._clock, self._alive = store, clock, alive
        self._steps = self._drivers = 0
        self._changed_at = self._answered_at = clock.now()
        self._left_at: str | None = None

    def events(self) -> Iterator[Event]:
        """Look every second, until the run has ended or nobody drives it; the events of before come first.

        Raises UsageError when the record is removed or damaged, StoreDown when the store stays out of reach.
        """
        while True:
            yield from self._look()
            yield from self._news()
            yield from self._ending()
            if self.end:
                return
            self._clock.sleep(EVERY_SECONDS)

    def _look(self) -> Iterator[Event]:
        now = self._clock.now()
        try:
            text, _ = self._store.load(self.record.key)
            record = parse(text, f"Run {self.record.id}")
        except Retryable as error:
            if now - self._answered_at > NO_ANSWER:
                raise
            yield Event(now, "seen", self.record.state, f"{error}; looking again")
            return
        except (Absent, Unreadable) as error:
            raise UsageError(str(error)) from error
        self._answered_at = now
        if record.nonce != self.record.nonce:
            self._changed_at = now
        self.record = record

    def _news(self) -> list[Event]:
        record = self.record
        taken = [
            Event(driver.at, "seen", _state_at(record, driver.at), f"{driver} drives the run")
            for driver in record.drivers[self._drivers :]
        ]
        moved = [
            Event(step.at, "moved", step.to, step.reason, found.seen if found else {})
            for step in record.history[self._steps :]
            for found in [evidence_of(record, step)]
        ]
        self._drivers, self._steps = len(record.drivers), len(record.history)
        return sorted([*taken, *moved], key=lambda event: event.at)

    def _ending(self) -> Iterator[Event]:
        now, state = self._clock.now(), self.record.state
        if self.record.final:
            result = outcome(self.record)
            self.end = Finished(state, result.code)
            yield Event(self.record.entered_at, "finished", state, result.outcome)
        elif (why := self._left_alone()) is None:
            self._left_at = None
        elif self._left_at != self.record.nonce:
            self._left_at = self.record.nonce  # before its first save, or just after its last: look again
        else:
            self.record = self.record.model_copy(update={"owner": None})
            self.end = Suspended(why, outcome(self.record).code)
            yield Event(now, "suspended", state, why)

    def _left_alone(self) -> str | None:
        owner = self.record.owner
        if owner is None:
            return "no process drives the run"
        lives = self._alive(owner)
        if lives is False:
            return f"{owner}, which drove the run, is gone"
        if lives is None and self._clock.now() - self._changed_at > LEASE:
            return f"{owner} has given no sign for {words(LEASE.total_seconds())}; it seems dead"
        return None


def _state_at(record: Record, at: datetime) -> str:
    later = [step.source for step in record.history if step.at > at]
    return later[0] if later else record.state
