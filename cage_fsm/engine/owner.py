"""Which process drives a run, and whether that process still lives."""

import getpass
import os
import platform
from pathlib import Path

from cage_fsm.engine.definition import Closed


class Owner(Closed):
    """One process: pid and start time name it on its host, for as long as that runs.

    `boot` also names the pid namespace, so that two containers of one machine are told apart.
    """

    host: str
    pid: int
    started: str
    boot: str
    user: str = ""

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def this_process() -> Owner:
    """The process that asks."""
    return Owner(
        host=platform.node(),
        pid=os.getpid(),
        started=_start_of(os.getpid()) or "",
        boot=_boot(),
        user=this_user(),
    )


def this_user() -> str:
    """Who runs this process, by name where there is one."""
    try:
        return getpass.getuser().encode("utf-8", "replace").decode()  # whatever $LOGNAME holds
    except (KeyError, OSError):  # a container without a user of this number
        return f"user {os.getuid()}"


def is_alive(owner: Owner) -> bool | None:
    """Tell whether `owner` still runs; None when that cannot be told from here.

    Another boot may be another machine of the same name, so it proves nothing.
    """
    here = this_process()
    if (owner.host, owner.boot) != (here.host, here.boot) or not owner.started or not here.boot:
        return None
    return _start_of(owner.pid) == owner.started


def _start_of(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return None
    # The command's name is in parentheses and may itself hold spaces: proc(5), field 22.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def _boot() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""
