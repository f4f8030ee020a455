"""Where a store in S3 is: a bucket, and what the names of its objects begin with."""

import re
from typing import NamedTuple
from urllib.parse import quote, unquote

from cage_fsm.checkpoints.errors import StoreAddressError

LONGEST = 400
"""Bytes of a prefix: S3 allows 1,024 for a whole name, and that of a claim may need 600."""

_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""As S3 says in "General purpose bucket naming rules". An alias of an access point looks the same."""


class S3Place(NamedTuple):
    """A bucket, and a prefix that is empty or ends with a slash."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def name(self, key: str) -> str:
        """The name of the object for `key`, or the beginning of names for a beginning of keys.

        What servers and proxies treat in ways of their own (dots, spaces, line breaks) is escaped; the keys
        of runs and of claims have nothing of the kind.
        """
        return self.prefix + quote(key, safe="/").replace(".", "%2E")

    def key(self, name: str) -> str:
        """The key for a name that begins with the prefix, of whose spaces a listing may have made a plus."""
        return unquote(name[len(self.prefix) :])


def s3_place(where: str) -> S3Place:
    """Read BUCKET/PREFIX; the prefix counts as it is typed. Raises StoreAddressError."""
    bucket, _, prefix = where.partition("/")
    if why := _wrong_bucket(bucket) or _wrong_prefix(prefix := prefix.removesuffix("/")):
        message = f"s3://{where:.200} names no place for a store: {why}."
        raise StoreAddressError(message)
    return S3Place(bucket, f"{prefix}/" if prefix else "")


def _wrong_bucket(bucket: str) -> str | None:
    if not bucket:
        return "it has no bucket. Write s3://BUCKET/PREFIX"
    if bucket.startswith("arn:"):
        return "an ARN is no bucket's name. Of an access point, give the alias"
    if bucket.endswith("--x-s3"):
        return "a store needs a general purpose bucket, not a directory bucket"
    if not _BUCKET.fullmatch(bucket):
        return "a bucket has a name of 3 to 63 lower-case letters, digits, dots and hyphens"
    return None


def _wrong_prefix(prefix: str) -> str | None:
    if prefix and any(part in ("", ".", "..") for part in prefix.split("/")):
        return "an empty part, `.` or `..` between slashes is read differently by different programs"
    if not prefix.isprintable():
        return "the prefix has characters that cannot be printed"
    if len(prefix.encode()) > LONGEST:
        return f"the prefix is longer than {LONGEST} bytes"
    return None
