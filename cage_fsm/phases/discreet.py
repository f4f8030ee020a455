"""Lets nothing secret out of a phase: neither in what it gives nor in what it raises.

AWS repeats what it was sent in its errors, and containers and probes write what they were given.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from cage_fsm.engine.definition import Trigger
from cage_fsm.engine.ports import Outcome, Refused, Suspended, Wait
from cage_fsm.engine.run import Hurries, Phase, Run
from cage_fsm.redaction import redacted, without_secrets


@contextmanager
def discreet(known: Collection[str]) -> Iterator[None]:
    """Take what looks like a secret, and the values `known`, out of the words of whatever is raised."""
    try:
        yield
    except Exception as error:
        error.args = tuple(redacted(each, known) if isinstance(each, str) else each for each in error.args)
        if isinstance(error, Refused):
            error.outcome = _outcome(error.outcome, known)
        raise


class Discreet:
    """A phase, with the values that it must not tell."""

    def __init__(self, phase: Phase, known: Collection[str]) -> None:
        self._phase, self._known = phase, known

    @property
    def outcomes(self) -> frozenset[Trigger]:
        """Those of the phase."""
        return self._phase.outcomes

    def enter(self, run: Run) -> None:
        """Make it so."""
        with discreet(self._known):
            self._phase.enter(run)

    def poll(self, run: Run) -> Outcome | Wait | Suspended:
        """Judge."""
        with discreet(self._known):
            seen = self._phase.poll(run)
        if isinstance(seen, Outcome):
            return _outcome(seen, self._known)
        if isinstance(seen, Suspended):
            return replace(seen, why=redacted(seen.why, self._known))
        evidence = {name: without_secrets(value, self._known) for name, value in seen.evidence.items()}
        return replace(seen, seen=redacted(seen.seen, self._known), evidence=evidence)

    def explain(self, run: Run, verdict: Outcome) -> Outcome:
        """Add what else is known of a verdict."""
        with discreet(self._known):
            return _outcome(self._phase.explain(run, verdict), self._known)

    def exit(self, run: Run) -> None:
        """Keep the verdict as evidence; it was made fit to be kept."""
        self._phase.exit(run)

    def hurry(self, run: Run) -> bool:
        """Release the canary without waiting."""
        with discreet(self._known):
            return cast("Hurries", self._phase).hurry(run)


def _outcome(verdict: Outcome, known: Collection[str]) -> Outcome:
    evidence = {name: without_secrets(value, known) for name, value in verdict.evidence.items()}
    return replace(verdict, reason=redacted(verdict.reason, known), evidence=evidence)
