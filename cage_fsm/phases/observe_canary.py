"""observing_canary: stays healthy for the bake time. Alarms and probes come with a later version."""

from datetime import timedelta
from typing import ClassVar

from cage_fsm.engine.durations import words
from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.phases import pace
from cage_fsm.phases.base import Working, told
from cage_fsm.phases.check_targets import canary_and_targets


class ObserveCanary(Working):
    """Only time that was watched counts: a look without a healthy canary begins the bake anew."""

    needs: ClassVar[frozenset[str]] = frozenset({"check_targets"})

    def poll(self, run: Run) -> Outcome | Wait:
        """Judge task and targets at each look until the bake time is over."""
        verdict = canary_and_targets(self.aws, run, was_healthy=True)
        if verdict.says != "pass":
            run.looks.forget("bake")
            return told(verdict, pace.SELDOM)
        now = run.clock.now()
        since, _ = run.looks.see("bake", now)
        left = since + timedelta(seconds=run.record.durations["bake"]) - now
        if left > timedelta(0):
            seconds = left.total_seconds()
            return Wait(pace.until(seconds), f"healthy; {words(seconds)} of the bake time left")
        return told(verdict, pace.SELDOM)
