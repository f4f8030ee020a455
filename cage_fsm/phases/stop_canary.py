"""stopping_canary: the canary is seen stopped, and seen gone from every target group."""

from typing import ClassVar

from cage_fsm.engine.definition import Trigger
from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.phases import canary
from cage_fsm.phases.base import Working, told
from cage_fsm.phases.our_deployment import failed_meanwhile


class StopCanary(Working):
    """The one state that proves the canary released."""

    outcomes: ClassVar[frozenset[Trigger]] = frozenset({"done", "service_failed"})

    def enter(self, run: Run) -> None:
        """Deregister again if something is left, and stop the canary if one was ever started."""
        canary.deregister(self.aws, run)
        if task_arn := canary.find(self.aws, run):
            canary.stop(self.aws, run, task_arn)

    def poll(self, run: Run) -> Outcome | Wait:
        """Done when both are seen; nothing is inferred."""
        if failed := failed_meanwhile(self.aws, run):
            return told(failed, wait_seconds=2, fail="service_failed")
        if left := canary.deregister(self.aws, run):
            return Wait(5, f"{len(left)} target(s) of the canary are still {left[0].state}")
        task_arn = canary.find(self.aws, run)
        if task_arn is None:
            return Outcome("done", "No canary was started.")
        task = canary.look(self.aws, run)
        if not canary.is_stopped(task):
            return Wait(2, f"the canary is {task.last_status if task else 'MISSING'}")
        return Outcome("done", "The canary is stopped and registered nowhere.")

    def hurry(self, run: Run) -> None:
        """Release what is known at once; the next resume proves it."""
        canary.hurry(self.aws, run)
