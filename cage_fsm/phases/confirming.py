"""What counts once a second look confirms it: one answer may be stale, or a flap."""

from dataclasses import replace
from datetime import timedelta

from cage_fsm.engine.ports import Retryable
from cage_fsm.engine.run import Run
from cage_fsm.judge.verdict import Verdict

LOOKS = 2


def confirmed(run: Run, name: str, verdict: Verdict, apart: timedelta) -> Verdict:
    """The `verdict`, or to wait until it was seen at two looks in a row that are `apart`.

    The caller lets `run.looks` forget `name` at a look that says something else.
    """
    if run.looks.see(name, run.clock.now(), apart=apart)[1] >= LOOKS:
        return verdict
    return replace(verdict, says="wait", reason=f"{verdict.reason} Looking once more.")


def require_sought(
    run: Run, call: str, after: timedelta, words: str, apart: timedelta = timedelta(0)
) -> None:
    """Raise Retryable, in these words, until two looks have seen nothing of a `call` in doubt.

    They are `apart`, and the call was sent longer ago than `after`: answers are stale for a while.
    """
    now = run.clock.now()
    _, looks = run.looks.see(f"nothing of {call}", now, apart=apart)
    if looks < LOOKS or now - run.last_sent(call) < after:
        raise Retryable(words)
