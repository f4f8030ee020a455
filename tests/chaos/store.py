"""The stores that machines share, and what those of a lane have written there."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3

from cage_fsm.checkpoints import open_store
from cage_fsm.engine.ports import Absent
from cage_fsm.engine.record import RUNS, Record, parse
from tests.s3_server import s3_server, settings

BUCKET = "chaos"


@dataclass(frozen=True)
class SharedStore:
    """A store, and what leads a machine to it."""

    kind: str
    address: str
    env: Mapping[str, str]


@contextmanager
def shared_stores(place: Path) -> Iterator[list[SharedStore]]:
    """A directory, and a bucket in an S3 of its own."""
    with s3_server() as url:
        os.environ.update(settings(url))  # for `Books`, which reads the bucket from here
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=BUCKET)
        yield [
            SharedStore("a directory", str(place / "store"), {}),
            SharedStore("S3", f"s3://{BUCKET}/some/where", settings(url)),
        ]


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

    def unfinished(self) -> list[Record]:
        """Those of them that have not ended."""
        return [record for record in self.news() if not record.final]

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
