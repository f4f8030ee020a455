"""deleting_service: what this run created is deleted, and seen gone."""

from typing import ClassVar

from cage_fsm.engine.definition import Direction, Resource
from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge.by_hand import deletion
from cage_fsm.judge.seen import short
from cage_fsm.phases.base import Working
from cage_fsm.phases.facts import Facts, learn
from cage_fsm.phases.new_service import is_ours, look_once_more
from cage_fsm.phases.our_deployment import CREATE, VISIBLE_AFTER
from cage_fsm.phases.roll_back import an_operator_looked
from cage_fsm.phases.sending import sending

CALL = "DeleteService"


class DeleteService(Working):
    """DeleteService is sent until the service is not ACTIVE any more, and only for a service that is ours."""

    acquires: ClassVar[frozenset[Resource]] = frozenset()
    releases: ClassVar[frozenset[Resource]] = frozenset({"service_change"})
    direction: ClassVar[Direction | None] = "back"
    renews: ClassVar[bool] = True

    def poll(self, run: Run) -> Outcome | Wait:
        """Look, delete what is ours, and judge: INACTIVE or gone is done."""
        facts = Facts.of(run.record)
        name = facts.service_name
        if run.in_doubt(CREATE) is None:
            return Outcome("done", "No service was created.")
        service = self.aws.ecs.service(facts.cluster_arn, name) or {"status": "INACTIVE"}
        status = service.get("status", "ACTIVE")
        if status == "DRAINING":
            left = service.get("runningCount", 0)
            return Wait(3, f"{name} is DRAINING; {left} of its tasks have not stopped yet.")
        if status == "ACTIVE" and is_ours(run, service):
            self._delete(run, facts)
            return Wait(3, f"{name} was told to go.")
        if status == "ACTIVE":
            return _not_ours(run, facts, short(str(service.get("taskDefinition", "an unknown revision"))))
        if CALL not in run.record.intents:
            look_once_more(run)
        return Outcome("done", f"{name} is deleted." if facts.created else f"There is no service {name}.")

    def _delete(self, run: Run, facts: Facts) -> None:
        if run.in_doubt(CALL) and run.clock.now() - run.last_sent(CALL) < VISIBLE_AFTER:
            return  # what DescribeServices shows may be from before
        run.intend(CALL)
        with sending(run, CALL):
            self.aws.ecs.delete_service(facts.cluster_arn, facts.service_name)


def _not_ours(run: Run, facts: Facts, runs: str) -> Outcome:
    if an_operator_looked(run):
        learn(run, let_go=True)
        return Outcome(
            "done", f"{facts.service_name} runs {runs} and is left as it is.", {"rule": "not_ours"}
        )
    reason = (
        f"{facts.service_name} runs {runs} and is not proved to be this run's; it was not deleted. If nobody "
        f"needs it: {deletion(facts.service_arn)}"
    )
    return Outcome("failed", reason, {"rule": "not_ours"})
