"""What befalls a process: signals at random moments, from its start on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from signal import SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGSTOP, SIGTERM, Signals

from tests.chaos.machine import Process

START_UP_SECONDS = 2.0
ROLLOUT_SECONDS = 8.0
"""About as long as both take, on cores that have other things to do."""

ASKS = frozenset({SIGINT, SIGTERM, SIGHUP})
"""Signals that ask a process to end in its own way."""


@dataclass(frozen=True)
class Step:
    """A signal, so many seconds after the one before."""

    seconds: float
    signal: Signals


@dataclass(frozen=True)
class Blow:
    """What befalls one process. `taken_over`: while it is stopped, somebody else takes its run."""

    name: str
    steps: tuple[Step, ...] = ()

    @property
    def taken_over(self) -> bool:
        return self.name == "taken over while stopped"

    @property
    def signals(self) -> frozenset[Signals]:
        return frozenset(step.signal for step in self.steps)

    @property
    def asks(self) -> bool:
        """Whether the process is asked to end, which may turn a good rollout into an aborted one."""
        return bool(self.signals & ASKS)

    def strike(self, process: Process, between: Callable[[], None]) -> None:
        """Send the signals; `between` is called right before a stopped process may go on.

        The first one is timed from the start of the process, or else from the moment when it drives its run.
        """
        if self.name not in AT_START_UP:
            process.until_it_drives()
        for step in self.steps:
            if process.wait(step.seconds) is not None:
                return
            if step.signal == SIGCONT:
                between()
            process.send(step.signal)


LEFT_ALONE = Blow("left alone")
AT_START_UP = frozenset({"left alone", "SIGKILL at start-up", "SIGTERM at start-up", "SIGINT at start-up"})


def any_blow(dice: Random) -> Blow:
    """One of all the blows there are."""
    name = dice.choices([*_BLOWS], [weight for weight, _ in _BLOWS.values()])[0]
    return Blow(name, tuple(Step(seconds, number) for seconds, number in _BLOWS[name][1](dice)))


def _sometime(dice: Random) -> float:
    return dice.uniform(0, ROLLOUT_SECONDS)


Steps = Callable[[Random], list[tuple[float, Signals]]]
_BLOWS: Mapping[str, tuple[int, Steps]] = {
    "left alone": (2, lambda _: []),
    "SIGKILL": (8, lambda dice: [(_sometime(dice), SIGKILL)]),
    "SIGKILL at start-up": (2, lambda dice: [(dice.uniform(0, START_UP_SECONDS), SIGKILL)]),
    "SIGTERM at start-up": (1, lambda dice: [(dice.uniform(0, START_UP_SECONDS), SIGTERM)]),
    "SIGINT at start-up": (1, lambda dice: [(dice.uniform(0, START_UP_SECONDS), SIGINT)]),
    "SIGINT": (1, lambda dice: [(_sometime(dice), SIGINT)]),
    "SIGTERM": (1, lambda dice: [(_sometime(dice), SIGTERM)]),
    "SIGHUP": (1, lambda dice: [(_sometime(dice), SIGHUP)]),
    "two signals": (2, lambda dice: [(_sometime(dice), SIGINT), (dice.uniform(0, 2), SIGTERM)]),
    "cancelled": (2, lambda dice: [(_sometime(dice), SIGINT), (1.5, SIGTERM), (0.5, SIGKILL)]),
    "stopped for a while": (1, lambda dice: [(_sometime(dice), SIGSTOP), (dice.uniform(0, 3), SIGCONT)]),
    "taken over while stopped": (3, lambda dice: [(_sometime(dice), SIGSTOP), (0.2, SIGCONT)]),
}
