"""observing_canary: stays healthy for the bake time, while no alarm fires and the probe passes."""

from datetime import timedelta
from typing import ClassVar

from cage_fsm.aws.clients import Aws
from cage_fsm.engine.durations import words
from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases import alarms, pace
from cage_fsm.phases.base import outcome_of, told
from cage_fsm.phases.check_targets import canary_and_targets
from cage_fsm.phases.evidence import AboutTheCanary
from cage_fsm.phases.probing import Probing, StartProbe


class ObserveCanary(AboutTheCanary):
    """Only time that was watched counts: a look without a healthy canary begins the bake anew."""

    needs: ClassVar[frozenset[str]] = frozenset({"check_targets"})

    def __init__(self, aws: Aws, start_probe: StartProbe) -> None:
        super().__init__(aws)
        self._probing = Probing(start_probe)

    def poll(self, run: Run) -> Outcome | Wait:
        """Judge task and targets at each look, then the gates, until the bake time is over."""
        verdict = canary_and_targets(self.aws, run, was_healthy=True)
        if verdict.says != "pass":
            run.looks.forget("bake")
            return told(verdict, pace.A_MOMENT)
        gates = [gate for gate in (alarms.judged(self.aws, run), self._probing.judged(run)) if gate]
        if failed := next((gate for gate in gates if gate.says == "fail"), None):
            return outcome_of(failed, "failed")
        return self._bake(run, [verdict, *gates])

    def _bake(self, run: Run, gates: list[Verdict]) -> Outcome | Wait:
        now = run.clock.now()
        since, _ = run.looks.see("bake", now)
        left = (since + timedelta(seconds=run.record.durations["bake"]) - now).total_seconds()
        reasons = [gate.reason for gate in gates if gate.says == "wait"]
        seen = {name: each for gate in gates for name, each in gate.seen.items()}
        if left > 0:
            reasons = [f"{words(left)} of the bake time left", *reasons]
        if reasons:
            return told(
                Verdict("wait", "bake_over", f"healthy; {'; '.join(reasons)}", seen), pace.until(left)
            )
        lasted = words((now - since).total_seconds())
        words_of_it = f"The canary stayed healthy for {lasted}."
        return outcome_of(Verdict("pass", "bake_over", words_of_it, {"healthy_for": lasted, **seen}), "done")

    def exit(self, run: Run) -> None:
        """Whatever the verdict: no probe outlives the state."""
        self._probing.end()
        super().exit(run)
