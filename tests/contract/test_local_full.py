"""What the local store does when it cannot write."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cage_fsm.checkpoints import LocalStore
from cage_fsm.engine.ports import StoreDown, Version

from .by_hand import edit
from .test_races import CHILDREN


def test_a_full_database_is_down_and_keeps_the_document_that_was_there(local: LocalStore) -> None:
    version = local.create("runs/a", "small")
    local._cache._sql("PRAGMA max_page_count = 14")

    with pytest.raises(StoreDown, match=r"save runs/a .*the disk is full \(database or disk is full\)"):
        local.save("runs/a", "x" * 1_000_000, version)
    assert local.load("runs/a") == ("small", version)


def test_a_store_that_was_full_works_as_soon_as_there_is_room(local: LocalStore) -> None:
    version = local.create("runs/a", "small")
    local._cache._sql("PRAGMA max_page_count = 14")
    with pytest.raises(StoreDown):
        local.create("runs/b", "x" * 1_000_000)

    local.save("runs/a", "x" * 1_000_000, version)


def test_a_file_that_may_not_grow_is_down_in_words_and_nothing_is_torn(directory: Path) -> None:
    child = subprocess.run(
        [sys.executable, CHILDREN, "fill", str(directory), "300000"],
        capture_output=True,
        text=True,
        check=True,
    )
    result = json.loads(child.stdout)

    assert "the disk gave an error" in result["error"]
    assert str(directory) in result["error"]
    assert result["kept"] == result["attempted"] - 10_000


def test_a_database_that_another_process_keeps_locked_is_down_for_writers_only(directory: Path) -> None:
    with (
        LocalStore(directory, timeout_seconds=0.05) as store,
        closing(sqlite3.connect(directory / "cache.db", isolation_level=None)) as other,
    ):
        version = store.create("runs/a", "text")
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreDown, match="another process keeps it locked"):
            store.save("runs/a", "more", version)
        assert store.load("runs/a") == ("text", version)
        other.execute("ROLLBACK")
        store.save("runs/a", "more", version)


def test_a_write_that_does_not_read_back_is_not_confirmed_and_undone(
    local: LocalStore, directory: Path
) -> None:
    version = local.create("runs/a", "text")
    edit(
        directory,
        "CREATE TRIGGER meddle AFTER UPDATE ON Cache BEGIN UPDATE Cache SET value = x'00'; END",
    )

    with pytest.raises(StoreDown, match="does not read back"):
        local.save("runs/a", "more", version)
    edit(directory, "DROP TRIGGER meddle")
    assert local.load("runs/a") == ("text", version)


def test_a_directory_that_was_moved_or_removed_is_down_though_its_files_can_be_written_still(
    local: LocalStore, directory: Path
) -> None:
    version = local.create("runs/a", "text")
    directory.rename(directory.with_name("elsewhere"))

    with pytest.raises(StoreDown, match="removed or replaced"):
        local.save("runs/a", "more", version)
    assert not directory.exists()


def test_a_directory_removed_in_the_middle_of_a_save_leaves_it_unconfirmed(
    local: LocalStore, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = local.create("runs/a", "text")
    write = local._write

    def write_and_move(key: str, text: str, writes: int) -> Version:
        directory.rename(directory.with_name("elsewhere"))
        return write(key, text, writes)

    monkeypatch.setattr(local, "_write", write_and_move)
    with pytest.raises(StoreDown, match="removed or replaced"):
        local.save("runs/a", "more", version)


def test_a_database_that_was_replaced_is_down_until_the_store_is_opened_again(
    local: LocalStore, directory: Path
) -> None:
    version = local.create("runs/a", "text")
    directory.rename(directory.with_name("elsewhere"))
    with LocalStore(directory) as other:
        other.create("runs/a", "other")

    for _ in range(2):
        with pytest.raises(StoreDown, match="removed or replaced"):
            local.save("runs/a", "more", version)
        local.close()
