"""Pretended machines: a home, files, a host name and, where this user may have it, a boot of their own."""

import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from cage_fsm.engine.record import Record

PROGRAM = (sys.executable, "-c", "import sys; from cage_fsm.cli import main; sys.exit(main())")
LONGEST_SECONDS = 1500
"""After so long everything that was started ends by itself, even if nobody is left to end it."""

FORKED_WITHIN_SECONDS = 5
LOOK_EVERY_SECONDS = 0.05
NAMESPACES = ("--uts", "--pid")


class Process:
    """The program in a process of its own, on a machine. What it says is in a file."""

    def __init__(self, command: Sequence[str], place: Path, env: Mapping[str, str], *, inside: bool) -> None:
        self._said = place / f"{time.monotonic_ns()}.txt"
        with self._said.open("wb") as said:
            self._started = subprocess.Popen(
                command, cwd=place, env=env, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.pid = (_child_of(self._started) if inside else None) or self._started.pid

    @property
    def words(self) -> str:
        """What it has said so far."""
        return self._said.read_text("utf-8", "replace")

    @property
    def run(self) -> str | None:
        """The run that it drives, once it has said so."""
        line = next((line for line in self.words.splitlines() if line.startswith("Run ")), "")
        return line.removeprefix("Run ").partition(":")[0] or None

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self._started.poll() is not None

    def until_it_drives(self) -> None:
        """Wait until it has a run, or has ended."""
        while not self.run and self.wait(LOOK_EVERY_SECONDS) is None:
            pass

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless it is over."""
        if self.ended:
            return
        # What waits for a process inside stops with it, and has to go on with it.
        pids = {self.pid, self._started.pid} if number == signal.SIGCONT else {self.pid}
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue  # it has just ended

    def wait(self, seconds: float) -> int | None:
        """The exit code, negative for a signal; None when it has not ended after so long."""
        try:
            return self._started.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        """End it the hard way, whatever state it is in."""
        self.send(signal.SIGKILL)
        self._started.kill()
        self._started.wait()


class Machine:
    """One place to type commands at. `isolated`: with its own host name and process ids, so that whether a
    process of another machine lives cannot be told here.
    """

    def __init__(self, name: str, place: Path, *, isolated: bool) -> None:
        self.name, self.place = name, place
        self.deploy = place / "deploy"
        (place / "home").mkdir(parents=True)
        self._first = _boot(name) if isolated else None
        self._host = name if isolated else platform.node()
        self._processes: list[Process] = []

    def spawn(self, env: Mapping[str, str], *words: str) -> Process:
        """Type a command."""
        home = {"HOME": str(self.place / "home"), "XDG_STATE_HOME": str(self.place / "home" / "state")}
        plain = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        command = [*self._inside, *PROGRAM, *words]
        process = Process(command, self.place, {**plain, **env, **home}, inside=bool(self._inside))
        self._processes.append(process)
        return process

    def drove(self, record: Record) -> bool:
        """Whether a process of this machine is the last that drove a run."""
        return bool(record.drivers) and record.drivers[-1].host == self._host

    def close(self) -> None:
        """End what still runs here, and the machine."""
        for process in self._processes:
            if not process.ended:
                process.end()
        if self._first:
            self._first.kill()
            self._first.wait()

    @property
    def _inside(self) -> list[str]:
        if not self._first:
            return []
        return [
            "nsenter",
            f"--target={_child_of(self._first)}",
            *NAMESPACES,
            "--mount",
            f"--wd={self.place}",
            "--",
        ]


def can_isolate() -> bool:
    """Whether this user may give machines a host name and process ids of their own."""
    if not (shutil.which("unshare") and shutil.which("nsenter")):
        return False
    command = ["unshare", *NAMESPACES, "--fork", "--mount-proc", "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _boot(name: str) -> subprocess.Popen[bytes]:
    """The first process of a machine. With it, all others there end."""
    named = f"echo {name} > /proc/sys/kernel/hostname; exec sleep {LONGEST_SECONDS}"
    return subprocess.Popen(
        ["unshare", *NAMESPACES, "--fork", "--mount-proc", "--kill-child", "sh", "-c", named],
        start_new_session=True,
    )


def _child_of(process: subprocess.Popen[bytes]) -> int | None:
    """The process that `process` has forked; None when it has ended, or does not fork."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until = time.monotonic() + FORKED_WITHIN_SECONDS
    while process.poll() is None and time.monotonic() < until:
        if found := children.read_text("ascii").split():
            return int(found[0])
        time.sleep(0.002)
    return None
