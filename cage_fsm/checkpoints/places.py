"""Where a store is: from the word that a user gave to an open store."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from cage_fsm.checkpoints.errors import StoreAddressError
from cage_fsm.checkpoints.local import LocalStore
from cage_fsm.checkpoints.s3_place import s3_place
from cage_fsm.engine.ports import Store

if TYPE_CHECKING:
    from cage_fsm.aws.s3 import S3


def default_directory() -> Path:
    """Return the directory for the state of this user's programs."""
    return Path(platformdirs.user_state_dir("cage-fsm"))


def _as_the_environment_says() -> "S3":
    from cage_fsm.aws.clients import connect_s3, sign_in  # noqa: PLC0415 - with it comes boto3

    return connect_s3(sign_in())


def open_store(
    where: str | None,
    kms_key: str | None = None,
    connect_s3: Callable[[], "S3"] = _as_the_environment_says,
) -> Store:
    """Open the store at `where`: s3://BUCKET/PREFIX, or a directory; without a word the default directory.

    `kms_key` encrypts what is written to S3. Raises StoreAddressError when `where` names no place for a
    store, StoreUnusable when none can be there, and NoAccess when there is no way to AWS.
    """
    where = where or str(default_directory())
    scheme, separator, rest = where.partition("://")
    if separator and scheme.lower() == "s3":
        from cage_fsm.checkpoints.s3 import S3Store  # noqa: PLC0415 - with it comes boto3

        place = s3_place(rest)  # before any credentials are looked for
        return S3Store(connect_s3(), place, kms_key)
    if kms_key:
        message = f"{where}: --sse-kms-key (CAGE_SSE_KMS_KEY) is for a store in S3."
        raise StoreAddressError(message)
    if separator:
        message = (
            f"{where}: there is no store of the kind {scheme}://. Name a directory, or s3://BUCKET/PREFIX."
        )
        raise StoreAddressError(message)
    return LocalStore(_expanded(where))


def _expanded(where: str) -> Path:
    try:
        return Path(where).expanduser()
    except RuntimeError as error:  # ~somebody, and there is nobody of that name
        message = f"The store {where} cannot be found: {error}"
        raise StoreAddressError(message) from error
