"""Reads what the machines of a lane have written: the runs of its cluster, and who holds its service."""

import json
from collections.abc import Iterator

from cage_fsm.checkpoints import open_store
from cage_fsm.engine.ports import Absent
from cage_fsm.engine.record import RUNS, Record, parse


class Books:
    """The records of one cluster, in a store that others share."""

    def __init__(self, address: str, cluster: str) -> None:
        self._store, self._cluster = open_store(address), cluster
        self._of_others: set[str] = set()
        self._told: set[str] = set()

    def record(self, run_id: str) -> Record:
        """A run as it is now."""
        text, _ = self._store.load(RUNS + run_id)
        return parse(text, run_id)

    def news(self) -> list[Record]:
        """The runs of this cluster that were not closed yet, the oldest first."""
        return sorted(self._news(), key=lambda record: record.updated_at)

    def close(self, records: list[Record]) -> None:
        """Nothing more is to be said of these."""
        self._told.update(record.id for record in records)

    def holder(self) -> str | None:
        """The unfinished run that holds a service of this cluster."""
        for key in self._store.list("claims/"):
            if f"/{self._cluster}/" in key:
                run_id = json.loads(self._store.load(key)[0])["run"]
                if run_id and not self._is_over(run_id):
                    return str(run_id)
        return None

    def _news(self) -> Iterator[Record]:
        for key in self._store.list(RUNS):
            run_id = key.removeprefix(RUNS)
            if run_id not in self._told | self._of_others:
                record = self.record(run_id)
                if record.inputs["cluster"] == self._cluster:
                    yield record
                else:
                    self._of_others.add(run_id)

    def _is_over(self, run_id: str) -> bool:
        try:
            return self.record(run_id).final
        except Absent:
            return True
