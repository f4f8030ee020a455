"""What a sweep works with: AWS, the store, the time, and what it may take for left behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from cage_fsm.aws.clients import Aws
from cage_fsm.engine.asking import until_answered
from cage_fsm.engine.owner import Owner, is_alive
from cage_fsm.engine.ports import Absent, Clock, Loaded, Refused, Retryable, Store, Suspend, Unreadable
from cage_fsm.engine.record import RUNS, Record, parse_run
from cage_fsm.phases.facts import Facts, Inputs

Answer = TypeVar("Answer")

NO_ANSWER = (Retryable, Suspend, Refused, Unreadable)
"""What a question to AWS or to the store may end in."""


@dataclass(frozen=True)
class Stored:
    """What the store has of a run: a record, or words why it cannot be read, or nothing."""

    id: str
    record: Record | None = None
    unreadable: str = ""

    @property
    def over(self) -> Record | None:
        """The record of a run that has ended."""
        return self.record if self.record and self.record.final else None

    @property
    def unfinished(self) -> Record | None:
        """The record of a run that has not."""
        return self.record if self.record and not self.record.final else None


@dataclass(frozen=True)
class Scene:
    """Whatever is younger than `older_than` is left alone."""

    aws: Aws
    store: Store
    clock: Clock
    alive: Callable[[Owner], bool | None] = is_alive
    older_than: timedelta = timedelta(hours=1)
    include_unknown: bool = False
    runs: dict[str, Stored] = field(default_factory=dict)
    """As they were read last."""

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """Ask until there is an answer. Raises Retryable, Suspend or Refused in the end."""
        return until_answered(self.clock, question)

    def is_old(self, *times: datetime | None) -> bool:
        """Whether all these moments are known and long enough ago. Zero takes any: clocks differ a little."""
        now = self.clock.now()
        return all(at and (now - at >= self.older_than or not self.older_than) for at in times)

    def read_runs(self) -> None:
        """Read every run of the store as it is now; one that is over does not change any more."""
        ids = [key.removeprefix(RUNS) for key in self.ask(lambda: sorted(self.store.list(RUNS)))]
        for gone in self.runs.keys() - set(ids):
            del self.runs[gone]
        self._read([each for each in ids if not self.run(each).over])

    def read_run(self, run_id: str) -> Stored:
        """Read one run, as it is now."""
        self._read([run_id])
        return self.runs[run_id]

    def run(self, run_id: str) -> Stored:
        """A run as it was read last."""
        return self.runs.get(run_id, Stored(run_id))

    def _read(self, ids: Sequence[str]) -> None:
        found = self.ask(lambda: [*self.store.load_all(RUNS + each for each in ids)])
        self.runs.update({run_id: _stored(run_id, each) for run_id, each in zip(ids, found, strict=True)})


def _stored(run_id: str, found: Loaded) -> Stored:
    if isinstance(found, Absent):
        return Stored(run_id)
    try:
        if isinstance(found, Unreadable):
            raise found
        record = parse_run(found[0], run_id)
        Inputs.of(record)
        Facts.of(record)
    except Unreadable as error:
        return Stored(run_id, unreadable=str(error))
    return Stored(run_id, record)
