"""What the program costs as a process: start-up, CPU, memory, and a save on this disk. Real time."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from bench.figure import Figure
from bench.lower_bound import lower_bound
from cage_fsm.checkpoints import open_store
from cage_fsm.cli.sandbox import environment
from cage_fsm.data import data
from cage_fsm.deployfiles import read
from cage_fsm.sandbox import Cloud, ScaledClock, seed_service, serve
from tests.stories.stage import Stage

STARTS = 15
SAVES = 300
PROGRAM = str(Path(sys.executable).with_name("cage-fsm"))


def figures() -> Iterator[Figure]:
    """Start-up beside that of click alone, a local save, and one rollout over HTTP at the speed of AWS."""
    plain = [sys.executable, "-c", "import click"]
    for flag in ("--help", "--version"):
        ours, theirs = _side_by_side([PROGRAM, flag], plain)
        detail = f"{ours * 1000:.0f} ms beside {theirs * 1000:.0f} ms"
        yield Figure(f"cage-fsm {flag}", ours / theirs, 2.5, "×", detail)
    yield Figure("local save, p50", _save_milliseconds(), 5, "ms")
    yield from _rollout()


def _side_by_side(one: Sequence[str], other: Sequence[str]) -> tuple[float, float]:
    pairs = [(_wall_seconds(one), _wall_seconds(other)) for _ in range(STARTS)]
    return median(a for a, _ in pairs), median(b for _, b in pairs)


def _wall_seconds(command: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def _save_milliseconds() -> float:
    stage = Stage()
    stage.rollout()
    text = stage.runs[0].model_dump_json()
    with tempfile.TemporaryDirectory() as place:
        store = open_store(place)
        version, taken = store.create("runs/bench", text), []
        for _ in range(SAVES):
            began = time.perf_counter()
            version = store.save("runs/bench", text, version)
            taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


def _rollout() -> Iterator[Figure]:
    files = read(data("examples/web"), {"IMAGE_TAG": "v2"})
    cloud = Cloud(ScaledClock(1))
    seed_service(cloud, dict(files.service), dict(files.task_definition))
    began = time.perf_counter()
    with serve(cloud) as server, tempfile.TemporaryDirectory() as place:
        settings = environment(server, "us-east-1") | {"CAGE_STORE": place, "IMAGE_TAG": "v2"}
        done = subprocess.run(
            [sys.executable, "-c", _MEASURED, PROGRAM, "rollout", str(data("examples/web"))],
            env=os.environ | settings,
            stdout=subprocess.PIPE,
            check=True,
        )
    cpu_seconds, peak = map(float, done.stdout.split())
    seconds, least = time.perf_counter() - began, lower_bound(Stage())
    detail = f"{seconds:.1f} s of real time with its start-up; {len(cloud.calls)} calls"
    yield Figure("the whole command over HTTP, drain 30 s", seconds / least, 1.04, "×", detail)
    yield Figure("CPU of that command", cpu_seconds, 1.5, "s")
    yield Figure("its peak memory (RSS)", peak / _RSS_UNITS_PER_MB, 100, "MB")


_MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
# Run by a small process: on Linux a child begins with the peak memory of its parent.

_RSS_UNITS_PER_MB = 1024 * 1024 if sys.platform == "darwin" else 1024
"""ru_maxrss is in kilobytes on Linux and in bytes on macOS (getrusage(2))."""
