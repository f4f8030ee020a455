"""detaching_canary: deregistered everywhere; going forward, our deployment is judged meanwhile."""

from typing import ClassVar

from cage_fsm.engine.definition import Resource, Trigger
from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge.target import why
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases import pace
from cage_fsm.phases.base import told
from cage_fsm.phases.evidence import AboutTheService
from cage_fsm.phases.our_deployment import judged_meanwhile
from cage_fsm.phases.release import deregister, drained_in, left_to_others


class DetachCanary(AboutTheService):
    """Before the canary stops: ECS does not deregister a task that no service owns."""

    outcomes: ClassVar[frozenset[Trigger]] = frozenset({"done", "service_failed"})
    releases: ClassVar[frozenset[Resource]] = frozenset({"target_registration"})
    renews: ClassVar[bool] = True

    def enter(self, run: Run) -> None:
        """Deregister wherever it is registered."""
        deregister(self.aws, run)

    def poll(self, run: Run) -> Outcome | Wait:
        """Done when every target group has forgotten it, which takes the deregistration delay."""
        deployment = judged_meanwhile(self.aws, run)
        if deployment.says == "fail":
            return told(deployment, wait_seconds=2, fail="service_failed")
        left = deregister(self.aws, run)
        if not left:
            return Outcome("done", f"The canary is registered nowhere.{left_to_others(run)}")
        targets = [f"target {each.id}:{each.port} is {each.state}: {why(each)}" for each in left]
        verdict = Verdict(
            "wait", "targets_gone", ", ".join(targets), {**deployment.seen, "targets": [*targets]}
        )
        return told(verdict, pace.until(drained_in(run)))
