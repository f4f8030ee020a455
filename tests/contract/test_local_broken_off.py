"""A second signal may break off a save at any moment: the store is good, with the old or the new text."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cage_fsm.checkpoints.local import LocalStore
from cage_fsm.engine.ports import Hurry

TIMES = 60
LONGEST_SECONDS = 0.003


@pytest.fixture
def _signals() -> Iterator[None]:
    def hurry(*_: object) -> None:
        raise Hurry

    before = signal.signal(signal.SIGTERM, hurry)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("_signals")
def test_a_save_that_is_broken_off_holds_or_does_not(tmp_path: Path) -> None:
    store, witness, drawn = LocalStore(tmp_path), LocalStore(tmp_path), random.Random(6)
    version = store.create("runs/one", "0")
    for number in range(1, TIMES):
        try:
            threading.Timer(drawn.uniform(0, LONGEST_SECONDS), os.kill, [os.getpid(), signal.SIGTERM]).start()
            store.save("runs/one", str(number), version)
            time.sleep(1)
        except Hurry:
            pass
        text, version = store.load("runs/one")
        assert text in (str(number - 1), str(number))
        version = store.save("runs/one", str(number), version)
        assert witness.load("runs/one") == (str(number), version)
