"""What every store does when several write at once, and when one dies while it writes."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cage_fsm.checkpoints import open_store
from cage_fsm.engine.ports import Store, Superseded

from .children import KEY, add_one
from .conftest import Opener

CHILDREN = str(Path(__file__).with_name("children.py"))


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "error", CHILDREN, *arguments], stdout=subprocess.PIPE, text=True
    )


def test_of_two_handles_that_save_over_the_same_version_one_is_superseded(open_handle: Opener) -> None:
    one, other = open_handle(), open_handle()
    version = one.create(KEY, "start")
    other.save(KEY, "other", version)

    with pytest.raises(Superseded):
        one.save(KEY, "one", version)
    assert one.load(KEY)[0] == "other"


def test_threads_that_share_a_handle_count_exactly(store: Store) -> None:
    store.create(KEY, "0")

    def work(_: int) -> None:
        for _ in range(20):
            while not add_one(store):
                pass

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    assert store.load(KEY)[0] == "80"


def test_of_threads_that_create_the_same_document_exactly_one_succeeds(store: Store) -> None:
    def create(number: int) -> bool:
        try:
            store.create(KEY, str(number))
        except Superseded:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(create, range(8))) == 1


def test_processes_that_read_modify_and_write_count_exactly(address: str) -> None:
    times = 10 if address.startswith("s3:") else 40
    children = [start("count", address, str(times)) for _ in range(4)]
    for child in children:
        child.communicate()

    assert [child.returncode for child in children] == [0] * 4
    assert open_store(address).load(KEY)[0] == str(4 * times)


def test_a_process_killed_in_a_save_leaves_a_whole_document_and_all_that_was_confirmed(address: str) -> None:
    child = start("kill", address, "1.5")
    output, _ = child.communicate()

    assert child.returncode == 0
    for each in json.loads(output):
        assert each["found"] in (each["confirmed"], each["confirmed"] + 1)
