"""Plays the tests against a copy of the tree in which one thing was changed."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]
COPIED = ("cage_fsm", "states", "examples", "docs", "tests", "pyproject.toml")
EVERYTHING = ("tests/crash", "tests/stories", "tests/unit/engine")
"""What is run of a mutant that its own tests do not tell."""

LONGEST_SECONDS = 420
FAILED = 1
"""pytest's exit code for tests that failed; others mean that it could not run them."""


@dataclass(frozen=True)
class Fate:
    """What became of a mutant: `caught_by` names the test; otherwise `trouble` says what is wrong."""

    mutant: Mutant
    seconds: float
    caught_by: str = ""
    trouble: str = ""


def play(place: Path, mutant: Mutant) -> Fate:
    """Change a copy, and run tests until one fails."""
    tree, began = _copy(place / mutant.name.replace(" ", "-")), time.monotonic()
    try:
        if not mutant.change(tree):
            return Fate(mutant, 0, trouble=f"stale: its text is not found exactly once in {mutant.file}")
        code, said = _pytest(tree, ["--exitfirst", *mutant.tests, *EVERYTHING])
    finally:
        shutil.rmtree(tree)
    seconds = time.monotonic() - began
    if code == FAILED and (found := re.search(r"^FAILED (?:tests/)?(\S+)", said, re.MULTILINE)):
        return Fate(mutant, seconds, caught_by=found[1])
    return Fate(mutant, seconds, trouble=_trouble(code, said))


def unchanged(place: Path, chosen: Sequence[Mutant]) -> str:
    """Run the telling tests on a copy in which nothing was changed; what is wrong, if anything."""
    tree = _copy(place / "unchanged")
    code, said = _pytest(tree, sorted({test for mutant in chosen for test in mutant.tests}))
    return said if code else ""


def _trouble(code: int | None, said: str) -> str:
    if code == 0:
        return "SURVIVED: no test tells"
    if code is None:
        return f"no test told within {LONGEST_SECONDS} s"
    return f"pytest could not run (exit code {code}): {said.strip().splitlines()[-1]}"


def _copy(tree: Path) -> Path:
    """What the tests need, without what they leave."""
    tree.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tree / name)
    return tree


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
