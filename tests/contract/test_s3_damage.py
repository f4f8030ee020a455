"""What the store in S3 does when somebody else wrote into its bucket."""

from collections.abc import Callable

import pytest

from cage_fsm.aws.s3 import S3
from cage_fsm.checkpoints import s3 as s3_module
from cage_fsm.checkpoints.s3 import S3Store
from cage_fsm.checkpoints.s3_place import S3Place
from cage_fsm.engine.ports import Unreadable

KEY = "runs/a"


@pytest.fixture
def s3_store(s3: S3, bucket: str) -> S3Store:
    return S3Store(s3, S3Place(bucket, "p/"))


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"text", b"test"),
        lambda body: body[:-1],
        lambda body: body[:40],
        lambda body: b"",
        lambda body: body.replace(b"fsm/1 ", b"fsm/2 "),
        lambda body: b"\xff\xfe" + body,
        lambda body: body + b"\xff",
        lambda body: b'{"id": "a"}',
    ],
)
def test_an_object_changed_by_hand_is_unreadable_and_stays_as_it_is(
    s3_store: S3Store, s3: S3, bucket: str, change: Callable[[bytes], bytes]
) -> None:
    version = s3_store.create(KEY, "the text of a run")
    changed = change(s3.get(bucket, "p/runs/a", 10_000).body)
    s3.put(bucket, "p/runs/a", changed)

    with pytest.raises(Unreadable, match=rf"Cannot load {KEY} in the store s3://.*/p: it"):
        s3_store.load(KEY)
    with pytest.raises(Unreadable):
        s3_store.save(KEY, "more", version)
    with pytest.raises(Unreadable):
        s3_store.delete(KEY, version)
    with pytest.raises(Unreadable):
        s3_store.create(KEY, "anew")
    assert s3.get(bucket, "p/runs/a", 10_000).body == changed


def test_an_object_moved_under_another_name_is_unreadable(s3_store: S3Store, s3: S3, bucket: str) -> None:
    s3_store.create(KEY, "text")
    s3.put(bucket, "p/runs/b", s3.get(bucket, "p/runs/a", 10_000).body)

    with pytest.raises(Unreadable, match="its checksum does not match"):
        s3_store.load("runs/b")


def test_a_store_copied_to_another_place_is_read_there(s3_store: S3Store, s3: S3, bucket: str) -> None:
    s3_store.create(KEY, "text")
    s3.put(bucket, "copy/runs/a", s3.get(bucket, "p/runs/a", 10_000).body)

    assert S3Store(s3, S3Place(bucket, "copy/")).load(KEY)[0] == "text"


def test_a_huge_object_is_not_read_to_its_end(
    s3_store: S3Store, s3: S3, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_module, "MOST_BYTES", 1000)
    s3_store.create(KEY, "x" * 2000)

    with pytest.raises(Unreadable, match="more than 1000 bytes"):
        s3_store.load(KEY)
    assert len(s3.get(bucket, "p/runs/a", 1000).body) == 1001


def test_of_several_documents_a_damaged_one_gives_its_reason(s3_store: S3Store, s3: S3, bucket: str) -> None:
    s3_store.create(KEY, "text")
    s3.put(bucket, "p/runs/b", b"mine")
    whole, damaged = s3_store.load_all(s3_store.list("runs/"))

    assert whole == s3_store.load(KEY)
    assert isinstance(damaged, Unreadable)


def test_folders_as_consoles_draw_them_are_no_documents(s3_store: S3Store, s3: S3, bucket: str) -> None:
    for name in ("p/", "p/runs/"):
        s3.put(bucket, name, b"")
    s3_store.create(KEY, "text")

    assert list(s3_store.list("")) == list(s3_store.list("runs/")) == [KEY]
