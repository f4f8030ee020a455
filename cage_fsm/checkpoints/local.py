"""The store on this machine: one directory, shared by the processes of one user."""

import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from cage_fsm.checkpoints.attempt import attempt
from cage_fsm.checkpoints.directory import DATABASE, prepare
from cage_fsm.checkpoints.envelope import Document, seal, unseal
from cage_fsm.checkpoints.hardened import HardenedCache
from cage_fsm.checkpoints.troubles import TROUBLES, while_doing, while_opening
from cage_fsm.engine.ports import Absent, Loaded, StoreDown, Superseded, Version


class LocalStore:
    """Documents in a diskcache. A write that returns is on disk; one that raises may be, if it is StoreDown.

    A version without its document means that somebody deleted it: to save or to delete it is Superseded.
    Damage in one document, or a foreign key beside it, leaves the other documents usable.
    """

    def __init__(self, directory: Path, timeout_seconds: float = 5) -> None:
        """Open the store in `directory`, which is made if need be. Raises StoreUnusable or StoreDown."""
        self.directory = prepare(directory)
        try:
            self._cache = HardenedCache(self.directory, timeout_seconds)
        except TROUBLES as trouble:
            raise while_opening(trouble, self.directory) from trouble
        self._opened = self._database()
        self._opener = threading.get_ident()
        weakref.finalize(self, self._cache.close)

    def create(self, key: str, text: str) -> Version:
        """Write a new document. Raises Superseded when there is one under `key`, even a damaged one."""
        with self._doing(f"create {key}"), self._cache.writing():
            if self._cache.has_row(key):
                message = f"{key} is in the store already."
                raise Superseded(message)
            return self._write(key, text, 1)

    def load(self, key: str) -> tuple[str, Version]:
        """Return the document under `key` with its version. Raises Absent when there is none."""
        with self._doing(f"load {key}"):
            found = self._find(key)
        if found is None:
            message = f"{key} is not in the store in {self.directory}."
            raise Absent(message)
        return found.text, found.version

    def load_all(self, keys: Iterable[str]) -> Iterable[Loaded]:
        """Return each document with its version, or why there is none."""
        return (attempt(self.load, key) for key in keys)

    def save(self, key: str, text: str, expected: Version) -> Version:
        """Write over the document of version `expected`."""
        with self._doing(f"save {key}"), self._cache.writing():
            found = self._require(key, expected)
            return self._write(key, text, found.writing + 1)

    def delete(self, key: str, expected: Version) -> None:
        """Delete the document of version `expected`."""
        with self._doing(f"delete {key}"), self._cache.writing():
            self._require(key, expected)
            self._cache.delete(key, retry=False)

    def list(self, prefix: str) -> Iterable[str]:
        """Return the keys that begin with `prefix`, sorted."""
        with self._doing(f"list {prefix or 'the keys'}"):
            return sorted(key for key in self._cache.iterkeys() if key.startswith(prefix))

    def close(self) -> None:
        """End the connection. The next use makes a new one."""
        self._cache.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        try:
            self._require_same_database()
            yield
            self._require_same_database()
        except TROUBLES as trouble:
            self._cache.close()  # ends a transaction that could not be ended otherwise
            raise while_doing(trouble, what, self.directory) from trouble
        finally:
            if threading.get_ident() != self._opener:
                self._cache.close()  # each thread has a connection, and close() reaches only the caller's

    def _require_same_database(self) -> None:
        """A removed database can be written to for as long as it is open, and is gone with the process."""
        if self._database() != self._opened:
            message = f"The database in {self.directory} was removed or replaced while it was in use."
            raise StoreDown(message)

    def _database(self) -> tuple[int, int] | None:
        try:
            found = (self.directory / DATABASE).stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _require(self, key: str, expected: Version) -> Document:
        found = self._find(key)
        if found is None or found.version != expected:
            message = f"{key} was {'changed' if found else 'deleted'} by another process."
            raise Superseded(message)
        return found

    def _find(self, key: str) -> Document | None:
        sealed = self._cache.value(key)
        return None if sealed is None else unseal(key, sealed)

    def _write(self, key: str, text: str, writing: int) -> Version:
        sealed, version = seal(key, text, writing)
        self._cache.set(key, sealed, retry=False)
        if self._cache.value(key) != sealed:
            message = f"{key} does not read back as it was written to {self.directory}."
            raise StoreDown(message)
        return version
