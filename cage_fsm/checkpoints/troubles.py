"""What SQLite and diskcache complain of, as the errors of a store."""

import sqlite3
from pathlib import Path

import diskcache

from cage_fsm.checkpoints.directory import MEND
from cage_fsm.checkpoints.envelope import Damaged
from cage_fsm.checkpoints.errors import StoreUnusable
from cage_fsm.engine.ports import StoreDown, Unreadable

TROUBLES = (Damaged, diskcache.Timeout, sqlite3.Error)

_WORDS = {
    sqlite3.SQLITE_BUSY: "another process keeps it locked",
    sqlite3.SQLITE_CANTOPEN: "its database cannot be opened",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk gave an error; it may be full",
    sqlite3.SQLITE_PERM: "its database may not be used",
    sqlite3.SQLITE_READONLY: "its database cannot be written to",
}
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH}
_UNFIT = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY}


def while_opening(trouble: Exception, directory: Path) -> Exception:
    """Translate what went wrong while the store in `directory` was opened."""
    code, words = _meaning(trouble)
    if code in _DAMAGE:
        return StoreUnusable(f"What is in {directory} is not a store of cage-fsm: {words}. {MEND}")
    if code in _UNFIT:
        return StoreUnusable(f"The store cannot be in {directory}: {words}. {MEND}")
    return StoreDown(f"The store in {directory} cannot be opened: {words}.", unsent=True)


def while_doing(trouble: Exception, doing: str, directory: Path) -> Exception:
    """Translate what went wrong while `doing` something in the store in `directory`."""
    code, words = _meaning(trouble)
    if code in _DAMAGE:
        return Unreadable(
            f"Cannot {doing} in the store in {directory}: {words}. Nothing was done with it. Restore the "
            "directory from a backup, or move it away, start with an empty one, and look for tasks of "
            "unfinished runs: their startedBy begins with cage-fsm/."
        )
    return StoreDown(f"Cannot {doing} in the store in {directory}: {words}.")


def _meaning(trouble: Exception) -> tuple[int, str]:
    first = _first(trouble)
    code = _code(first)
    words = _WORDS.get(code)
    return code, f"{words} ({first})" if words else str(first)


def _first(trouble: Exception) -> BaseException:
    """Find what began it: diskcache's Timeout hides its cause, a failed ROLLBACK the error before it."""
    first: BaseException = trouble
    while isinstance(first.__context__, TROUBLES):
        first = first.__context__
    return first


def _code(first: BaseException) -> int:
    if isinstance(first, diskcache.Timeout):
        return sqlite3.SQLITE_BUSY
    # Without a code it is Damaged, or text in the database that is no UTF-8.
    code: int = getattr(first, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF
