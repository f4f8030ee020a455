"""One service, one rollout after the other: each is disturbed, brought to its end, and looked into."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

from cage_fsm.engine.record import Record
from tests.chaos.acts import Act, Hands
from tests.chaos.blows import LEFT_ALONE, Blow, any_blow
from tests.chaos.cloud import Sandbox, Witness
from tests.chaos.inquest import Inquest
from tests.chaos.kit import Kind, tag_of
from tests.chaos.machine import Machine
from tests.chaos.store import Books, SharedStore
from tests.chaos.tally import Tally

Env = Mapping[str, str]

TAKE_OVER = ("--take-over",)
MOST_RESUMES = 12
DISTURBED_RESUMES = 3
"""Only the first ones are disturbed as well."""

A_GATE = 0.3
GATE = ("--before-update", "web: sleep 60")
"""How probable a one-off task is; for the sandbox this is two seconds."""

A_RIVAL, A_TWIN, A_ROLLBACK, A_DISTURBANCE, THE_SAME_MACHINE = 0.12, 0.12, 0.15, 0.4, 0.5
"""How probable it is: a second rollout, two resumes at once, to go back instead of on, …"""

THE_LEASE = 0.05
"""… and to wait 90 s for a sign of a process that cannot be told dead, where --take-over would not."""


class Lane:
    """A service of some kind in a sandbox, two machines, and the store that they share."""

    def __init__(
        self,
        name: str,
        kind: Kind,
        place: Path,
        tally: Tally,
        *,
        store: SharedStore,
        dice: Random,
        isolated: bool,
    ) -> None:
        self.name = name
        self._kind, self._store, self._dice, self._tally = kind, store.kind, dice, tally
        names = (f"{name}-a", f"{name}-b")
        self._machines = [Machine(name, place / name, isolated=isolated) for name in names]
        for machine in self._machines:
            kind.write(machine.deploy, name)
        self._sandbox = Sandbox(self._machines[0].deploy)
        self._witness = Witness(self._sandbox.env, name, "web")
        self._books = Books(store.address, name)
        self._inquest = Inquest(self._witness, self._books, tally, f"{name}, {kind.name}")
        env = {**store.env, **self._sandbox.env, "CAGE_STORE": store.address, "CAGE_POLL_INTERVAL": "0.2"}
        self._hands = Hands(env, self._books, tally, f"{name}, {kind.name}")

    def close(self) -> None:
        """End what still runs."""
        self._witness.close()
        self._sandbox.close()
        for machine in self._machines:
            machine.close()

    def play(self, number: int) -> None:
        """One rollout from its beginning to its end and the inquest."""
        image = self._dice.choice(self._kind.images)
        self._tally.count("rollouts", image)
        self._tally.count("kept in", self._store)
        env = {"IMAGE_TAG": tag_of(number, image)}
        gate = GATE if self._dice.random() < A_GATE else ()
        self._tally.count("before the update", "a one-off task" if gate else "nothing")
        asked = self._begin(env, gate)
        resumes = 0
        while resumes < MOST_RESUMES and (unfinished := self._books.unfinished()):
            asked |= self._go_on(unfinished[0], env, disturbed=resumes < DISTURBED_RESUMES)
            resumes += 1
        self._tally.count("needed resumes", str(resumes))
        self._inquest.hold(image, asked=asked)

    def _begin(self, env: Env, gate: tuple[str, ...]) -> bool:
        """A rollout, perhaps with a rival, or taken over; returns whether it was asked to end."""
        here, there = self._dice.sample(self._machines, 2)
        blow, contested = any_blow(self._dice), self._dice.random() < A_RIVAL
        pause = self._dice.uniform(0.5, 6)

        def taken_over(run: str) -> None:
            takers.append(_aside(lambda: self._hands.do(taker(run), env)))
            time.sleep(pause)

        def taker(run: str) -> Act:
            return Act(there, "resume", (str(there.deploy), *TAKE_OVER), run=run, contested=True)

        def rollout(machine: Machine, blow: Blow) -> Act:
            words = (str(machine.deploy), "--bake", "0.5s", *gate)
            return Act(machine, "rollout", words, blow, contested=contested or blow.taken_over)

        takers: list[threading.Thread] = []
        if contested:
            rival = rollout(there, LEFT_ALONE)
            takers.append(_aside(lambda: self._hands.do(rival, env), pause))
        self._hands.do(rollout(here, blow), env, taken_over)
        for each in takers:
            each.join()
        return blow.asks

    def _go_on(self, record: Record, env: Env, *, disturbed: bool) -> bool:
        """A resume, two at once, or a rollback; returns whether it was asked to end or to go back."""
        blow = any_blow(self._dice) if disturbed and self._dice.random() < A_DISTURBANCE else LEFT_ALONE
        back, twins = self._dice.random() < A_ROLLBACK, self._dice.random() < A_TWIN
        machine = self._dice.choice(self._machines)
        if self._dice.random() < THE_SAME_MACHINE:
            machine = next((each for each in self._machines if each.drove(record)), machine)
        act = self._continuation(record, machine, back=back, contested=twins)
        twin = _aside(lambda: self._hands.do(act, env)) if twins else None
        self._hands.do(replace(act, blow=blow), env)
        if twin:
            twin.join()
        return blow.asks or back

    def _continuation(self, record: Record, machine: Machine, *, back: bool, contested: bool) -> Act:
        cannot_be_told_dead = record.owner is not None and not machine.drove(record)
        options = TAKE_OVER if cannot_be_told_dead and self._dice.random() > THE_LEASE else ()
        if back:
            return Act(machine, "rollback", options, run=record.id, contested=contested)
        return Act(machine, "resume", (str(machine.deploy), *options), run=record.id, contested=contested)


def _aside(do: Callable[[], object], pause: float = 0) -> threading.Thread:
    """Do something meanwhile."""

    def later() -> None:
        time.sleep(pause)
        do()

    thread = threading.Thread(target=later, daemon=True)
    thread.start()
    return thread
