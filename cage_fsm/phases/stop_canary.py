"""stopping_canary: the canary is seen stopped, and seen gone from every target group."""

from functools import partial
from typing import ClassVar

from cage_fsm.engine.definition import Resource, Trigger
from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases import release, standalone
from cage_fsm.phases.base import told
from cage_fsm.phases.evidence import AboutTheService
from cage_fsm.phases.facts import Facts
from cage_fsm.phases.our_deployment import judged_meanwhile
from cage_fsm.phases.standalone import CANARY


class StopCanary(AboutTheService):
    """The one state that proves the canary released."""

    outcomes: ClassVar[frozenset[Trigger]] = frozenset({"done", "service_failed"})
    releases: ClassVar[frozenset[Resource]] = frozenset({"canary_task", "target_registration"})
    renews: ClassVar[bool] = True

    def enter(self, run: Run) -> None:
        """Deregister again if something is left, and stop the canary whatever became of that."""
        deregister = partial(release.deregister, self.aws, run)
        stop = partial(standalone.stop, self.aws, run, CANARY, ask_after=standalone.AT_ONCE)
        release.try_all([deregister, stop])

    def poll(self, run: Run) -> Outcome | Wait:
        """Done when both are seen; nothing is inferred."""
        deployment = judged_meanwhile(self.aws, run)
        if deployment.says == "fail":
            return told(deployment, wait_seconds=2, fail="service_failed")
        if left := release.deregister(self.aws, run):
            words = f"{len(left)} target(s) of the canary are still {left[0].state}"
            return _wait(5, words, deployment)
        if not standalone.stop(self.aws, run, CANARY, ask_after=standalone.AGAIN):
            return _wait(2, "the canary was told to stop", deployment)
        stopped = Facts.of(run.record).task_arn
        return Outcome("done", "The canary is stopped." if stopped else "No canary was started.")

    def hurry(self, run: Run) -> bool:
        """Release what is known at once; the next resume proves it."""
        return release.hurry(self.aws.in_a_hurry(), run)


def _wait(seconds: float, words: str, deployment: Verdict) -> Outcome | Wait:
    """Wait for the canary; what is known of the deployment meanwhile is worth being shown."""
    return told(Verdict("wait", "canary_stopped", words, deployment.seen), seconds)
