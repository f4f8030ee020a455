"""What the phases share."""

from typing import ClassVar

from pydantic import JsonValue

from cage_fsm.aws.clients import Aws
from cage_fsm.engine.definition import Direction, Resource, Trigger
from cage_fsm.engine.ports import Outcome, Suspended, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge.verdict import Verdict
from cage_fsm.redaction import redacted, without_secrets


class Working:
    """A phase that does nothing on entry and is done at once; each one overrides what it needs."""

    # What is true of the phase; `Promise` says what each word means.
    outcomes: ClassVar[frozenset[Trigger]] = frozenset({"done"})
    acquires: ClassVar[frozenset[Resource]] = frozenset()
    releases: ClassVar[frozenset[Resource]] = frozenset()
    direction: ClassVar[Direction | None] = None
    needs: ClassVar[frozenset[str]] = frozenset()
    renews: ClassVar[bool] = False

    def __init__(self, aws: Aws) -> None:
        self.aws = aws

    def enter(self, run: Run) -> None:
        """Make it so."""

    def poll(self, run: Run) -> Outcome | Wait | Suspended:  # noqa: ARG002 - the protocol gives it
        """Judge."""
        return Outcome("done")

    def explain(self, run: Run, verdict: Outcome) -> Outcome:  # noqa: ARG002 - the protocol gives it
        """Add what is known of a verdict against the rollout: here nothing."""
        return verdict

    def exit(self, run: Run) -> None:
        """Keep the verdict that ends this state as evidence."""
        if run.verdict and (run.verdict.evidence or run.verdict.trigger != "done"):
            run.testify(run.verdict.trigger, run.verdict.reason, run.verdict.evidence)


def told(verdict: Verdict, wait_seconds: float, *, fail: Trigger = "failed") -> Outcome | Wait:
    """What a verdict of the judge means to the engine. `fail` is the trigger of a failing one."""
    if verdict.says == "wait":
        return Wait(wait_seconds, redacted(verdict.reason), evidence_of(verdict))
    return outcome_of(verdict, "done" if verdict.says == "pass" else fail)


def outcome_of(verdict: Verdict, trigger: Trigger) -> Outcome:
    """A verdict that was reached, with its evidence; AWS's words may hold secrets."""
    return Outcome(trigger, redacted(verdict.reason), evidence_of(verdict))


def evidence_of(verdict: Verdict) -> dict[str, JsonValue]:
    """The rule of a verdict, and what it was judged on."""
    seen = {name: without_secrets(value) for name, value in verdict.seen.items() if value not in ("", None)}
    return {"rule": verdict.rule, **seen}
