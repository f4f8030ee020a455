"""What every store does with documents, one process at a time."""

import json
import time

import pytest

from cage_fsm.engine.ports import Absent, Store, Superseded, Version

from .conftest import Opener

ODD_KEYS = [
    "claims/123456789012/eu-west-1/my cluster/web",
    "runs/ünï✓💥",
    "runs/%_*?[a]",
    "runs/'; DROP TABLE Cache; --",
    "runs/../../etc/passwd",
    "runs/line\nbreak",
    "runs/" + "long" * 200,
]


def test_a_created_document_is_loaded_as_it_was_written_with_the_version_that_create_gave(
    store: Store,
) -> None:
    version = store.create("runs/a", "text")

    assert store.load("runs/a") == ("text", version)


def test_a_saved_document_takes_the_place_of_the_one_before_under_a_new_version(store: Store) -> None:
    first = store.create("runs/a", "old")
    second = store.save("runs/a", "new", first)

    assert second != first
    assert store.load("runs/a") == ("new", second)


def test_every_handle_sees_what_another_one_wrote(open_handle: Opener) -> None:
    one, other = open_handle(), open_handle()
    version = one.create("runs/a", "text")

    assert other.load("runs/a") == ("text", version)
    assert list(other.list("runs/")) == ["runs/a"]


def test_what_was_never_created_is_absent(store: Store) -> None:
    with pytest.raises(Absent, match="runs/a"):
        store.load("runs/a")


def test_a_document_is_created_only_once(store: Store) -> None:
    version = store.create("runs/a", "first")

    with pytest.raises(Superseded):
        store.create("runs/a", "second")
    assert store.load("runs/a") == ("first", version)


def test_a_save_over_a_stale_version_is_superseded_and_changes_nothing(store: Store) -> None:
    stale = store.create("runs/a", "one")
    current = store.save("runs/a", "two", stale)

    with pytest.raises(Superseded):
        store.save("runs/a", "three", stale)
    assert store.load("runs/a") == ("two", current)


def test_the_same_text_written_again_is_a_new_version(store: Store) -> None:
    first = store.create("runs/a", "text")

    assert store.save("runs/a", "text", first) != first


def test_a_deleted_document_is_absent_and_no_longer_listed(store: Store) -> None:
    store.delete("runs/a", store.create("runs/a", "text"))

    with pytest.raises(Absent):
        store.load("runs/a")
    assert list(store.list("")) == []


def test_a_deletion_with_a_stale_version_is_superseded_and_the_document_stays(store: Store) -> None:
    stale = store.create("runs/a", "one")
    current = store.save("runs/a", "two", stale)

    with pytest.raises(Superseded):
        store.delete("runs/a", stale)
    assert store.load("runs/a") == ("two", current)


def test_a_document_deleted_under_its_owner_cannot_be_saved_or_deleted_by_it(store: Store) -> None:
    version = store.create("runs/a", "text")
    store.delete("runs/a", version)

    with pytest.raises(Superseded):
        store.save("runs/a", "more", version)
    with pytest.raises(Superseded):
        store.delete("runs/a", version)
    assert list(store.list("")) == []


def test_a_version_from_before_a_deletion_does_not_fit_the_next_document_under_the_key(store: Store) -> None:
    before = store.create("runs/a", "one")
    store.delete("runs/a", before)
    store.create("runs/a", "two")

    with pytest.raises(Superseded):
        store.save("runs/a", "three", before)


def test_a_save_of_what_never_was_is_superseded(store: Store) -> None:
    with pytest.raises(Superseded):
        store.save("runs/a", "text", Version("1"))


def test_only_keys_with_the_prefix_are_listed_and_in_order(store: Store) -> None:
    for key in ("runs/b", "claims/a", "runs/a", "runs/c", "run"):
        store.create(key, "text")

    assert list(store.list("runs/")) == ["runs/a", "runs/b", "runs/c"]
    assert list(store.list("claims/")) == ["claims/a"]
    assert list(store.list("")) == ["claims/a", "run", "runs/a", "runs/b", "runs/c"]


def test_a_prefix_is_no_pattern(store: Store) -> None:
    store.create("runs/abc", "text")

    assert list(store.list("runs/a%")) == list(store.list("runs/*")) == list(store.list("runs/_")) == []


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_characters_in_a_key_are_only_characters(store: Store, key: str) -> None:
    version = store.create(key, "text")

    assert store.load(key) == ("text", version)
    assert list(store.list("")) == [key]
    store.delete(key, store.save(key, "more", version))
    assert list(store.list("")) == []


@pytest.mark.parametrize("text", ["", "\n", "\0", "ünï✓💥", '{"a": "\\ud83d"}', "cage-fsm/1 1 abc\n"])
def test_any_text_comes_back_unchanged(store: Store, text: str) -> None:
    store.create("runs/a", text)

    assert store.load("runs/a")[0] == text


def test_a_document_of_a_megabyte_is_saved_whole(store: Store) -> None:
    text = json.dumps({"history": ["a step with words in it"] * 40_000})
    assert len(text) > 1_000_000
    store.save("runs/a", text, store.create("runs/a", "small"))

    assert store.load("runs/a")[0] == text


def test_many_documents_are_loaded_at_once_in_the_order_of_their_keys(store: Store) -> None:
    keys = [f"runs/{number:03}" for number in range(130)]
    written = {key: store.create(key, key) for key in reversed(keys)}
    found = list(store.load_all(store.list("runs/")))

    assert found == [(key, written[key]) for key in keys]


def test_a_document_that_is_missing_leaves_the_others_loaded(store: Store) -> None:
    versions = [store.create(key, key) for key in ("runs/a", "runs/c")]
    first, missing, last = store.load_all(["runs/a", "runs/b", "runs/c"])

    assert [first, last] == [("runs/a", versions[0]), ("runs/c", versions[1])]
    assert isinstance(missing, Absent)


@pytest.mark.parametrize("open_handle", ["local", "memory"], indirect=True)
def test_a_thousand_runs_are_listed_and_loaded_within_a_second(open_handle: Opener) -> None:
    writer = open_handle()
    keys = [f"runs/{number:04}" for number in range(1000)]
    for key in keys:
        writer.create(key, key * 200)
    reader = open_handle()

    started = time.monotonic()
    found = {key: reader.load(key)[0] for key in reader.list("runs/")}
    assert time.monotonic() - started < 1
    assert found == {key: key * 200 for key in keys}
