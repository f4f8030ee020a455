"""What the local store does when somebody else wrote into its database."""

import os
import pickle
from pathlib import Path

import pytest

from cage_fsm.checkpoints import LocalStore
from cage_fsm.engine.ports import Superseded, Unreadable, Version

from .by_hand import edit, insert

KEY = "runs/a"


class Payload:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, int]]:
        return os.open, (str(self.path), os.O_CREAT)


@pytest.fixture
def version(local: LocalStore) -> Version:
    return local.create(KEY, "the text of a run")


def refuses_to_read(local: LocalStore, version: Version) -> None:
    with pytest.raises(Unreadable, match=KEY) as refusal:
        local.load(KEY)
    assert str(local.directory) in str(refusal.value)
    assert "backup" in str(refusal.value)
    with pytest.raises(Unreadable):
        local.save(KEY, "more", version)
    with pytest.raises(Unreadable):
        local.delete(KEY, version)
    with pytest.raises(Superseded):
        local.create(KEY, "anew")
    assert list(local.list("runs/")) == [KEY]


@pytest.mark.parametrize(
    "change",
    [
        "value = CAST(replace(CAST(value AS TEXT), 'text', 'test') AS BLOB)",
        "value = substr(value, 1, length(value) - 1)",
        "value = substr(value, 1, 40)",
        "value = x''",
        "value = NULL",
        "value = 7",
        "value = 'only text'",
        "value = CAST(replace(CAST(value AS TEXT), 'fsm/1 1 ', 'fsm/1 2 ') AS BLOB)",
        "value = CAST(replace(CAST(value AS TEXT), 'fsm/1 ', 'fsm/2 ') AS BLOB)",
        "value = CAST(value AS TEXT)",
        "expire_time = 1",
        "mode = 4",
    ],
)
def test_a_document_changed_by_hand_is_unreadable_and_stays_as_it_is(
    local: LocalStore, directory: Path, version: Version, change: str
) -> None:
    edit(directory, f"UPDATE Cache SET {change}")
    planted = edit(directory, "SELECT * FROM Cache")

    refuses_to_read(local, version)
    assert edit(directory, "SELECT * FROM Cache") == planted


def test_a_document_moved_under_another_key_is_unreadable(
    local: LocalStore, directory: Path, version: Version
) -> None:
    edit(directory, "UPDATE Cache SET key = 'runs/b'")

    with pytest.raises(Unreadable, match="runs/b"):
        local.load("runs/b")


def test_a_missing_value_file_is_damage_and_not_absence(
    local: LocalStore, directory: Path, version: Version
) -> None:
    edit(directory, "UPDATE Cache SET mode = 2, filename = 'ab/cd/gone.val', value = NULL")

    refuses_to_read(local, version)


def test_no_file_is_read_or_removed_because_a_row_names_it(
    local: LocalStore, directory: Path, version: Version, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("hunter2")
    edit(directory, "UPDATE Cache SET mode = 3, value = NULL, filename = ?", str(tmp_path / "secret"))

    refuses_to_read(local, version)
    assert (tmp_path / "secret").read_text() == "hunter2"


def test_a_planted_pickle_is_not_executed(
    local: LocalStore, directory: Path, version: Version, tmp_path: Path
) -> None:
    bomb = pickle.dumps(Payload(tmp_path / "executed"))
    edit(directory, "UPDATE Cache SET mode = 4, value = ?", bomb)

    refuses_to_read(local, version)
    assert not (tmp_path / "executed").exists()


def test_a_planted_pickle_key_is_not_executed_and_leaves_the_documents_usable(
    local: LocalStore, directory: Path, version: Version, tmp_path: Path
) -> None:
    insert(directory, pickle.dumps(Payload(tmp_path / "executed")), b"", raw=0)

    with pytest.raises(Unreadable, match="is not text") as refusal:
        local.list("runs/")
    assert str(directory) in str(refusal.value)
    assert not (tmp_path / "executed").exists()
    assert local.load(KEY)[0] == "the text of a run"
    local.save(KEY, "more", version)


@pytest.mark.parametrize(("key", "raw"), [(7, 1), (7.5, 1), (b"runs/b", 1), (None, 1), ("runs/b", 0)])
def test_a_key_that_is_not_text_is_refused_when_keys_are_listed(
    local: LocalStore, directory: Path, key: object, raw: int
) -> None:
    insert(directory, key, b"", raw=raw)

    with pytest.raises(Unreadable, match="is not text"):
        local.list("")


def test_a_key_that_cannot_be_decoded_is_damage(local: LocalStore, directory: Path) -> None:
    edit(directory, "INSERT INTO Cache (key, raw) VALUES (CAST(x'72ff' AS TEXT), 1)")

    with pytest.raises(Unreadable, match="decode"):
        local.list("")


def test_only_text_keys_and_bytes_are_written(local: LocalStore) -> None:
    with pytest.raises(TypeError, match="a key is text, not tuple"):
        local._cache.set(("a", "b"), b"")
    with pytest.raises(TypeError, match="a value is bytes, not dict"):
        local._cache.set("a", {})


def test_tables_lost_under_an_open_store_are_damage(
    local: LocalStore, directory: Path, version: Version
) -> None:
    edit(directory, "DROP TABLE Cache")

    with pytest.raises(Unreadable, match="no such table"):
        local.load(KEY)


def test_pages_overwritten_under_the_store_are_noticed(directory: Path) -> None:
    with LocalStore(directory) as store:
        keys = [f"runs/{number}" for number in range(50)]
        for key in keys:
            store.create(key, key * 500)
    database = directory / "cache.db"
    pages = bytearray(database.read_bytes())
    pages[len(pages) // 2 :] = b"\xee" * (len(pages) - len(pages) // 2)
    database.write_bytes(pages)

    with pytest.raises(Unreadable):
        load_all(directory, keys)


def load_all(directory: Path, keys: list[str]) -> None:
    with LocalStore(directory) as store:
        for key in keys:
            store.load(key)
