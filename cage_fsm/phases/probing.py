"""The probe: a command of the user's that looks at the canary, beside the bake."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from cage_fsm.engine.run import Run
from cage_fsm.judge.probe import passed
from cage_fsm.judge.seen import ProbeSeen
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases.facts import Facts, Inputs

CALL = "the probe"


class Probe(Protocol):
    """A command that was started. `output` is the end of what it wrote, fit to be kept."""

    @property
    def exit_code(self) -> int | None: ...

    @property
    def output(self) -> str: ...

    def end(self) -> None: ...


StartProbe = Callable[[Sequence[str], Mapping[str, str | None]], Probe]
"""Starts a command with more variables in its environment (None: without that one). Raises OSError."""


class Probing:
    """One probe at a time, known to this process only: another one begins it anew."""

    def __init__(self, start: StartProbe) -> None:
        self._start = start
        self._running: tuple[Probe, float] | None = None
        self._verdict: Verdict | None = None

    def judged(self, run: Run) -> Verdict | None:
        """Start the probe, or look at it; None where none is wanted."""
        inputs = Inputs.of(run.record)
        if not inputs.probe or self._verdict:
            return self._verdict
        try:
            verdict = passed(self._look(run, shlex.split(inputs.probe)), inputs.probe_seconds)
        except OSError as error:
            verdict = Verdict("fail", "probe_failed", f"The probe cannot be run: {error}")
        if verdict.says != "wait":
            self.end()
            self._verdict = verdict
        return verdict

    def end(self) -> None:
        """Kill the probe if it runs, and forget what came of it."""
        if self._running:
            self._running[0].end()
        self._running = self._verdict = None

    def _look(self, run: Run, command: Sequence[str]) -> ProbeSeen:
        now = run.clock.now().timestamp()
        if self._running is None:
            run.intend(CALL)
            self._running = self._start(command, environment(Facts.of(run.record))), now
        probe, since = self._running
        return ProbeSeen(now - since, probe.exit_code, probe.output)


def environment(facts: Facts) -> dict[str, str | None]:
    """Where the canary is; None for what cannot be known, as the address of one behind an EC2 instance."""
    ports = [target.port for target in facts.targets] or [
        port for container in facts.containers for port in container.ports
    ]
    address, port = facts.address or None, str(ports[0]) if ports else None
    host = f"[{address}]" if address and ":" in address else address
    return {
        "CANARY_IP": address,
        "CANARY_PORT": port,
        "CANARY_TASK_ARN": facts.task_arn,
        "CANARY_URL": f"http://{host}:{port}" if host and port else None,
    }
