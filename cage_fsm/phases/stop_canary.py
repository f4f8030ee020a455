"""stopping_canary: the canary is seen stopped, and seen gone from every target group.

So is a one-off task that could not be proved stopped before: nothing that this run has started stays.
"""

from datetime import timedelta
from functools import partial
from typing import ClassVar

from cage_fsm.engine.definition import STARTED, Resource, Trigger
from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge.one_off import is_over
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases import release, standalone
from cage_fsm.phases.base import told
from cage_fsm.phases.evidence import AboutTheService
from cage_fsm.phases.facts import Facts
from cage_fsm.phases.our_deployment import judged_meanwhile
from cage_fsm.phases.standalone import AGAIN, AT_ONCE, CANARY, ONE_OFF


class StopCanary(AboutTheService):
    """The one state that proves everything released that was started."""

    outcomes: ClassVar[frozenset[Trigger]] = frozenset({"done", "service_failed"})
    releases: ClassVar[frozenset[Resource]] = STARTED
    renews: ClassVar[bool] = True

    def enter(self, run: Run) -> None:
        """Deregister again if something is left, and stop what runs whatever became of that."""
        deregister = partial(release.deregister, self.aws, run)
        stop = partial(standalone.stop, self.aws, run, CANARY, ask_after=AT_ONCE)
        release.try_all([partial(self._stop_task, run, AT_ONCE), deregister, stop])

    def poll(self, run: Run) -> Outcome | Wait:
        """Done when all is seen; nothing is inferred."""
        deployment = judged_meanwhile(self.aws, run)
        if deployment.says == "fail":
            return told(deployment, wait_seconds=2, fail="service_failed")
        if left := release.deregister(self.aws, run):
            words = f"{len(left)} target(s) of the canary are still {left[0].state}"
            return _wait(5, words, deployment)
        if not standalone.stop(self.aws, run, CANARY, ask_after=AGAIN):
            return _wait(2, "the canary was told to stop", deployment)
        if not self._stop_task(run, AGAIN):
            return _wait(2, "the one-off task was told to stop", deployment)
        stopped = Facts.of(run.record).task_arn
        return Outcome("done", "The canary is stopped." if stopped else "No canary was started.")

    def hurry(self, run: Run) -> bool:
        """Release what is known at once; the next resume proves it."""
        aws, found = self.aws.in_a_hurry(), list[bool]()
        calls = [lambda: found.append(release.hurry(aws, run))]
        if "one_off_task" in run.record.held:
            calls.insert(0, lambda: found.append(bool(standalone.hurry(aws, run, ONE_OFF))))
        release.try_all([*calls])
        return all(found)

    def _stop_task(self, run: Run, ask_after: timedelta) -> bool:
        is_held = "one_off_task" in run.record.held
        return not is_held or standalone.stop(self.aws, run, ONE_OFF, ask_after=ask_after, until=is_over)


def _wait(seconds: float, words: str, deployment: Verdict) -> Outcome | Wait:
    """Wait for the canary; what is known of the deployment meanwhile is worth being shown."""
    return told(Verdict("wait", "canary_stopped", words, deployment.seen), seconds)
