"""launching_canary: one task of this run exists, and runs."""

from typing import Any, ClassVar

from cage_fsm.aws.clients import Aws
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.definition import Resource
from cage_fsm.engine.ports import Outcome, Refused, Wait
from cage_fsm.engine.run import Run
from cage_fsm.phases import canary, pace, standalone
from cage_fsm.phases.base import told
from cage_fsm.phases.evidence import AboutTheCanary
from cage_fsm.phases.facts import Facts, learn
from cage_fsm.phases.launch_request import tagged, whole
from cage_fsm.phases.service_update import as_it_will_be
from cage_fsm.phases.standalone import CANARY


class LaunchCanary(AboutTheCanary):
    """Starts the canary as the service starts its tasks."""

    acquires: ClassVar[frozenset[Resource]] = frozenset({"canary_task"})
    needs: ClassVar[frozenset[str]] = frozenset({"validate", "register"})

    def __init__(self, aws: Aws, files: DeployFiles | None) -> None:
        super().__init__(aws)
        self._files = files

    def enter(self, run: Run) -> None:
        """Start the canary, unless it was started. Raises Refused when ECS has no room for it."""
        facts = Facts.of(run.record)
        if facts.task_arn:
            return
        if run.in_doubt(CANARY.run_task):
            if standalone.adopt(self.aws, run, CANARY):
                return
            if standalone.doubt_is_old(run, CANARY):
                message = "Whether a canary was started cannot be told any more; none is started now."
                raise Refused(Outcome("failed", message))
        more = self._more(run, facts)
        standalone.start(self.aws, run, CANARY, whole(facts.launch, more), secret=more)

    def _more(self, run: Run, facts: Facts) -> dict[str, Any]:
        """What is never kept. Raises Refused when it is gone."""
        return tagged(as_it_will_be(self.aws, run, self._files)) if facts.tagged else {}

    def poll(self, run: Run) -> Outcome | Wait:
        """Done when the task is RUNNING; failed as soon as it stops."""
        task = canary.look(self.aws, run)
        verdict = canary.judged(run, task, health=False)
        if task and verdict.says == "pass":
            learn(run, address=task.address or "", task_seen=True)
        return told(verdict, pace.launching(task, pace.since_entry(run)))
