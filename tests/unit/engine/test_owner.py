"""Whether a process is said to live: only where that is known."""

import subprocess
import sys
from pathlib import Path

import pytest

from cage_fsm.engine.owner import Owner, is_alive, this_process, this_user

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only /proc tells start times")


def here(**changes: object) -> Owner:
    return Owner.model_validate({**this_process().model_dump(), **changes})


def test_this_process_is_alive() -> None:
    assert is_alive(this_process()) is True


def test_a_process_is_the_same_each_time_it_asks() -> None:
    assert this_process() == this_process()


def test_a_process_is_named_by_its_pid_and_host() -> None:
    assert str(here(pid=12, host="web")) == "process 12 on web"


def test_a_process_that_has_ended_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = here(
        pid=child.pid, started=Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[19]
    )
    assert is_alive(owner) is True
    child.communicate(b"\n")

    assert is_alive(owner) is False


def test_a_process_that_nobody_has_waited_for_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "print()"], stdout=subprocess.PIPE)
    stat = Path(f"/proc/{child.pid}/stat")
    owner = here(pid=child.pid, started=stat.read_text().rpartition(")")[2].split()[19])
    while stat.read_text().rpartition(")")[2].split()[0] != "Z":
        pass

    assert is_alive(owner) is False
    child.communicate()


def test_another_process_that_got_the_same_pid_is_not_the_owner() -> None:
    assert is_alive(here(started="1")) is False


def test_another_boot_may_be_another_machine_of_the_same_name() -> None:
    assert is_alive(here(boot="another-boot/pid:[1]")) is None


def test_of_a_process_whose_boot_is_not_known_nothing_is_known() -> None:
    assert is_alive(here(boot="")) is None


def test_of_a_process_on_another_host_nothing_is_known() -> None:
    assert is_alive(here(host="elsewhere")) is None


def test_of_a_process_in_another_container_of_this_machine_nothing_is_known() -> None:
    boot, _, _ = this_process().boot.partition("/")

    assert is_alive(here(boot=f"{boot}/pid:[1]")) is None


def test_of_a_process_whose_start_is_not_known_nothing_is_known() -> None:
    assert is_alive(here(started="")) is None


def test_a_name_that_is_no_text_is_made_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ken\udcff")
    assert this_user() == "ken?"
