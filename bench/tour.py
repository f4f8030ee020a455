"""One line per kind of service and per fault: the whole command over HTTP, on a cloud that hurries."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from bench.programs import PROGRAM
from cage_fsm.cli.sandbox import environment
from cage_fsm.deployfiles import read
from cage_fsm.sandbox import SCENARIOS, Cloud, Leftovers, ScaledClock, leftovers, seed_service, serve
from tests.stories.kinds import KINDS
from tests.stories.stage import write_example

SPEED = 20
LOOK = ("--poll-interval", "0.1", "--bake", "0.5s")
AT_ONCE = 2
ALARM = "web-5xx"
NEEDS_OPERATOR = 4


class Case(NamedTuple):
    """A rollout: of which kind of service, with which image tag, in which cloud."""

    name: str
    kind: Mapping[str, Any] = {}
    tag: str = "v2"
    scenario: str = "healthy"
    flags: tuple[str, ...] = ()


class Done(NamedTuple):
    """What became of it: the exit code, seconds in the cloud, calls, what is left, and it in a sentence."""

    case: str
    code: int
    seconds: float
    calls: int
    left: Leftovers
    sentence: str

    @property
    def honest(self) -> bool:
        """Nothing is left, or an operator was told so."""
        return self.left.clean or self.code == NEEDS_OPERATOR

    def row(self) -> str:
        """A row of a Markdown table."""
        left = "; ".join(self.left.sentences)
        return f"| {self.case} | {self.code} | {self.seconds:.0f} | {self.calls} | {left} | {self.sentence} |"


def main() -> int:
    """Print a Markdown table. The exit code says whether something was left behind in silence."""
    cases = [
        *(Case(name, kind) for name, kind in KINDS.items()),
        *(_fault(name) for name in SCENARIOS if name not in ("healthy", "throttled-everything")),
    ]
    print("| what | exit | seconds in the cloud | calls | left | in a sentence |\n|---|---|---|---|---|---|")
    lies = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in pool.map(_run, cases):
            print(done.row(), flush=True)
            lies += not done.honest
    return 1 if lies else 0


def _fault(name: str) -> Case:
    if SCENARIOS[name].befalls == "calls":
        return Case(name, scenario=name)
    return Case(name, tag=f"v2-{name}", flags=("--alarm", ALARM) if name.startswith("alarm") else ())


def _run(case: Case) -> Done:
    seeded = dict(case.kind)
    changes = [seeded.pop(name, _same) for name in ("service", "definition")]
    cloud = Cloud(ScaledClock(SPEED), case.scenario)
    with serve(cloud) as server, tempfile.TemporaryDirectory() as place:
        write_example(Path(place), *changes)
        files = read(Path(place), {"IMAGE_TAG": case.tag})
        seed_service(cloud, dict(files.service), dict(files.task_definition), **seeded)
        cloud.set_alarm(ALARM, "OK")
        began = cloud.clock.now()
        settings = {"CAGE_STORE": f"{place}/store", "IMAGE_TAG": case.tag}
        done = subprocess.run(
            [PROGRAM, "rollout", place, *LOOK, *case.flags],
            env=os.environ | environment(server, cloud.world.region) | settings,
            capture_output=True,
            text=True,
            check=False,
        )
    seconds = (cloud.clock.now() - began).total_seconds()
    said = _sentence(done.stdout.strip().splitlines())
    return Done(case.name, done.returncode, seconds, len(cloud.calls), leftovers(cloud), said)


def _sentence(lines: Sequence[str]) -> str:
    """The cause of a failure, or how the run ended."""
    return next((line for line in lines if line.startswith("Cause: ")), lines[-1])


def _same(document: Any) -> Any:
    return document


if __name__ == "__main__":
    sys.exit(main())
