"""Makes the directory of a local store, readable by its owner alone."""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from cage_fsm.checkpoints.errors import StoreUnusable
from cage_fsm.checkpoints.mounts import network_filesystem_here
from cage_fsm.engine.ports import StoreDown

DATABASE = "cache.db"

MEND = "Name another directory with --store or CAGE_STORE."

_MAY_PASS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def prepare(directory: Path) -> Path:
    """Make `directory` and an empty database in it, both private; return its absolute path.

    Raises StoreUnusable when it cannot be the place of a store, StoreDown when that may pass.
    """
    place = directory.absolute()
    _refuse_unfit(place)
    try:
        _make_directory(place)
        _make_database(place / DATABASE)
    except OSError as error:
        if error.errno in _MAY_PASS:
            message = f"The store in {place} cannot be opened: {error.strerror}."
            raise StoreDown(message, unsent=True) from error
        raise _unusable(place, _why(error)) from error
    return place


def _refuse_unfit(place: Path) -> None:
    if os.path.expandvars(place) != str(place):  # diskcache would go where the variable says
        raise _unusable(place, "its name reads like one with an environment variable in it")
    if kind := network_filesystem_here(place):
        raise _unusable(place, f"it is on a network filesystem ({kind}), where writers are not kept apart")


def _make_directory(place: Path) -> None:
    _make_parents(place)
    try:
        place.mkdir(0o700)
        place.chmod(0o700)  # whatever the umask took away
    except FileExistsError:
        if not place.is_dir():
            raise
    if _is_for_a_store(place):
        _make_private(place)
    if place.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise _unusable(place, "other users can write to it")


def _make_parents(place: Path) -> None:
    """Whatever the umask: whoever may write there may put another store in the place of this one."""
    for parent in reversed([each for each in place.parents if not each.exists()]):
        with suppress(FileExistsError):
            parent.mkdir(0o700)  # as the XDG Base Directory Specification says
    place.parent.mkdir(exist_ok=True)


def _is_for_a_store(place: Path) -> bool:
    database = place / DATABASE
    return not any(place.iterdir()) or (database.exists() and database.lstat().st_uid == os.geteuid())


def _make_database(path: Path) -> None:
    """Create an empty file, which is an empty database; SQLite gives its side files the same mode.

    One that exists is never opened here: closing it would drop the locks of this process's other handles.
    """
    try:
        new = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        _check_database(path)
        return
    os.fchmod(new, 0o600)  # whatever the umask took away
    os.close(new)


def _check_database(path: Path) -> None:
    if not stat.S_ISREG(path.lstat().st_mode):
        raise _unusable(path.parent, f"{path.name} in it is not a regular file")
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        _make_private(file)


def _make_private(path: Path) -> None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return
    if found.st_uid == os.geteuid() and found.st_mode & _OTHERS:
        path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)


def _why(error: OSError) -> str:
    if isinstance(error, FileExistsError):
        return f"{error.filename} is not a directory"
    return error.strerror or str(error)


def _unusable(place: Path, why: str) -> StoreUnusable:
    return StoreUnusable(f"The store cannot be in {place}: {why}. {MEND}")
