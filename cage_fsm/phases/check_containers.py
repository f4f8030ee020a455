"""checking_containers: every container with a health check is HEALTHY."""

from typing import ClassVar

from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.phases import canary, pace
from cage_fsm.phases.base import told
from cage_fsm.phases.evidence import AboutTheCanary
from cage_fsm.phases.facts import Facts


class CheckContainers(AboutTheCanary):
    """UNHEALTHY fails at once; a container without a health check need only run."""

    needs: ClassVar[frozenset[str]] = frozenset({"launch_canary"})

    def poll(self, run: Run) -> Outcome | Wait:
        """Judge the canary's task and its containers."""
        verdict = canary.judged(run, canary.look(self.aws, run), health=True)
        return told(verdict, pace.next_check(pace.since_entry(run), Facts.of(run.record).containers))
