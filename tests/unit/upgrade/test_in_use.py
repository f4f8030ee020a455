"""A run that this installation drives, or may drive, is in the way of an upgrade."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from cage_fsm.engine.owner import Owner, this_process
from cage_fsm.engine.record import Record
from cage_fsm.upgrade.in_use import in_the_way, uses_this_installation

HERE = this_process()
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def run(owner: Owner | None, state: str = "observing_canary") -> Record:
    return Record(
        id="20261123-041016-abc123",
        machine="rollout",
        digest="",
        state=state,
        owner=owner,
        created_at=NOW,
        updated_at=NOW,
    )


@pytest.mark.parametrize("told", [True, None])
def test_a_process_that_is_of_this_installation_or_may_be_is_in_the_way(told: bool | None) -> None:
    record = run(HERE)

    assert in_the_way([run(None), record], lambda _: told) == (record, told is True)


def test_whether_a_process_of_another_boot_of_this_host_lives_cannot_be_told() -> None:
    record = run(HERE.model_copy(update={"boot": "another"}))

    assert in_the_way([record], lambda _: False) == (record, False)


@pytest.mark.parametrize(
    "record",
    [
        run(None),
        run(HERE, "succeeded"),
        run(HERE.model_copy(update={"host": "elsewhere"})),
        run(HERE.model_copy(update={"started": "1"})),
    ],
)
def test_nobody_another_machine_the_dead_and_the_finished_are_not(record: Record) -> None:
    assert in_the_way([record], lambda _: True) is None


def test_another_installation_is_not() -> None:
    assert in_the_way([run(HERE)], lambda _: False) is None


def test_a_process_is_known_by_the_library_that_it_has_loaded() -> None:
    script = "{}; print(flush=True); input()"
    loaded, other = (
        subprocess.Popen(
            [sys.executable, "-c", script.format(first)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for first in ("import pydantic_core", "import json")
    )
    with loaded, other:
        for each in (loaded, other):
            assert each.stdout
            each.stdout.readline()
        assert uses_this_installation(loaded.pid) is True
        assert uses_this_installation(other.pid) is False
        for each in (loaded, other):
            each.communicate(b"\n")

    assert uses_this_installation(os.getpid()) is True
    assert uses_this_installation(loaded.pid) is None
