"""launching_task: the one-off task exists, and has come to run."""

from collections.abc import Mapping
from typing import Any, ClassVar

from cage_fsm.aws.clients import Aws
from cage_fsm.deployfiles import DeployFiles, with_command
from cage_fsm.engine.definition import BEGINNING, Resource
from cage_fsm.engine.ports import Outcome, Refused, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge import one_off as judge
from cage_fsm.phases import pace, standalone
from cage_fsm.phases.base import outcome_of, told
from cage_fsm.phases.evidence import AboutTheTask
from cage_fsm.phases.facts import Facts, Inputs, learn
from cage_fsm.phases.launch_request import anywhere, as_described, tagged, whole
from cage_fsm.phases.ownership import require_unchanged
from cage_fsm.phases.revision import needed
from cage_fsm.phases.service_update import as_it_will_be
from cage_fsm.phases.standalone import ONE_OFF

Json = Mapping[str, Any]

IN_DOUBT = (
    "Whether the one-off task was started (by {by}) cannot be told any more: that is in doubt, and it is not "
    "started again. Look for what it has done, and for its log."
)

TOO_LATE = "The time for the one-off task to come to run is over; it is not started any more."


class LaunchTask(AboutTheTask):
    """Needs the deploy files only for what is never kept: other overrides, and tags that a file gives."""

    acquires: ClassVar[frozenset[Resource]] = frozenset({"one_off_task"})
    needs: ClassVar[frozenset[str]] = frozenset({BEGINNING, "register"})

    def __init__(self, aws: Aws, files: DeployFiles | None) -> None:
        super().__init__(aws)
        self._files = files

    def enter(self, run: Run) -> None:
        """Start the task, unless it was started. Raises Refused when ECS has no room for it.

        A process that comes too late starts none: what it does would be cut short at the next look.
        """
        facts = Facts.of(run.record)
        if facts.one_off_task or self._was_started(run):
            return
        if _is_late(run):
            raise Refused(Outcome("failed", TOO_LATE, {"rule": "deadline"}))
        if facts.baseline and run.in_doubt(ONE_OFF.run_task) is None:
            require_unchanged(self.aws, run, "failed", "the one-off task was not started")
        more, overrides = self._more(run, facts), self._overrides(run)
        launch = anywhere(facts.launch) if Inputs.of(run.record).canary_instance else facts.launch
        request = {**whole(launch, more), "overrides": overrides}
        standalone.start(self.aws, run, ONE_OFF, request, secret=[more, overrides])

    def _was_started(self, run: Run) -> bool:
        """Whether a RunTask in doubt did start it. Raises Refused when that cannot be told any more."""
        if run.in_doubt(ONE_OFF.run_task) is None:
            return False
        is_old = standalone.doubt_is_old(run, ONE_OFF)
        if standalone.adopt(self.aws, run, ONE_OFF) or standalone.adopt_stopped(self.aws, run, ONE_OFF):
            return True
        if is_old:
            reason = IN_DOUBT.format(by=ONE_OFF.started_by(run.record.id))
            raise Refused(Outcome("failed", reason, {"rule": "in_doubt"}))
        return False

    def _more(self, run: Run, facts: Facts) -> dict[str, Any]:
        """What is never kept of how to launch. Raises Refused when it is gone."""
        if not facts.tagged:
            return {}
        if facts.service_arn:
            return tagged(as_it_will_be(self.aws, run, self._files))
        return tagged(as_described(self._needed(run).service))

    def _overrides(self, run: Run) -> Json:
        inputs = Inputs.of(run.record)
        given = self._needed(run).overrides if inputs.overrides_digest else {}
        return with_command(given, inputs.container, inputs.command)

    def _needed(self, run: Run) -> DeployFiles:
        return needed(self._files, run, until="task is started")

    def poll(self, run: Run) -> Outcome | Wait:
        """Done when the task runs or has run, however that ended."""
        task = standalone.look(self.aws, run, ONE_OFF)
        if task is None:
            name, arn = Inputs.of(run.record).container, Facts.of(run.record).one_off_task
            return outcome_of(judge.forgotten(name, None, arn), "failed")
        learn(run, one_off_seen=True)
        return told(judge.started(task), pace.launching(task, pace.since_entry(run)))


def _is_late(run: Run) -> bool:
    return run.record.deadline is not None and run.clock.now() >= run.record.deadline
