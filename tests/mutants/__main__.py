"""Breaks the program's invariants one by one in copies of the tree: the tests must tell each time.

    python -m tests.mutants [--only WORD] [--at-once 2]

A mutant is a small change of one file, with the tests that have to tell (mutants.toml). Exit code 1 when one
survives or is stale, its text not being found exactly once, and when these tests fail without any change.
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.mutants.mutant import mutants
from tests.mutants.playing import Fate, original, play, unchanged


def main() -> int:
    """Play every mutant, and print the table."""
    given, began = _arguments(), time.monotonic()
    chosen = [mutant for mutant in mutants() if given.only in mutant.name]
    survived = 0
    print(f"{'mutant':<58} {'invariant':<34} {'seconds':>7}  caught by")
    with original() as tree, ThreadPoolExecutor(given.at_once) as pool:
        sound = pool.submit(unchanged, tree, chosen)
        for fate in pool.map(partial(play, tree), chosen):
            print(_row(fate), flush=True)
            survived += not fate.caught_by
    if wrong := sound.result():
        print(f"Tests fail although nothing was changed:\n{wrong}")
    caught = f"{len(chosen) - survived} of {len(chosen)} mutants were caught"
    print(f"{caught}, in {time.monotonic() - began:.0f} s")
    return 1 if survived or wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--only", default="", metavar="WORD", help="Mutants whose name holds this.")
    parser.add_argument("--at-once", type=int, default=2, help="How many are played side by side.")
    return parser.parse_args()


def _row(fate: Fate) -> str:
    mutant = fate.mutant
    return f"{mutant.name:<58} {mutant.invariant:<34} {fate.seconds:>7.1f}  {fate.caught_by or fate.trouble}"


if __name__ == "__main__":
    sys.exit(main())
