"""running_task: the one-off task runs to its end."""

from typing import ClassVar

from cage_fsm.aws.clients import Aws
from cage_fsm.engine.definition import Resource
from cage_fsm.engine.durations import words
from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge import one_off as judge
from cage_fsm.judge.seen import TaskSeen
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases import pace, standalone
from cage_fsm.phases.base import outcome_of, told
from cage_fsm.phases.container_lines import ContainerLines, Write
from cage_fsm.phases.evidence import AboutTheTask
from cage_fsm.phases.facts import Facts, Inputs, learn
from cage_fsm.phases.standalone import AGAIN, AT_ONCE, ONE_OFF


class RunTask(AboutTheTask):
    """Shows what the container writes, and learns the code that it ends with."""

    releases: ClassVar[frozenset[Resource]] = frozenset({"one_off_task"})
    needs: ClassVar[frozenset[str]] = frozenset({"launch_task"})

    def __init__(self, aws: Aws, write: Write, secrets: frozenset[str]) -> None:
        super().__init__(aws)
        self._lines = ContainerLines(aws, write, secrets)

    def poll(self, run: Run) -> Outcome | Wait:
        """Done when the task is STOPPED, and its container has ended with 0."""
        inputs, facts = Inputs.of(run.record), Facts.of(run.record)
        task = standalone.look(self.aws, run, ONE_OFF)
        if task is None:
            return told(judge.forgotten(inputs.container, facts.exit_code, facts.one_off_task), 0)
        remark = "" if inputs.no_logs else self._lines.show(run, task, inputs.container)
        verdict = self._judge(run, task, inputs.container)
        if verdict.says == "wait" and (late := self._timeout(run)):
            return late
        if verdict.says == "wait":
            seconds = 0 if self._lines.behind else pace.running(run)
            return Wait(seconds, remark or verdict.reason, verdict.seen)
        if not inputs.no_logs and self._lines.may_come(run):
            return Wait(1, remark or "the task is STOPPED; looking for its last lines")
        return told(verdict, 0)

    def _judge(self, run: Run, task: TaskSeen, name: str) -> Verdict:
        """Judge the task. One that would run on without its container is stopped."""
        facts = Facts.of(run.record)
        code = judge.exit_code(task, name, facts.restart_policies)
        if code is not None:
            self._lines.may_come(run)  # from now on that is measured
        if code or (code == 0 and not judge.is_cut_short(task, name, facts.essential)):
            facts = learn(run, exit_code=code)
        if facts.exit_code is not None and not standalone.is_stopping(task):
            was_told = ONE_OFF.stop_task in run.record.intents
            standalone.stop(self.aws, run, ONE_OFF, ask_after=AGAIN if was_told else AT_ONCE)
        by_us = ONE_OFF.stop_task in run.record.intents
        by_itself = facts.exit_code is not None
        known = facts.exit_code if by_itself else code
        return judge.ended(task, name, known, facts.essential, by_itself=by_itself, by_us=by_us)

    def _timeout(self, run: Run) -> Outcome | None:
        limit = run.record.durations.get("task")
        if limit is None or Facts.of(run.record).exit_code is not None or pace.since_entry(run) < limit:
            return None
        late = Verdict("fail", "timeout", f"The one-off task did not end within {words(limit)}.")
        return outcome_of(late, "failed")
