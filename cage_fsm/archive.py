"""Reads the records of a store: by id, all of them, and away with the old ones."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from cage_fsm.engine.asking import until_answered
from cage_fsm.engine.claims import key
from cage_fsm.engine.ports import Absent, Clock, Loaded, Refused, Retryable, Store, Suspend, Unreadable
from cage_fsm.engine.record import RUNS, Record, begun_at, parse_run, without_dead_owner
from cage_fsm.phases.facts import Facts, Inputs
from cage_fsm.usage import UsageError


class Archive:
    """The runs of one store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def find(self, reference: str) -> Record:
        """The run that `reference` means: an id, a unique beginning of one, or `last`. Raises UsageError.

        A run that was refused because another one holds the service is never the `last`.
        """
        ids = self._ids()
        if reference == "last" and ids:
            newest = (self.record(each) for each in reversed(ids))
            return next((each for each in newest if each.cause != "held"), self.record(ids[-1]))
        matching = [each for each in ids if reference and each.startswith(reference)]
        if len(matching) == 1:
            return self.record(matching[0])
        if not ids:
            message = "There are no runs in this store yet."
        elif not matching:
            message = (
                f"There is no run {reference or 'without an id'}. `cage-fsm runs` lists those of this store."
            )
        else:
            message = f"{reference} could be any of {', '.join(matching[:5])}. Type more of it."
        raise UsageError(message)

    def record(self, run_id: str) -> Record:
        """The record of a run. Raises UsageError for one that is missing, damaged or of another version."""
        (found,) = self._read([run_id])
        if isinstance(found, UsageError):
            raise found
        return found

    def records(self, begun: datetime | None = None) -> Iterator[Record | UsageError]:
        """Every run, oldest first; for one that cannot be read, the reason. Raises UsageError.

        Those of which the id tells that they are from before `begun` are not read.
        """
        return self._read([each for each in self._ids() if begun is None or _may_be_since(each, begun)])

    def newest(self, beginning: str, most: int) -> Iterator[Record]:
        """The newest runs whose id has this `beginning`; those that cannot be read are left out."""
        ids = [each for each in self._ids() if each.startswith(beginning)]
        return (each for each in self._read(ids[: -most - 1 : -1]) if isinstance(each, Record))

    def prune(self, older_than: timedelta) -> list[str]:
        """Remove the records of runs that ended longer ago than this; returns their ids."""
        pruned = []
        for record in self.records():
            if isinstance(record, Record) and record.final and self._age(record) > older_than:
                _, version = self._store.load(record.key)
                self._store.delete(record.key, version)
                pruned.append(record.id)
        return pruned

    def _age(self, record: Record) -> timedelta:
        return self._clock.now() - record.updated_at

    def _ids(self) -> list[str]:
        with _usage():
            keys = until_answered(self._clock, lambda: sorted(self._store.list(RUNS)))
        return [key.removeprefix(RUNS) for key in keys]

    def _read(self, ids: Sequence[str]) -> Iterator[Record | UsageError]:
        """Read runs; where the store does not answer at once, go on from there."""
        found: list[Loaded] = []

        def go_on() -> None:
            found.extend(self._store.load_all(RUNS + run_id for run_id in ids[len(found) :]))

        with _usage():
            until_answered(self._clock, go_on)
        return map(_record, ids, found)


def _may_be_since(run_id: str, begun: datetime) -> bool:
    at = begun_at(run_id)
    return at is None or at + timedelta(minutes=1) > begun  # without one, to read it tells why


def _record(run_id: str, found: Loaded) -> Record | UsageError:
    if isinstance(found, Absent):
        return UsageError(f"There is no run {run_id}.")
    if isinstance(found, Unreadable):
        return UsageError(str(found))
    try:
        record = parse_run(found[0], run_id)
        Inputs.of(record)
        _require_own_claim(record, Facts.of(record))
    except (Unreadable, Refused) as error:
        return UsageError(str(error))
    return without_dead_owner(record)


def _require_own_claim(record: Record, facts: Facts) -> None:
    if record.claim and facts.service_arn and record.claim != key(facts.service_arn, facts.cluster_arn):
        message = (
            f"Run {record.id} is damaged: it holds {record.claim}, which is not its service's. Nothing was "
            "done with it. Restore it from a backup."
        )
        raise Unreadable(message)


@contextmanager
def _usage() -> Iterator[None]:
    try:
        yield
    except (Unreadable, Retryable, Suspend) as error:
        raise UsageError(str(error)) from error
