"""creating_service: the service exists, and this run has created it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.definition import Direction, Resource, Trigger
from cage_fsm.engine.ports import Outcome, Refused, Superseded
from cage_fsm.engine.run import Run
from cage_fsm.judge.seen import short
from cage_fsm.phases.base import Working
from cage_fsm.phases.facts import Facts, learn
from cage_fsm.phases.new_service import is_ours, look_once_more
from cage_fsm.phases.our_deployment import CREATE
from cage_fsm.phases.revision import needed
from cage_fsm.phases.sending import sending

Json = Mapping[str, Any]

ONLY_TO_UPDATE = frozenset({"service", "forceNewDeployment"})
"""The fields of service.json that UpdateService takes and CreateService does not (API reference)."""

TAKEN = "not idempotent"
"""What ECS says of a name that is in use by a service which this token did not create."""


class CreateService(Working):
    """CreateService has a token, but it is not sent again for a service that shows already.

    `refused` says that this run has created nothing; a verdict `failed` leaves that in doubt, and what it may
    have created is deleted.
    """

    outcomes: ClassVar[frozenset[Trigger]] = frozenset({"done", "refused"})
    acquires: ClassVar[frozenset[Resource]] = frozenset({"service_change"})
    direction: ClassVar[Direction | None] = "forward"
    needs: ClassVar[frozenset[str]] = frozenset({"validate_up", "register"})

    def __init__(self, aws: Aws, files: DeployFiles | None) -> None:
        super().__init__(aws)
        self._files = files

    def enter(self, run: Run) -> None:
        """Create the service, unless this run has. Raises Refused where it is somebody else's."""
        facts = Facts.of(run.record)
        if facts.created:
            return
        doubt = run.in_doubt(CREATE) is not None
        self._keep(run, (doubt and self._arrived(run, facts)) or self._create(run, facts, in_doubt=doubt))

    def _keep(self, run: Run, service: Json) -> None:
        """Learn the service; one that came only after another process had gone back without it is deleted.

        Whoever looked for it then has proved that there is none, so that nobody else would ever delete it.
        """
        facts, state = Facts.of(run.record), run.record.state
        count = service.get("desiredCount", facts.desired_count)
        try:
            learn(run, created=True, created_at=service.get("createdAt"), desired_count=count)
        except Superseded as lost:
            run.refresh()
            if run.record.state == state or Facts.of(run.record).created:
                raise  # the new owner knows it, or will ask for it with the same token
            self.aws.ecs.delete_service(facts.cluster_arn, facts.service_name)
            raise Superseded(
                f"{lost} DeleteService was sent for the service that this has created."
            ) from lost

    def _arrived(self, run: Run, facts: Facts) -> Json | None:
        """The service, if CreateService arrived before its answer was lost, and that shows."""
        found = self.aws.ecs.service(facts.cluster_arn, facts.service_name)
        if found is None or found.get("status") != "ACTIVE":
            return None
        if is_ours(run, found):
            return found
        if found.get("taskDefinition") not in (None, facts.task_definition):
            raise Refused(_somebody_elses(facts, found["taskDefinition"]))
        return None  # one that anybody could have created: the token tells

    def _create(self, run: Run, facts: Facts, *, in_doubt: bool) -> Json:
        request = self._request(run, facts, in_doubt=in_doubt)
        token = run.intend(CREATE)
        try:
            with sending(run, CREATE):
                return self.aws.ecs.create_service({**request, "clientToken": token})
        except AwsSaidNo as no:
            if TAKEN in no.message:
                raise Refused(_somebody_elses(facts)) from no
            raise Refused(replace(no.outcome, trigger="failed" if in_doubt else "refused")) from no

    def _request(self, run: Run, facts: Facts, *, in_doubt: bool) -> dict[str, Any]:
        """What CreateService takes of service.json. Raises Refused where a resume does not have it."""
        if self._files is None and in_doubt:
            look_once_more(run)
        try:
            files = needed(self._files, run)
        except Refused as no:
            raise Refused(replace(no.outcome, trigger="failed" if in_doubt else "refused")) from no
        return {
            **{name: value for name, value in files.service.items() if name not in ONLY_TO_UPDATE},
            "cluster": facts.cluster_arn,
            "serviceName": facts.service_name,
            "taskDefinition": facts.task_definition,
        }

    def poll(self, run: Run) -> Outcome:
        """Done: the service is there."""
        facts = Facts.of(run.record)
        return Outcome("done", f"Created {facts.service_name} with {short(facts.task_definition)}.")


def _somebody_elses(facts: Facts, runs: str = "") -> Outcome:
    running = f", which runs {short(runs)}" if runs else ""
    reason = f"Somebody else created service {facts.service_name} meanwhile{running}; it was left as it is."
    return Outcome("refused", reason)
