"""stabilizing_service: our deployment of our revision is complete, of a service that was there or is new."""

from typing import ClassVar

from cage_fsm.engine.definition import Resource, Trigger
from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge.deployment import NOT_OURS, UNDONE
from cage_fsm.phases import alarms, our_deployment, pace
from cage_fsm.phases.base import told
from cage_fsm.phases.confirming import confirmed
from cage_fsm.phases.evidence import AboutTheService


class StabilizeService(AboutTheService):
    """Judges the service deployment, never the counts alone: those fit after a rollback, too."""

    outcomes: ClassVar[frozenset[Trigger]] = frozenset({"done", "service_failed"})
    releases: ClassVar[frozenset[Resource]] = frozenset({"service_change"})
    needs: ClassVar[frozenset[str]] = frozenset({"update_service"})

    def poll(self, run: Run) -> Outcome | Wait:
        """Judge our deployment; one that is undone already cannot be left failing."""
        verdict = our_deployment.judged(self.aws, run)
        if verdict.says != "fail":
            verdict = alarms.failed(self.aws, run) or verdict
        fail: Trigger = "service_failed" if verdict.rule in UNDONE else "failed"
        return told(verdict, pace.completing(run, verdict), fail=fail)


class StabilizeNewService(AboutTheService):
    """The first deployment of a service that this run has created."""

    outcomes: ClassVar[frozenset[Trigger]] = frozenset({"done", "service_failed"})
    releases: ClassVar[frozenset[Resource]] = frozenset({"service_change"})
    needs: ClassVar[frozenset[str]] = frozenset({"create_service"})

    def poll(self, run: Run) -> Outcome | Wait:
        """Judge our deployment; a service that is gone, or somebody else's, cannot be left failing."""
        verdict = our_deployment.judged(self.aws, run)
        if verdict.rule == "service_gone":  # or it does not show yet
            verdict = confirmed(run, "service gone", verdict, our_deployment.GONE_AFTER)
        else:
            run.looks.forget("service gone")
        fail: Trigger = "service_failed" if verdict.rule in NOT_OURS else "failed"
        return told(verdict, pace.launching(None, pace.since_entry(run)), fail=fail)
