"""Where the local store opens, where it refuses to, and what it leaves on disk."""

import os
import resource
import sqlite3
import stat
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import diskcache
import pytest

from cage_fsm.checkpoints import LocalStore, StoreUnusable
from cage_fsm.engine.ports import StoreDown

from .by_hand import edit


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def refuses_to_open(directory: Path, *words: str) -> None:
    with pytest.raises(StoreUnusable) as refusal:
        LocalStore(directory)
    for expected in (str(directory), "--store", *words):
        assert expected in str(refusal.value)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o277])
def test_only_the_owner_can_read_the_directory_and_its_files(directory: Path, mask: int) -> None:
    with umask(mask), LocalStore(directory) as store:
        store.create("runs/a", "text")

        assert mode(directory) == 0o700
        assert {file.name: mode(file) for file in directory.iterdir()} == {
            "cache.db": 0o600,
            "cache.db-wal": 0o600,
            "cache.db-shm": 0o600,
        }


def test_nobody_else_can_write_where_the_directory_was_made(tmp_path: Path) -> None:
    with umask(0), LocalStore(tmp_path / "state" / "cage-fsm" / "store"):
        assert {mode(place) for place in (tmp_path / "state").rglob("") if place.is_dir()} == {0o700}


def test_opening_changes_nothing_of_the_process_s_umask(directory: Path) -> None:
    with umask(0o027), LocalStore(directory):
        assert os.umask(0o027) == 0o027


def test_a_store_that_was_opened_to_others_is_closed_to_them_again(directory: Path) -> None:
    with LocalStore(directory) as store:
        store.create("runs/a", "text")
        for path in (directory, *directory.iterdir()):
            path.chmod(0o777)

        with LocalStore(directory):
            assert mode(directory) == 0o700
            assert {mode(file) & 0o077 for file in directory.iterdir()} == {0}


def test_an_empty_directory_becomes_private(directory: Path) -> None:
    directory.mkdir(0o755)

    LocalStore(directory).close()
    assert mode(directory) == 0o700


def test_a_directory_with_other_files_keeps_its_mode_and_its_files(directory: Path) -> None:
    directory.mkdir(0o755)
    (directory / "notes.txt").write_text("mine")
    (directory / "empty").mkdir()

    with LocalStore(directory) as store:
        store.create("runs/a", "text")
    with LocalStore(directory) as store:
        assert store.load("runs/a")[0] == "text"
    assert (directory / "notes.txt").read_text() == "mine"
    assert (directory / "empty").is_dir()


def test_a_directory_of_others_is_refused_when_they_can_write_to_it(directory: Path) -> None:
    directory.mkdir()
    (directory / "notes.txt").touch()
    directory.chmod(0o1777)

    refuses_to_open(directory, "other users can write")
    assert mode(directory) == 0o1777


def test_the_parents_of_the_directory_are_made(tmp_path: Path) -> None:
    with LocalStore(tmp_path / "some" / "where" / "below") as store:
        store.create("runs/a", "text")


def test_a_relative_directory_stays_where_it_was_when_the_process_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with LocalStore(Path("store")) as store:
        monkeypatch.chdir("/")
        store.close()
        store.create("runs/a", "text")

        assert store.directory == tmp_path / "store"


def test_a_regular_file_in_place_of_the_directory_is_refused_and_kept(directory: Path) -> None:
    directory.write_text("mine")

    refuses_to_open(directory, "is not a directory")
    assert directory.read_text() == "mine"


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    refuses_to_open(tmp_path / "file" / "store", "file is not a directory")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_may_not_be_written_is_refused(directory: Path) -> None:
    directory.mkdir(0o500)

    refuses_to_open(directory, "Permission denied")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_database_that_may_not_be_written_is_refused(directory: Path) -> None:
    LocalStore(directory).close()
    (directory / "cache.db").chmod(0o400)

    refuses_to_open(directory, "cannot be written")


@pytest.mark.parametrize("content", [b"just words, and enough of them to fill a page " * 100, b"xx"])
def test_a_file_that_is_no_database_is_refused_and_kept(directory: Path, content: bytes) -> None:
    directory.mkdir()
    (directory / "cache.db").write_bytes(content)

    refuses_to_open(directory, "file is not a database")
    assert (directory / "cache.db").read_bytes() == content


def test_a_directory_in_place_of_a_side_file_is_refused(directory: Path) -> None:
    LocalStore(directory).close()
    (directory / "cache.db-wal").mkdir()

    refuses_to_open(directory, "its database cannot be opened")


