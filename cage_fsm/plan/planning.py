"""The story of a plan: what is there is looked at, each check by itself, and nothing is touched."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.definition import Definition
from cage_fsm.engine.ports import Refused, Store
from cage_fsm.engine.record import Record, new_run_id
from cage_fsm.phases.claiming import found_service
from cage_fsm.phases.facts import Inputs
from cage_fsm.phases.obstacles import Case
from cage_fsm.phases.revision import existing
from cage_fsm.plan import changes, times
from cage_fsm.plan.asking import NO_ANSWER, Asking
from cage_fsm.plan.images import images
from cage_fsm.plan.looking import Looking, Seen
from cage_fsm.plan.refusing import reasons
from cage_fsm.plan.shapes import Plan
from cage_fsm.plan.things import things

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Planning:
    """What a plan is made from. `newest` gives the newest runs of the store."""

    aws: Aws
    asking: Asking
    store: Store
    newest: Callable[[], Iterable[Record]]
    machine: Definition
    files: DeployFiles
    inputs: Inputs

    def plan(self) -> Plan:
        """Look at everything."""
        inputs, refusals = self.inputs, list[str]()
        definition = self._definition(refusals)
        service = self._service(refusals)
        seen = self._seen(service, definition) if service and definition else Seen()
        new = images(self.aws, self.asking, definition)
        changed = (*seen.changes, *changes.of_images(new, seen.way_back.images))
        is_made = not service or service.get("status", "ACTIVE") == "INACTIVE"
        named = self.files.service if is_made or inputs.update_service else {}
        return Plan(
            service=inputs.service,
            cluster=inputs.cluster,
            region=self.aws.region,
            exists=None if service is None else not is_made,
            runs=seen.runs,
            revision=definition.get("taskDefinitionArn"),
            changed=any(each.applied for each in changed) if seen.compared else None,
            changes=changed,
            refusals=(*refusals, *seen.refusals),
            warnings=seen.warnings,
            points=seen.points,
            images=tuple(new),
            things=tuple(things(self.aws, self.asking, named, definition)),
            way_back=seen.way_back,
            path=tuple(times.expected(self.machine, self._record(), seen.times)),
            unanswered=tuple(self.asking.unanswered),
        )

    def _definition(self, refusals: list[str]) -> Json:
        """What is to be rolled out; empty where it is one that is not there, or cannot be read."""
        named = self.inputs.task_definition
        if not named:
            return self.files.task_definition
        return self._found("the revision", lambda: existing(self.aws, named), refusals) or {}

    def _service(self, refusals: list[str]) -> Json | None:
        """The service; empty where there is none, and None where that cannot be told."""
        cluster, name = self.inputs.cluster, self.inputs.service
        return self._found("the service", lambda: found_service(self.aws, cluster, name), refusals)

    def _found(self, what: str, ask: Callable[[], Json], refusals: list[str]) -> Json | None:
        try:
            return self.asking.once(what, ask)
        except NO_ANSWER as error:
            if isinstance(error, Refused) and not isinstance(error, AwsSaidNo):
                refusals += map(self.asking.discreet, reasons(error))
                return {}
            self.asking.note(what, error)
            return None

    def _seen(self, service: Json, definition: Json) -> Seen:
        wanted = self.files.service if self.inputs.update_service else {}
        case = Case(self.aws, self.asking, self.inputs, service, wanted, definition)
        return Looking(case, self.asking, self.store, self.newest, self.files.service).look()

    def _record(self) -> Record:
        """The record of a run that would begin now; it is never saved."""
        now = self.asking.clock.now()
        return Record(
            id=new_run_id(now),
            machine=self.machine.machine,
            digest=self.machine.digest,
            state=self.machine.initial,
            inputs=self.inputs.model_dump(mode="json", exclude_defaults=True),
            created_at=now,
            updated_at=now,
        )
