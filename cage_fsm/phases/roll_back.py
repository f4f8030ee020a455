"""rolling_back and restoring_service: the baseline is sent, and its deployment is complete."""

from cage_fsm.aws import shapes
from cage_fsm.aws.clients import Aws
from cage_fsm.engine.ports import Outcome, Refused, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge import deployment as judge
from cage_fsm.phases.base import Working, told
from cage_fsm.phases.facts import Facts, Inputs, learn
from cage_fsm.phases.our_deployment import UPDATE

CALL = "UpdateService to the baseline"


class RollBack(Working):
    """A later call wins over one in flight, so the baseline is sent whenever an update was ever intended."""

    def enter(self, run: Run) -> None:
        """Send the baseline, once."""
        was_changed = UPDATE in run.record.intents or Inputs.of(run.record).of_run
        if was_changed and not Facts.of(run.record).baseline_sent:
            send_baseline(self.aws, run)

    def poll(self, run: Run) -> Outcome:
        """Done: it was sent, or nothing ever was."""
        facts = Facts.of(run.record)
        if not facts.baseline_sent:
            return Outcome("done", "The service was never changed.")
        return Outcome("done", f"{facts.service_name} goes back to {facts.baseline.rpartition('/')[2]}.")


class RestoreService(Working):
    """The proof that the service is back."""

    def enter(self, run: Run) -> None:
        """Send the baseline if the service is still, or again, at our revision."""
        facts = Facts.of(run.record)
        found = self.aws.ecs.service(facts.cluster_arn, facts.service_name)
        if not found:
            return
        service = shapes.service(found)
        if service.task_definition == facts.task_definition:
            send_baseline(self.aws, run)

    def poll(self, run: Run) -> Outcome | Wait:
        """Judge the baseline's deployment."""
        facts = Facts.of(run.record)
        found = self.aws.ecs.service(facts.cluster_arn, facts.service_name)
        service = shapes.service(found) if found else None
        return told(judge.restored(service, facts.baseline, facts.task_definition), wait_seconds=3)


def send_baseline(aws: Aws, run: Run) -> None:
    """Send the service to its earlier revision. Raises Refused when somebody else has changed it."""
    facts = Facts.of(run.record)
    found = aws.ecs.service(facts.cluster_arn, facts.service_name)
    service = shapes.service(found or {"status": "MISSING"})
    if service.status != "ACTIVE":
        raise Refused(Outcome("failed", f"The service is {service.status}; there is nothing to send back."))
    if service.task_definition not in (facts.baseline, facts.task_definition):
        now = service.task_definition.rpartition("/")[2]
        raise Refused(
            Outcome("failed", f"Somebody else deployed {now} to the service; it was left as it is.")
        )
    run.intend(CALL)
    aws.ecs.update_service(facts.cluster_arn, facts.service_name, facts.baseline)
    learn(run, baseline_sent=True)
