"""A probe is a process: with its own environment, killed with all that it started, its output fit to keep."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cage_fsm.probe import MOST_CHARACTERS, MOST_LINES, Probes, Process

PATIENCE_SECONDS = 10
OURS = {"PATH": os.defpath, "API_TOKEN": "verysecretvalue", "CANARY_IP": "left over"}


@pytest.fixture
def probes() -> Iterator[Probes]:
    made = Probes(OURS)
    yield made
    made.close()


def run(probes: Probes, program: str, **settings: str | None) -> Process:
    return probes.start([sys.executable, "-c", program], settings)


def ended(process: Process) -> int:
    until = time.monotonic() + PATIENCE_SECONDS
    while (code := process.exit_code) is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    return code


def test_it_gets_our_environment_and_more_and_its_output_is_kept_without_secrets(probes: Probes) -> None:
    process = run(
        probes,
        "import os, sys; print(os.environ['API_TOKEN'], os.environ['CANARY_URL'], 'CANARY_IP' in os.environ,"
        " file=sys.stderr); sys.exit('password=hunter2')",
        CANARY_URL="http://10.0.0.1:80",
        CANARY_IP=None,
    )

    assert ended(process) == 1
    assert process.output.splitlines() == ["[redacted] http://10.0.0.1:80 False", "password=[redacted]"]


def test_only_the_end_of_its_output_is_kept(probes: Probes) -> None:
    process = run(probes, "for n in range(99999): print('line', n, 'x' * 90)")

    assert ended(process) == 0
    assert len(process.output) <= MOST_CHARACTERS
    assert 1 < len(process.output.splitlines()) <= MOST_LINES
    assert "line 99998" in process.output


def test_what_it_started_is_killed_with_it(probes: Probes, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    child = f"import os, time; open({str(file)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    process = run(probes, f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])")
    until = time.monotonic() + PATIENCE_SECONDS
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < until
        time.sleep(0.01)
    probes.close()

    assert process.exit_code == -9
    assert not _lives(int(file.read_text()))


def _lives(pid: int) -> bool:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return False
            time.sleep(0.01)
        except OSError:
            return False
    return True


def test_a_program_that_is_not_there_is_an_os_error(probes: Probes) -> None:
    with pytest.raises(OSError, match="no-such-program"):
        probes.start(["no-such-program"], {})
