"""Taking a run over: only from an owner that is dead, and only once at a time."""

from collections.abc import Callable
from datetime import timedelta

from cage_fsm.engine.definition import Definition
from cage_fsm.engine.durations import words
from cage_fsm.engine.machine import deadline
from cage_fsm.engine.owner import Owner
from cage_fsm.engine.ports import StoreDown, Superseded
from cage_fsm.engine.run import Run

LEASE = timedelta(seconds=90)
"""An owner whose record has not changed for this long is dead: a living one saves every 30 s."""

NO_ANSWER = timedelta(seconds=60)
"""How long a state goes on past its deadline without one whole look, and a take-over without the store."""


class StillDriven(Exception):
    """The run's owner lives, or may live; a second process may not drive it."""

    @classmethod
    def by(cls, owner: Owner, run_id: str) -> "StillDriven":
        """Say whose the run is."""
        return cls(
            f"Run {run_id} is driven by {owner}, which is alive. Follow it with `cage-fsm watch {run_id}`, "
            "or end that process first. If it hangs, the same command with --take-over takes the run from it."
        )


def wait_for_death(run: Run, alive: Callable[[Owner], bool | None], say: Callable[[str], None]) -> None:
    """Return once nobody drives `run`. Raises StillDriven."""
    owner = run.record.owner
    if owner is None or owner == run.owner:
        return
    lives = alive(owner)
    if lives is None:
        lease = words(LEASE.total_seconds())
        say(f"{owner} owns this run; waiting {lease} for a sign of it (--take-over does not wait)")
        lives = _shows_life(run, owner)
    if lives:
        raise StillDriven.by(run.record.owner or owner, run.record.id)


def own(run: Run, definition: Definition, *, whoever_lives: bool = False) -> None:
    """Save this process as the owner, with a fresh deadline where the state renews.

    Raises StillDriven when another process was first, StoreDown when the store stays out of reach. An owner
    that is to be taken from `whoever_lives` may save in between; that is no reason to give up.
    """
    tried_since, before = run.clock.now(), run.record.owner
    while not run.record.final:
        try:
            if run.stale:
                run.reload()
                if run.record.owner == run.owner:
                    return  # the save whose answer was lost
            state, now = run.record.state, run.clock.now()
            renewed = deadline(definition, state, run.record, now)
            run.take(**{"deadline": renewed} if definition.state[state].renew else {})
        except Superseded:
            run.refresh()
            if not (whoever_lives and run.record.owner == before):
                raise _outrun(run) from None
            run.stale = False
        except StoreDown:
            if run.clock.now() - tried_since > NO_ANSWER or run.signals:
                raise
            run.clock.sleep(1)
        else:
            return


def _outrun(run: Run) -> StillDriven:
    if run.record.owner:
        return StillDriven.by(run.record.owner, run.record.id)
    message = f"Another process drove run {run.record.id} at this moment. See what became of it: "
    return StillDriven(f"{message}`cage-fsm show {run.record.id}`.")


def _shows_life(run: Run, owner: Owner) -> bool:
    nonce, until = run.record.nonce, run.clock.now() + LEASE
    while (left := (until - run.clock.now()).total_seconds()) > 0:
        if run.signals:
            message = f"Interrupted before it was known whether {owner} still drives run {run.record.id}."
            raise StillDriven(message)
        run.clock.sleep(left)  # a signal ends it early, and proves nothing
    run.refresh()
    return run.record.nonce != nonce and run.record.owner is not None
