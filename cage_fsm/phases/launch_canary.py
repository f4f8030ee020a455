"""launching_canary: one task of this run exists, and runs."""

from datetime import timedelta
from typing import Any, ClassVar

from cage_fsm.engine.definition import Resource
from cage_fsm.engine.ports import Outcome, Refused, Retryable, Superseded, Wait
from cage_fsm.engine.run import Run
from cage_fsm.known_secrets import known_secrets
from cage_fsm.phases import canary, pace
from cage_fsm.phases.base import told
from cage_fsm.phases.claiming import found_service
from cage_fsm.phases.discreet import discreet
from cage_fsm.phases.evidence import AboutTheCanary
from cage_fsm.phases.facts import Facts, learn
from cage_fsm.phases.launch_request import tagged, whole
from cage_fsm.phases.names import canary_group, started_by
from cage_fsm.phases.our_deployment import CLOCKS_APART
from cage_fsm.phases.sending import sending

TOKEN_LIFE = timedelta(hours=1) - CLOCKS_APART
"""RunTask remembers a token for at least an hour (ECS API reference, "Ensuring idempotency")."""


class LaunchCanary(AboutTheCanary):
    """RunTask carries a token: sent again with it, it gives back the same task."""

    acquires: ClassVar[frozenset[Resource]] = frozenset({"canary_task"})
    needs: ClassVar[frozenset[str]] = frozenset({"register"})

    def enter(self, run: Run) -> None:
        """Start the canary, unless it was started. Raises Refused when ECS has no room for it."""
        facts = Facts.of(run.record)
        if facts.task_arn:
            return
        doubt = run.in_doubt(canary.RUN_TASK)
        if doubt:
            if canary.adopt(self.aws, run):
                return
            if run.clock.now() - doubt.at > TOKEN_LIFE:
                message = "Whether a canary was started cannot be told any more; none is started now."
                raise Refused(Outcome("failed", message))
        self._start(run, facts)

    def _start(self, run: Run, facts: Facts) -> None:
        more = self._more(facts)
        token = run.intend(canary.RUN_TASK)
        with discreet(known_secrets(more)), sending(run, canary.RUN_TASK):
            started = self.aws.ecs.run_task(
                **whole(facts.launch, more),
                cluster=facts.cluster_arn,
                taskDefinition=facts.task_definition,
                clientToken=token,
                startedBy=started_by(run.record.id),
                group=canary_group(facts.service_name),
            )
        if started.task_arn:
            self._keep(run, started.task_arn)
        elif started.failures:
            run.was_not_sent(canary.RUN_TASK)  # an answer without a task: none was started
            reason = f"ECS did not start the canary: {'; '.join(started.failures)}"
            no = Outcome("failed", reason, {"rule": "not_started", "failures": list(started.failures)})
            raise Refused(no)
        else:
            message = "RunTask answered with neither a task nor a failure"
            raise Retryable(message)

    def _more(self, facts: Facts) -> dict[str, Any]:
        """What is never kept, of the service as it is now. Raises Refused when it is gone."""
        return tagged(found_service(self.aws, facts.cluster_arn, facts.service_name)) if facts.tagged else {}

    def _keep(self, run: Run, task_arn: str) -> None:
        """Learn the canary; one that started only after another process had gone on without it is stopped.

        Whoever looked for it then has proved that there is none, so that nobody else would ever stop it.
        """
        state = run.record.state
        try:
            learn(run, task_arn=task_arn)
        except Superseded as lost:
            run.refresh()
            facts = Facts.of(run.record)
            if run.record.state == state or facts.task_arn == task_arn:
                raise  # the new owner knows it, or will ask for it with the same token
            reason = f"cage-fsm: {run.record.id} had gone on without this canary"
            self.aws.ecs.stop_task(facts.cluster_arn, task_arn, reason)
            raise Superseded(f"{lost} StopTask was sent for the canary that this has started.") from lost

    def poll(self, run: Run) -> Outcome | Wait:
        """Done when the task is RUNNING; failed as soon as it stops."""
        task = canary.look(self.aws, run)
        verdict = canary.judged(run, task, health=False)
        if task and verdict.says == "pass":
            learn(run, address=task.address or "", task_seen=True)
        return told(verdict, pace.launching(task, pace.since_entry(run)))
