"""Verdicts that count once a second look confirms them: one answer may be stale, or a flap."""

from dataclasses import replace
from datetime import timedelta

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
