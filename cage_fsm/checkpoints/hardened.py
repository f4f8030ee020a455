"""diskcache, hardened: by default it evicts, unpickles what it finds and does not sync what it writes.

Large values it keeps in files, which a rolled back transaction loses; a missing file it reports as a missing
key. Here every value is inline, and whatever is not a text key with inline bytes is refused in both
directions. Settings live in the database, where any opener may have changed them: each one is pinned.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import diskcache

from cage_fsm.checkpoints.directory import DATABASE
from cage_fsm.checkpoints.envelope import Damaged
from cage_fsm.checkpoints.undisturbed import undisturbed

_SETTINGS: dict[str, int | str] = {
    **{name: value for name, value in diskcache.DEFAULT_SETTINGS.items() if name != "sqlite_synchronous"},
    "eviction_policy": "none",
    "cull_limit": 0,
    "size_limit": 2**40,
    "statistics": 0,
    "sqlite_mmap_size": 0,
    "disk_min_file_size": 2**31 - 1,
}
_SYNCED = 2
"""SQLite's `synchronous` for documents: every commit waits for the disk."""

_WHILE_OPENING = 1
"""The same for the settings, of which diskcache writes each by itself at every opening."""

_COUNTERS = {"count", "size", "hits", "misses"}
_TABLES = {"Cache", "Settings"}
_INLINE = 1
"""diskcache's mode for a value in the row itself; the others are files and pickles."""


class InlineDisk(diskcache.Disk):  # type: ignore[misc]
    """Text keys and inline bytes, nothing else: no pickle, no file."""

    def put(self, key: object) -> tuple[str, bool]:
        if type(key) is not str:
            message = f"a key is text, not {type(key).__name__}"
            raise TypeError(message)
        return key, True

    def get(self, key: object, raw: object) -> str:
        if not raw or not isinstance(key, str):
            message = f"the key {key!r:.80} is not text; cage-fsm did not write it"
            raise Damaged(message)
        return key

    def store(
        self,
        value: object,
        read: object,
        key: object = None,  # noqa: ARG002 - diskcache passes it by name
    ) -> tuple[int, int, None, memoryview]:
        if read or not isinstance(value, bytes):
            message = f"a value is bytes, not {type(value).__name__}"
            raise TypeError(message)
        return 0, _INLINE, None, memoryview(value)

    def fetch(self, mode: object, filename: object, value: object, read: object) -> bytes:
        if mode != _INLINE or filename is not None or read or not isinstance(value, bytes):
            message = "its value is not inline bytes; cage-fsm did not write it"
            raise Damaged(message)
        return value

    def remove(self, file_path: object) -> None:
        """Remove nothing: no file is ours, whatever name a row holds."""


class HardenedCache(diskcache.Cache):  # type: ignore[misc]
    """A cache that keeps everything, durably. Raises Damaged when the database is foreign."""

    def __init__(self, directory: Path, timeout_seconds: float) -> None:
        _look_before_opening(directory / DATABASE, timeout_seconds)
        try:
            super().__init__(
                str(directory),
                timeout=timeout_seconds,
                disk=InlineDisk,
                sqlite_synchronous=_WHILE_OPENING,
                **_SETTINGS,
            )
            self.reset("sqlite_synchronous", _SYNCED)
            self._require_settings()
        except BaseException:
            self.close()
            raise

    def has_row(self, key: str) -> bool:
        """Tell whether there is a row for `key`, whatever it holds."""
        return self._row(key) is not None

    def value(self, key: str) -> bytes | None:
        """Return the value; None when there is no row. `get` says None to a row without its value, too."""
        row = self._row(key)
        if row is None:
            return None
        mode, filename, found, expires = row
        if expires is not None:
            message = "it was given an end; cage-fsm did not write it"
            raise Damaged(message)
        value: bytes = self.disk.fetch(mode, filename, found, read=False)
        return value

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep every other writer out; what was written inside is synced at the end, or undone."""
        with undisturbed():
            self._sql(f"PRAGMA synchronous = {_SYNCED}")  # a new connection takes what the database says
            with self.transact(retry=False):
                yield

    def _row(self, key: str) -> tuple[Any, ...] | None:
        select = "SELECT mode, filename, value, expire_time FROM Cache WHERE key = ? AND raw = 1"
        row: tuple[Any, ...] | None = self._sql(select, (key,)).fetchone()
        return row

    def _require_settings(self) -> None:
        found = dict(self._sql("SELECT key, value FROM Settings").fetchall())
        changed = {name for name, value in _SETTINGS.items() if found.get(name) != value}
        changed |= {
            pragma
            for pragma, value in (("synchronous", _SYNCED), ("journal_mode", "wal"))
            if self._sql(f"PRAGMA {pragma}").fetchone()[0] != value
        }
        if changed:
            message = f"another program works in it with other settings ({', '.join(sorted(changed))})"
            raise Damaged(message)


def _look_before_opening(database: Path, timeout_seconds: float) -> None:
    """Refuse a foreign database before diskcache adds its tables and obeys the settings that it finds.

    A lock is waited for here and with a limit: diskcache would try again for a minute at every step.
    """
    address = f"{database.as_uri()}?mode=rw"
    with closing(
        sqlite3.connect(address, timeout=timeout_seconds, isolation_level=None, uri=True)
    ) as connection:
        connection.execute("BEGIN IMMEDIATE")
        tables = _names(connection, "SELECT name FROM sqlite_master WHERE type = 'table'") - {
            "sqlite_sequence"
        }
        settings = _names(connection, "SELECT key FROM Settings") if "Settings" in tables else set()
        connection.execute("ROLLBACK")
    foreign = (tables - _TABLES) | (settings - diskcache.DEFAULT_SETTINGS.keys() - _COUNTERS)
    if foreign:
        message = (
            f"{database.name} in it belongs to another program (it has {', '.join(sorted(foreign)):.80})"
        )
        raise Damaged(message)


def _names(connection: sqlite3.Connection, query: str) -> set[Any]:
    return {str(name) for (name,) in connection.execute(query)}
