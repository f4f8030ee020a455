"""Starts a probe as a process of its own, and ends it with all that it has started."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress

from cage_fsm.redaction import redacted, secrets_of

READ_BYTES = 65536
MOST_LINES, MOST_CHARACTERS = 20, 2000
"""So much of the end of a probe's output is kept."""


class Process:
    """One started command, in a process group of its own, with its output in a file."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it. Raises OSError."""
        self._secrets = secrets_of(environment)
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - `end` closes it
        try:
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError:
            self._output.close()
            raise

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs, and negative for the signal that it died of."""
        return self._process.poll()

    @property
    def output(self) -> str:
        """The end of what it wrote so far, without what looks like a secret."""
        file = self._output.fileno()
        text = os.pread(file, READ_BYTES, max(os.fstat(file).st_size - READ_BYTES, 0))
        lines = redacted(text.decode("utf-8", "replace"), self._secrets).splitlines()
        return "\n".join(lines[-MOST_LINES:])[-MOST_CHARACTERS:].strip()

    def end(self) -> None:
        """Kill what runs of the group, also what the probe has left behind."""
        if self._output.closed:
            return
        with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of the dead
            os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):  # what became another user's cannot be killed
            self._process.wait(timeout=1)
        self._output.close()


class Probes:
    """Starts probes, and ends those that are left."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._started: list[Process] = []

    def start(self, command: Sequence[str], settings: Mapping[str, str | None]) -> Process:
        """Start a command with `settings` in its environment; None takes a name out. Raises OSError."""
        merged = {**self._environment, **settings}
        environment = {name: value for name, value in merged.items() if value is not None}
        self._started.append(Process(command, environment))
        return self._started[-1]

    def close(self) -> None:
        """End what still runs."""
        for process in self._started:
            process.end()
