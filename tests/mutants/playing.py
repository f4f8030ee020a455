"""Plays the tests against a copy of the tree in which one thing was changed."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]
COPIED = ("cage_fsm", "states", "examples", "docs", "tests", "pyproject.toml")
LONGEST_SECONDS = 300
FAILED = 1
"""pytest's exit code for tests that failed; others mean that it could not run them."""


@dataclass(frozen=True)
class Fate:
    """What became of a mutant: `caught_by` names the test; otherwise `trouble` says what is wrong."""

    mutant: Mutant
    seconds: float
    caught_by: str = ""
    trouble: str = ""


@contextmanager
def original() -> Iterator[Path]:
    """The tree as it is now, as far as the tests need it; who works on it meanwhile changes nothing."""
    with tempfile.TemporaryDirectory(prefix="cage-fsm-mutants-") as name:
        for part in COPIED:
            if (ROOT / part).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / part, Path(name) / part, ignore=ignored)
            else:
                shutil.copy(ROOT / part, Path(name) / part)
        yield Path(name)


def play(original: Path, mutant: Mutant) -> Fate:
    """Change a copy of the `original`, and run tests until one fails."""
    began = time.monotonic()
    with _copy(original) as tree:
        if not mutant.change(tree):
            return Fate(mutant, 0, trouble=f"stale: its text is not found exactly once in {mutant.file}")
        code, said = _pytest(tree, ["--exitfirst", *mutant.tests])
    seconds = time.monotonic() - began
    if code == FAILED and (found := re.search(r"^FAILED (?:tests/)?(.+?)(?: - .*)?$", said, re.MULTILINE)):
        return Fate(mutant, seconds, caught_by=found[1])
    return Fate(mutant, seconds, trouble=_trouble(code, said))


def unchanged(original: Path, chosen: Sequence[Mutant]) -> str:
    """Run the telling tests where nothing was changed; what is wrong, if anything."""
    tests = sorted({test for mutant in chosen for test in mutant.tests})
    with _copy(original) as tree:
        code, said = _pytest(tree, tests)
    return said if code else ""


def _trouble(code: int | None, said: str) -> str:
    if code == 0:
        return "SURVIVED: its tests do not tell"
    if code is None:
        return f"no test told within {LONGEST_SECONDS} s"
    return f"pytest could not run (exit code {code}): {said.strip().splitlines()[-1]}"


@contextmanager
def _copy(tree: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cage-fsm-mutant-") as name:
        shutil.copytree(tree, name, dirs_exist_ok=True)
        yield Path(name)


def _pytest(tree: Path, words: Sequence[str]) -> tuple[int | None, str]:
    options = ("--tb=no", "-rfE", "-p", "no:cacheprovider", "-p", "no:randomly")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *words],  # -m: the tree comes before the installed one
            cwd=tree,
            env=os.environ | {"COLUMNS": "400", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout + done.stderr
