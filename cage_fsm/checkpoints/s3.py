"""The store in S3: an object for each document, written on condition that nobody else wrote meanwhile."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar

from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.aws.s3 import S3, WIDTH
from cage_fsm.checkpoints.attempt import attempt
from cage_fsm.checkpoints.envelope import Damaged, Document, seal, unseal
from cage_fsm.checkpoints.s3_place import S3Place
from cage_fsm.checkpoints.s3_probe import probe
from cage_fsm.checkpoints.s3_troubles import (
    TROUBLES,
    is_changed,
    is_crossed,
    is_denied,
    is_missing,
    translated,
)
from cage_fsm.engine.ports import Absent, Loaded, StoreDown, Superseded, Version

Answer = TypeVar("Answer")

MOST_BYTES = 32 * 2**20
"""No document is larger; an object that is was not written by cage-fsm."""

CROSSINGS = 5
"""How often a write is sent that crosses others. S3 says to send it again at once."""


class S3Store:
    """Documents in a bucket; the version of each is its ETag.

    A write whose answer is lost is StoreDown, and may be in effect. What only somebody's mend can help is
    StoreUnusable until a save of this process held, and StoreDown from then on: a run is under way.
    """

    def __init__(self, s3: S3, place: S3Place, kms_key: str | None = None) -> None:
        self._s3, self._place = s3, place
        self._encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
        self._fit = self._under_way = False

    def create(self, key: str, text: str) -> Version:
        """Write a new document. Raises Superseded when there is one under `key`."""
        with self._writing(f"create {key}"):
            return self._put(key, text, IfNoneMatch="*")

    def load(self, key: str) -> tuple[str, Version]:
        """Return the document under `key` with its version. Raises Absent when there is none."""
        with self._doing(f"load {key}"):
            found = self._find(key)
        if found is None:
            message = f"{key} is not in the store {self._place}."
            raise Absent(message)
        return found.text, found.version

    def load_all(self, keys: Iterable[str]) -> Iterator[Loaded]:
        """Return each document with its version, or why there is none; read side by side."""
        with ThreadPoolExecutor(WIDTH) as readers:
            yield from readers.map(partial(attempt, self._load_or_again), keys)

    def save(self, key: str, text: str, expected: Version) -> Version:
        """Write over the document of version `expected`."""
        with self._writing(f"save {key}"):
            version = self._put(key, text, IfMatch=expected)
        self._under_way = True
        return version

    def delete(self, key: str, expected: Version) -> None:
        """Delete the document of version `expected`."""
        with self._writing(f"delete {key}"):
            found = self._find(key)
            if found is None or found.version != expected:
                raise _lost(key, found)
            try:
                self._insist(lambda: self._s3.delete(*self._at(key), IfMatch=expected))
            except AwsSaidNo as no:
                if is_changed(no) or is_missing(no):
                    raise _lost(key, self._find(key)) from no
                raise

    def list(self, prefix: str) -> Iterable[str]:
        """Return the keys that begin with `prefix`, sorted."""
        with self._doing(f"list {prefix or 'the keys'}"):
            names = self._s3.keys(self._place.bucket, self._place.name(prefix))
            # A name that ends with a slash is a folder, as consoles draw it.
            return sorted(self._place.key(name) for name in names if not name.endswith("/"))

    def _load_or_again(self, key: str) -> tuple[str, Version]:
        """Load a document that is one of many: of these a few get no answer, and the others would wait."""
        with suppress(StoreDown):
            return self.load(key)
        return self.load(key)

    def _put(self, key: str, text: str, **condition: str) -> Version:
        sealed, writing = self._sealed(key, text)
        try:
            etag = self._insist(lambda: self._s3.put(*self._at(key), sealed, **condition, **self._encrypted))
        except AwsSaidNo as no:
            if not (is_changed(no) or is_missing(no)):
                raise
            etag = None  # unless the request was sent twice on its way, and is refused for its own effect
        return Version(etag) if etag else self._written(key, writing)

    def _sealed(self, key: str, text: str) -> tuple[bytes, int]:
        """Put `text` into its envelope; that number, drawn by lot, tells this writing from all others."""
        writing = 1 + secrets.randbelow(10**18 - 1)
        return seal(key, text, writing)[0], writing

    def _written(self, key: str, writing: int) -> Version:
        found = self._find(key)
        if found is None or found.writing != writing:
            raise _lost(key, found)
        return found.version

    def _find(self, key: str) -> Document | None:
        try:
            body, etag = self._s3.get(*self._at(key), MOST_BYTES)
        except AwsSaidNo as no:
            if is_missing(no) or (is_denied(no) and not self._is_listed(key)):
                return None
            raise
        if len(body) > MOST_BYTES:
            message = f"it has more than {MOST_BYTES} bytes; cage-fsm did not write it"
            raise Damaged(message)
        return unseal(key, body)._replace(version=Version(etag))

    def _is_listed(self, key: str) -> bool:
        """Whether there is an object: S3 tells it only to those who may list all, and denies others."""
        return key in map(self._place.key, self._s3.keys(*self._at(key)))

    def _at(self, key: str) -> tuple[str, str]:
        return self._place.bucket, self._place.name(key)

    def _insist(self, call: Callable[[], Answer]) -> Answer:
        for _ in range(CROSSINGS - 1):
            try:
                return call()
            except AwsSaidNo as no:
                if not is_crossed(no):
                    raise
        return call()

    @contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        with self._doing(what):
            if not self._fit:
                self._require_fit()
            yield

    def _require_fit(self) -> None:
        """See once, before the first write, that keys can be listed and that conditions are obeyed."""
        any(self._s3.keys(*self._at("probes/")))
        if not self._s3.is_amazon_s3:
            probe(self._s3, self._place)
        self._fit = True

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        try:
            yield
        except TROUBLES as trouble:
            raise translated(trouble, what, self._place, under_way=self._under_way) from trouble


def _lost(key: str, found: Document | None) -> Superseded:
    return Superseded(f"{key} was {'changed' if found else 'deleted'} by another process.")
