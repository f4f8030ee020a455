"""updating_service: the service runs our revision."""

from dataclasses import replace
from typing import Any, ClassVar

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.definition import Direction, Resource, Trigger
from cage_fsm.engine.ports import Outcome, Refused
from cage_fsm.engine.run import Run
from cage_fsm.judge.seen import short
from cage_fsm.phases import our_deployment, service_tags
from cage_fsm.phases.base import Working
from cage_fsm.phases.confirming import require_sought
from cage_fsm.phases.facts import Facts, Inputs, learn
from cage_fsm.phases.our_deployment import UPDATE, VISIBLE_AFTER
from cage_fsm.phases.ownership import require_unchanged, service_or_missing
from cage_fsm.phases.revision import needed
from cage_fsm.phases.sending import sending
from cage_fsm.phases.service_update import STRATEGY


class UpdateService(Working):
    """UpdateService has no token, so it is sent only when it proved not to have arrived before.

    `refused` says that nothing was sent; a verdict `failed` leaves that in doubt, and the run goes back.
    """

    outcomes: ClassVar[frozenset[Trigger]] = frozenset({"done", "refused"})
    acquires: ClassVar[frozenset[Resource]] = frozenset({"service_change"})
    direction: ClassVar[Direction | None] = "forward"
    needs: ClassVar[frozenset[str]] = frozenset(
        {"validate", "register", "launch_canary", "check_containers", "check_targets", "observe_canary"}
    )

    def __init__(self, aws: Aws, files: DeployFiles | None) -> None:
        super().__init__(aws)
        self._files = files

    def enter(self, run: Run) -> None:
        """Send the service to our revision, unless it is there, was there, or is someone else's by now."""
        if Facts.of(run.record).updated:
            return
        doubt = run.in_doubt(UPDATE)
        if doubt and self._arrived(run):
            learn(run, updated=True)
            return
        try:
            self._update(run, "failed" if doubt else "refused")
        except Refused as no:
            if no.outcome.trigger == "refused":
                run.ask_again("tags")
                service_tags.put_back(self.aws, run)
            raise

    def _update(self, run: Run, trigger: Trigger) -> None:
        """Change tags and service. Raises Refused with `trigger` when that is not ours to do any more."""
        facts = Facts.of(run.record)
        require_unchanged(self.aws, run, trigger, "the service was not updated")
        try:
            wanted = needed(self._files, run).service if facts.before.of_files else {}
            run.once("tags", lambda: service_tags.change(self.aws, run, wanted))
        except Refused as no:
            raise Refused(replace(no.outcome, trigger=trigger)) from no
        run.intend(UPDATE)
        self._send(run, facts, {name: wanted[name] for name in facts.before.changed})

    def _arrived(self, run: Run) -> bool:
        facts = Facts.of(run.record)
        if our_deployment.find(self.aws, run):
            return True
        service = service_or_missing(self.aws, facts)
        ours = our_deployment.new_deployment(run, service)
        if ours or (ours is None and service.task_definition == facts.task_definition):
            return True
        require_sought(
            run, UPDATE, VISIBLE_AFTER, "looking whether UpdateService arrived before its answer was lost"
        )
        return False

    def _send(self, run: Run, facts: Facts, changes: dict[str, Any]) -> None:
        if facts.before.desired_count is not None:
            changes["desiredCount"] = Inputs.of(run.record).desired_count
        try:
            with sending(run, UPDATE):
                service = self.aws.ecs.update_service(
                    facts.cluster_arn,
                    facts.service_name,
                    facts.task_definition,
                    force=facts.again or STRATEGY in changes,
                    **changes,
                )
        except AwsSaidNo as no:
            raise Refused(replace(no.outcome, trigger="refused")) from no
        learn(run, updated=True, deployment=our_deployment.new_deployment(run, service) or "")

    def poll(self, run: Run) -> Outcome:
        """Done: the service goes to our revision."""
        facts = Facts.of(run.record)
        return Outcome("done", f"{facts.service_name} goes to {short(facts.task_definition)}.")