def test_a_link_in_place_of_the_database_is_refused(directory: Path, tmp_path: Path) -> None:
    directory.mkdir()
    (directory / "cache.db").symlink_to(tmp_path / "elsewhere")

    refuses_to_open(directory, "cache.db in it is not a regular file")
    assert not (tmp_path / "elsewhere").exists()


def test_a_truncated_database_is_refused(directory: Path) -> None:
    with LocalStore(directory) as store:
        store.create("runs/a", "text" * 5000)
    os.truncate(directory / "cache.db", 5000)

    refuses_to_open(directory, "malformed")


def test_a_database_of_another_program_is_refused_and_gets_no_tables_of_ours(directory: Path) -> None:
    directory.mkdir()
    edit(directory, "CREATE TABLE customers (name)")

    refuses_to_open(directory, "belongs to another program", "customers")
    assert edit(directory, "SELECT name FROM sqlite_master") == [("customers",)]


@pytest.mark.parametrize("name", ["_timeout", "sqlite_writable_schema", "disk_colour"])
def test_a_setting_that_diskcache_does_not_know_is_not_obeyed(directory: Path, name: str) -> None:
    LocalStore(directory).close()
    edit(directory, "INSERT INTO Settings VALUES (?, 1)", name)

    refuses_to_open(directory, name)


def test_a_name_that_diskcache_would_expand_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELSEWHERE", "/nowhere")

    refuses_to_open(tmp_path / "$ELSEWHERE", "environment variable")
    assert list(tmp_path.iterdir()) == []


def test_a_name_with_a_tilde_is_only_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    LocalStore(Path("~")).close()
    assert (tmp_path / "~" / "cache.db").exists()


@contextmanager
def lock(directory: Path) -> Iterator[None]:
    with closing(sqlite3.connect(directory / "cache.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_a_locked_database_is_down_and_not_unusable_and_says_so_in_time(directory: Path) -> None:
    started = time.monotonic()
    with (
        LocalStore(directory),
        lock(directory),
        pytest.raises(StoreDown, match="another process keeps it locked") as down,
    ):
        LocalStore(directory, timeout_seconds=0.05)
    assert down.value.unsent
    assert time.monotonic() - started < 5


def test_a_process_with_too_many_open_files_is_told_so_and_may_try_again(directory: Path) -> None:
    LocalStore(directory).close()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        with pytest.raises(StoreDown, match="Too many open files"):
            LocalStore(directory)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    LocalStore(directory).close()


def test_settings_that_another_opener_changed_are_pinned_again(directory: Path) -> None:
    LocalStore(directory).close()
    with diskcache.Cache(
        str(directory),
        eviction_policy="least-recently-used",
        cull_limit=99,
        size_limit=1,
        sqlite_synchronous=0,
    ):
        pass

    with LocalStore(directory) as store:
        for number in range(20):
            store.create(f"runs/{number:02}", "text" * 1000)
        assert len(list(store.list("runs/"))) == 20
        assert store._cache._sql("PRAGMA synchronous").fetchone() == (2,)
    assert dict(edit(directory, "SELECT key, value FROM Settings"))["eviction_policy"] == "none"


def test_a_new_connection_syncs_its_writes_whatever_the_database_says_by_then(directory: Path) -> None:
    with LocalStore(directory) as store:
        edit(directory, "UPDATE Settings SET value = 0 WHERE key = 'sqlite_synchronous'")
        store.close()
        store.create("runs/a", "text")

        assert store._cache._sql("PRAGMA synchronous").fetchone() == (2,)


def test_settings_that_do_not_stay_as_they_are_written_are_refused(directory: Path) -> None:
    LocalStore(directory).close()
    edit(
        directory,
        "CREATE TRIGGER meddle AFTER INSERT ON Settings BEGIN "
        "UPDATE Settings SET value = 10 WHERE key = 'cull_limit'; END",
    )

    refuses_to_open(directory, "other settings (cull_limit)")


def test_a_closed_store_opens_again_when_it_is_used(directory: Path) -> None:
    with LocalStore(directory) as store:
        store.create("runs/a", "text")
    assert store.load("runs/a")[0] == "text"
    store.close()


def test_nothing_warns_when_a_store_with_foreign_files_is_used_and_forgotten(directory: Path) -> None:
    directory.mkdir()
    (directory / "notes.txt").touch()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LocalStore(directory).create("runs/a", "text")
        assert list(LocalStore(directory).list("")) == ["runs/a"]
