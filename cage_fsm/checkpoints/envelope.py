"""What is kept under a key: a line that vouches for the text, and the text."""

import hashlib
import re
from typing import NamedTuple

from cage_fsm.engine.ports import Version

_FIRST_LINE = re.compile(rb"cage-fsm/1 ([1-9][0-9]{0,17}) ([0-9a-f]{64})\n")


class Damaged(ValueError):
    """What was found is not what was written."""


class Document(NamedTuple):
    """A text; `writing` is a number that no other writing of its key has, and `version` names it."""

    text: str
    writing: int
    version: Version


def seal(key: str, text: str, writing: int) -> tuple[bytes, Version]:
    """Put `text` into its envelope."""
    content = text.encode()
    digest = _digest(key, content, writing)
    return b"cage-fsm/1 %d %s\n%s" % (writing, digest.encode(), content), _version(writing, digest)


def unseal(key: str, sealed: bytes) -> Document:
    """Take the text out. Raises Damaged when anything, its key included, differs from what was sealed."""
    first = _FIRST_LINE.match(sealed)
    if first is None:
        message = "it does not begin like a document of this version of cage-fsm"
        raise Damaged(message)
    writing, digest, content = int(first[1]), first[2].decode(), sealed[first.end() :]
    if digest != _digest(key, content, writing):
        message = "its checksum does not match"
        raise Damaged(message)
    try:
        return Document(content.decode(), writing, _version(writing, digest))
    except UnicodeDecodeError as error:
        message = "it is not text"
        raise Damaged(message) from error


def _digest(key: str, content: bytes, writing: int) -> str:
    return hashlib.sha256(b"%s\0%d\0%s" % (key.encode(), writing, content)).hexdigest()


def _version(writing: int, digest: str) -> Version:
    return Version(f"{writing}-{digest[:16]}")
