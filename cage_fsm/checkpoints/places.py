"""Where a store is: from the word that a user gave to an open store."""

from pathlib import Path

import platformdirs

from cage_fsm.checkpoints.errors import StoreAddressError
from cage_fsm.checkpoints.local import LocalStore
from cage_fsm.engine.ports import Store


def default_directory() -> Path:
    """Return the directory for the state of this user's programs."""
    return Path(platformdirs.user_state_dir("cage-fsm"))


def open_store(where: str | None) -> Store:
    """Open the store at `where`, a directory; without one, or with an empty word, the default directory.

    Raises StoreAddressError when `where` names no place for a store, StoreUnusable when none can be there.
    """
    if not where:
        return LocalStore(default_directory())
    scheme, separator, _ = where.partition("://")
    if separator:
        raise StoreAddressError(_no_such_scheme(scheme, where))
    return LocalStore(_expanded(where))


def _expanded(where: str) -> Path:
    try:
        return Path(where).expanduser()
    except RuntimeError as error:  # ~somebody, and there is nobody of that name
        message = f"The store {where} cannot be found: {error}"
        raise StoreAddressError(message) from error


def _no_such_scheme(scheme: str, where: str) -> str:
    if scheme.lower() == "s3":
        return f"{where}: a store in S3 comes with a later version of cage-fsm. Name a directory for now."
    return f"{where}: there is no store of the kind {scheme}://. Name a directory."
