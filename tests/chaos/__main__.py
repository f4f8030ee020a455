"""Real processes over HTTP, killed, stopped and interrupted at random; then everything is brought to its end.

    python -m tests.chaos [--rollouts 200] [--seed N] [--minutes 9]

Several services at once, each in a `cage-fsm sandbox` of its own and deployed from two pretended machines,
which share a store: a directory, or a bucket. Exit code 1 when a promise was broken, or time did not do for
all rollouts.
"""

import argparse
import itertools
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random, SystemRandom

from tests.chaos.kit import KINDS
from tests.chaos.lane import Lane
from tests.chaos.machine import can_isolate
from tests.chaos.store import shared_stores
from tests.chaos.tally import Tally


def main() -> int:
    """Play, and report."""
    given = _arguments()
    began, tally = time.monotonic(), Tally()
    isolated = can_isolate()
    print(f"seed {given.seed}; {given.rollouts} rollouts; {_identity(isolated=isolated)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="cage-fsm-chaos-") as place, ExitStack() as stack:
        numbers = _numbers(given.rollouts, began + given.minutes * 60)
        lanes = _lanes(Path(place), given.seed, tally, isolated=isolated, stack=stack)
        threads = [threading.Thread(target=_play, args=(lane, numbers, tally), daemon=True) for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print("\n".join(tally.lines()))
    print(f"{'seconds:':<28} {time.monotonic() - began:>4.0f}   seed {given.seed}")
    missing = given.rollouts - tally.total("rollouts")
    if missing:
        print(f"Time was up: {missing} rollouts were not begun. Give more with --minutes, or ask for fewer.")
    return 1 if tally.violations or missing else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--rollouts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    parser.add_argument("--minutes", type=float, default=9, help="No rollout begins after this time.")
    return parser.parse_args()


def _identity(*, isolated: bool) -> str:
    if isolated:
        return "each machine has a host name and process ids of its own"
    return "this user may not `unshare`: all machines have one host name, and see each other's processes"


def _lanes(place: Path, seed: int, tally: Tally, *, isolated: bool, stack: ExitStack) -> list[Lane]:
    stores, lanes = stack.enter_context(shared_stores(place)), []
    for number, (store, kind) in enumerate(itertools.product(stores, KINDS)):
        name, dice = f"lane-{number}", Random(f"{seed} {number}")
        lane = Lane(name, kind, place / name, tally, store=store, dice=dice, isolated=isolated)
        stack.callback(lane.close)
        lanes.append(lane)
    return lanes


def _numbers(rollouts: int, until: float) -> Iterator[int]:
    """The rollouts that are still to be begun, for whichever lane is free."""
    for number in range(1, rollouts + 1):
        if time.monotonic() > until:
            return
        yield number


def _play(lane: Lane, numbers: Iterator[int], tally: Tally) -> None:
    try:
        for number in numbers:
            lane.play(number)
    except Exception as error:  # noqa: BLE001 - the other lanes go on; the report says it
        tally.violation(f"{lane.name} broke down: {type(error).__name__}: {error}")


if __name__ == "__main__":
    sys.exit(main())
