"""What other processes do to a store in these tests: `python children.py count|kill|fill …`."""

import json
import os
import random
import resource
import signal
import sys
import time
from contextlib import suppress

from cage_fsm.checkpoints import open_store
from cage_fsm.engine.ports import Absent, Store, StoreDown, Superseded

KEY = "runs/shared"


def count(address: str, times: str) -> None:
    """Add one to the number in the store, `times` times, as one of several processes."""
    store = open_store(address)
    with suppress(Superseded):
        store.create(KEY, "0")
    for _ in range(int(times)):
        while not add_one(store):
            pass


def add_one(store: Store) -> bool:
    text, version = store.load(KEY)
    try:
        store.save(KEY, str(int(text) + 1), version)
    except Superseded:
        return False
    return True


def kill(address: str, seconds: str) -> None:
    """Kill a process that saves without end, again and again; print what was confirmed and what is there."""
    until = time.monotonic() + float(seconds)
    rounds = [_kill_once(address)]
    while time.monotonic() < until:
        rounds.append(_kill_once(address))
    _answer(rounds)


def _kill_once(address: str) -> dict[str, object]:
    answers, confirm = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(answers)
        save_without_end(address, confirm)
    os.close(confirm)
    os.read(answers, 1)
    time.sleep(random.uniform(0, 0.015))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(answers, "rb") as rest:
        confirmed = 1 + len(rest.read())
    return {"confirmed": confirmed, "found": _written_here(address)}


def save_without_end(address: str, confirm: int) -> None:
    """Save document after document, and write one byte for each that is confirmed."""
    store = open_store(address)
    with suppress(Absent):
        store.delete(KEY, store.load(KEY)[1])
    number = 1
    version = store.create(KEY, document(number))
    while True:
        os.write(confirm, b"!")
        number += 1
        version = store.save(KEY, document(number), version)


def document(number: int) -> str:
    """Make a document of some pages, as long as its number makes it."""
    return json.dumps({"number": number, "filling": str(number) * 10_000})


def _written_here(address: str) -> int:
    text, _ = open_store(address).load(KEY)
    number = int(json.loads(text)["number"])
    return number if text == document(number) else -1


def fill(address: str, limit: str) -> None:
    """Save ever more until a file would grow beyond `limit` bytes; print the error, then try again."""
    store = open_store(address)
    version = store.create(KEY, "x")
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
    size = 0
    try:
        while True:
            size += 10_000
            version = store.save(KEY, "x" * size, version)
    except StoreDown as error:
        words = str(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    text, version = store.load(KEY)
    store.save(KEY, "room again", version)
    _answer({"error": words, "kept": len(text), "attempted": size})


def _answer(what: object) -> None:
    sys.stdout.write(json.dumps(what))


if __name__ == "__main__":
    {"count": count, "kill": kill, "fill": fill}[sys.argv[1]](*sys.argv[2:])
