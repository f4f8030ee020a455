"""observing_canary: stays healthy for the bake time. Alarms and probes come with a later version."""

from datetime import timedelta
from typing import ClassVar

from cage_fsm.engine.durations import words
from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.phases import canary, pace
from cage_fsm.phases.base import Working, told
from cage_fsm.phases.check_targets import healthy_everywhere


class ObserveCanary(Working):
    """Only time that was watched counts: a look without a healthy canary begins the bake anew."""

    needs: ClassVar[frozenset[str]] = frozenset({"check_targets"})

    def poll(self, run: Run) -> Outcome | Wait:
        """Judge task and targets at each look until the bake time is over."""
        verdict = canary.judged(run, canary.look(self.aws, run), health=True)
        if verdict.says == "pass":
            verdict = healthy_everywhere(self, run)
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
