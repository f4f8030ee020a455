"""stopping_task: the one-off task is seen stopped."""

from typing import ClassVar

from cage_fsm.engine.definition import Resource
from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge.one_off import is_over
from cage_fsm.phases import standalone
from cage_fsm.phases.base import Working
from cage_fsm.phases.facts import Facts
from cage_fsm.phases.standalone import AGAIN, AT_ONCE, ONE_OFF


class StopTask(Working):
    """Proves that the one-off task runs no more: what it does may take long to end after StopTask."""

    releases: ClassVar[frozenset[Resource]] = frozenset({"one_off_task"})
    renews: ClassVar[bool] = True

    def enter(self, run: Run) -> None:
        """Stop the task, if there is one that runs."""
        standalone.stop(self.aws, run, ONE_OFF, ask_after=AT_ONCE)

    def poll(self, run: Run) -> Outcome | Wait:
        """Done when it is STOPPED; nothing is inferred."""
        if not standalone.stop(self.aws, run, ONE_OFF, ask_after=AGAIN, until=is_over):
            return Wait(2, "the one-off task was told to stop")
        stopped = Facts.of(run.record).one_off_task
        return Outcome("done", "The one-off task is stopped." if stopped else "No one-off task runs.")

    def hurry(self, run: Run) -> bool:
        """Stop what is known at once; the next resume proves it."""
        return bool(standalone.hurry(self.aws.in_a_hurry(), run, ONE_OFF))
