"""A desk to type at: a sandbox behind a port, deploy files, a store, and the program."""

import gc
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cage_fsm.cli import main
from cage_fsm.data import data
from cage_fsm.sandbox import Cloud, ScaledClock, Server, Timings, seed_service
from cage_fsm.sandbox.service_records import Service
from tests.handlers import as_before

Json = dict[str, Any]
PROGRAM = (sys.executable, "-c", "import sys; from cage_fsm.cli import main; sys.exit(main())")
PATIENCE_SECONDS = 20
MUTATING = {
    "RegisterTaskDefinition",
    "RunTask",
    "RegisterTargets",
    "UntagResource",
    "TagResource",
    "UpdateService",
    "DeregisterTargets",
    "StopTask",
    "CreateService",
    "DeleteService",
}


@dataclass(frozen=True)
class Typed:
    """What a command came to."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What stdout says, as data."""
        return json.loads(self.out)


class Child:
    """The program in a process of its own, with its lines as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []

    def until(self, words: str) -> str:
        """Read on until a line holds `words`."""
        assert self.process.stdout
        impatience = threading.Timer(PATIENCE_SECONDS, self.process.kill)
        impatience.start()
        try:
            for line in self.process.stdout:
                self.lines.append(line)
                if words in line:
                    return line
        finally:
            impatience.cancel()
        message = f"{words!r} never came; it said: {''.join(self.lines)}"
        raise AssertionError(message)

    def kill(self) -> None:
        """SIGKILL, and wait until it is dead."""
        self.process.kill()
        self.end()

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        out, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        self.lines.append(out)
        return self.process.returncode


class Desk:
    """One sandbox, one directory of deploy files, one store."""

    def __init__(
        self, server: Server, cloud: Cloud, place: Path, capture: pytest.CaptureFixture[str]
    ) -> None:
        self.server, self.cloud, self.place, self._capture = server, cloud, place, capture
        self.deploy, self.store = place / "deploy", place / "store"
        self.children: list[Child] = []

    def type(self, *words: str | Path) -> Typed:
        """Type a command; it runs in this very process."""
        self._capture.readouterr()
        with as_before():
            code = main([str(word) for word in words])
        gc.unfreeze()  # what a process of its own would take with it when it ends
        said = self._capture.readouterr()
        return Typed(code, said.out, said.err)

    def rollout(self, *words: str | Path, bake: str = "0.1") -> Typed:
        """Roll the deploy files out."""
        return self.type("rollout", self.deploy, "--bake", bake, *words)

    def spawn(self, *words: str | Path, cwd: Path | None = None) -> Child:
        """Type a command in another process."""
        command = [*PROGRAM, *map(str, words)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd or self.place
        )
        self.children.append(Child(process))
        return self.children[-1]

    def tag(self, tag: str) -> None:
        """Let the deploy files name another image."""
        self.change(lambda definition: _tagged(definition, tag))

    def change(self, change: Callable[[Json], Json], name: str = "task-definition.json") -> None:
        """Change a deploy file."""
        file = self.deploy / name
        file.write_text(json.dumps(change(json.loads(file.read_text("utf-8"))), indent=2), "utf-8")

    @property
    def service(self) -> Service:
        """The service as the cloud knows it."""
        self.cloud.settle()
        return next(iter(self.cloud.world.services.values()))

    @property
    def revision(self) -> str:
        """The revision that the service is at, as `family:revision`."""
        return self.service.definition.rpartition("/")[2]

    @property
    def changes(self) -> list[str]:
        """What was changed on AWS, in order."""
        took_effect = ("ok", "dropped")
        calls = [call for call in self.cloud.calls if call.outcome in took_effect]
        return [call.operation for call in calls if call.operation in MUTATING]

    def runs(self) -> list[Json]:
        """What `runs --json` says."""
        found: list[Json] = self.type("runs", "--json").json()
        return found

    def tidy(self) -> None:
        """End what is still running."""
        for child in self.children:
            if child.process.poll() is None:
                child.process.send_signal(signal.SIGKILL)
            child.process.communicate()


def plain(service: Json) -> Json:
    """A service without a load balancer: its rollouts need no two healthy looks two seconds apart."""
    gone = ("loadBalancers", "healthCheckGracePeriodSeconds")
    return {name: value for name, value in service.items() if name not in gone}


def write_example(place: Path, service: Callable[[Json], Json]) -> tuple[Json, Json]:
    """Put the example's files there, without their health check, and return them."""
    place.mkdir()
    written = service(json.loads((data("examples/web") / "service.json").read_text("utf-8")))
    definition = json.loads((data("examples/web") / "task-definition.json").read_text("utf-8"))
    definition["containerDefinitions"][0].pop("healthCheck")
    definition = _tagged(definition, "v2")
    (place / "service.json").write_text(json.dumps(written, indent=2), "utf-8")
    (place / "task-definition.json").write_text(json.dumps(definition, indent=2), "utf-8")
    return written, definition


def quick_cloud(service: Json, definition: Json) -> Cloud:
    """A cloud a hundred times as fast as AWS, at a quick pace besides."""
    pace = Timings(provisioning=2, activating=3, settled=2, crash_after=2, backoff=2)
    cloud = Cloud(ScaledClock(100), pace=pace)
    seed_service(cloud, service, definition, health_check_interval=2, deregistration_delay=5)
    return cloud


def environment(url: str, place: Path) -> Mapping[str, str]:
    """What makes the program find the sandbox and the store, and nothing of the machine's own."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_CONFIG_FILE": str(place / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(place / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "CAGE_STORE": str(place / "store"),
        "CAGE_POLL_INTERVAL": "0.05",
        "COLUMNS": "200",
    }


def read_until(terminal: int, words: str) -> str:
    """What a terminal shows, up to `words`."""
    shown, written = "", select.poll()  # select() itself knows only the first thousand file descriptors
    written.register(terminal, select.POLLIN)
    until = time.monotonic() + PATIENCE_SECONDS
    while words not in shown:
        ready = written.poll(max(until - time.monotonic(), 0) * 1000)
        assert ready, f"{words!r} was never shown; there was: {shown}"
        shown += os.read(terminal, 4096).decode("utf-8", "replace")
    return shown


def _tagged(definition: Json, tag: str) -> Json:
    (web,) = definition["containerDefinitions"]
    image = web["image"].rpartition(":")[0]
    return definition | {"containerDefinitions": [web | {"image": f"{image}:{tag}"}]}
