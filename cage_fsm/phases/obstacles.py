"""What may stand in the way of a rollout of one service: found before anything is created.

`validating` refuses all of it at once; `plan` shows what there is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.elbv2 import TargetGroup
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.judge.seen import InstanceSeen
from cage_fsm.phases import alarms, chosen_instance, parity, refusals, revision, service_update
from cage_fsm.phases.claiming import Asks, baseline_of
from cage_fsm.phases.facts import Before, Inputs
from cage_fsm.phases.kinds import on_fargate, primary_of
from cage_fsm.phases.names import canary_group, family_of, started_by
from cage_fsm.phases.standalone import is_stopping

Json = Mapping[str, Any]

STRANGERS_UNKNOWN = (
    "Whether another canary of this service is live cannot be told; allow ecs:ListTasks and "
    "ecs:DescribeTasks."
)


@dataclass(frozen=True)
class Case:
    """A service as it is `now`, and what is to be rolled out to it.

    `wanted` is the service.json that the service gets, empty where it keeps what it has; `run_id` is empty
    where there is no run yet.
    """

    aws: Aws
    asks: Asks
    inputs: Inputs
    now: Json
    wanted: Json
    definition: Json
    run_id: str = ""

    @cached_property
    def service(self) -> Json:
        """The service as it will be: this is what is judged, and what the canary resembles."""
        return service_update.to_be(self.now, self.wanted, self.inputs.desired_count)

    @cached_property
    def before(self) -> Before:
        """The service as it is, where it will change. Asks."""
        count = self.inputs.desired_count
        return service_update.before(self.aws, self.asks, self.now, self.wanted, count)

    @property
    def runs(self) -> str:
        """The ARN of the revision that the service is at, or goes to; empty where none is shown."""
        shown = primary_of(self.service).get("taskDefinition") or self.service.get("taskDefinition")
        return str(shown or "")

    def baseline(self) -> Json:
        """That revision; empty where it may not be read."""
        return baseline_of(self.aws, self.asks, self.runs)

    def groups(self) -> list[TargetGroup]:
        """The target groups of the service."""
        named = [each.get("targetGroupArn") for each in self.service.get("loadBalancers", [])]
        arns = [each for each in named if each]
        return self.asks.once(f"groups {arns}", lambda: self.aws.elbv2.target_groups(arns) if arns else [])

    def instance(self) -> InstanceSeen | None:
        """The container instance that the user has chosen; None where it is not there."""
        chosen, cluster = self.inputs.canary_instance, self.service["clusterArn"]
        if not chosen or on_fargate(self.service):
            return None
        return self.asks.once("instance", lambda: chosen_instance.find(self.aws, cluster, chosen))

    def points(self) -> list[parity.Point]:
        """In which points the canary is not like a task of the service."""
        return parity.points(self.service, self.definition, self.inputs.canary_instance)


def _revision(case: Case) -> Iterator[str]:
    if case.inputs.task_definition:
        changes = bool(case.before)
        yield from revision.of_existing(case.definition, case.runs, case.inputs, changes=changes)


def _lost(case: Case) -> Iterator[str]:
    if case.inputs.desired_count is not None and case.now.get("desiredCount") is None:
        yield (
            f"DescribeServices does not show the desiredCount of service {case.now['serviceName']}, which a "
            "rollback would have to restore. Go on without --update-desired-count."
        )
    yield from service_update.irreversible(case.wanted, case.before)


def _command(case: Case) -> Iterator[str]:
    yield from refusals.of_command(case.definition, case.inputs.container)


def _alarms(case: Case) -> list[str]:
    return case.asks.once("alarms", lambda: alarms.in_the_way(case.aws, case.inputs))


def _baseline(case: Case) -> Iterator[str]:
    yield from refusals.of_baseline(case.baseline())


def _instance(case: Case) -> Iterator[str]:
    if chosen := case.inputs.canary_instance:
        yield from chosen_instance.reasons(case.service, case.definition, chosen, case.instance())


def _strangers(case: Case) -> list[str]:
    """Live canaries of this service that another run, in another store perhaps, has started."""
    ecs, once = case.aws.ecs, case.asks.once
    cluster, group = case.service["clusterArn"], canary_group(case.service["serviceName"])
    families = {family_of(case.service["taskDefinition"]), case.definition["family"]}
    try:
        found = [once(f"tasks of {each}", partial(ecs.task_arns, cluster, family=each)) for each in families]
        tasks = once("strangers", lambda: ecs.tasks(cluster, sorted({arn for arns in found for arn in arns})))
    except AwsSaidNo as no:
        return [f"{STRANGERS_UNKNOWN} AWS says {no.code}: {no.message}"]
    return [
        f"Task {task.arn} is a live canary of this service that is not ours (started by "
        f"{task.started_by or 'nobody known'}). Finish or stop it first."
        for task in tasks
        if task.group == group and task.started_by != started_by(case.run_id) and not is_stopping(task)
    ]


def _parity(case: Case) -> Iterator[str]:
    if case.inputs.require_parity:
        yield from parity.refusals(case.points())


OBSTACLES: Mapping[str, Callable[[Case], Iterable[str]]] = {
    "the service as it was": _lost,
    "the revision": _revision,
    "the command": _command,
    "the alarms": _alarms,
    "the revision that runs": _baseline,
    "the chosen instance": _instance,
    "live canaries of others": _strangers,
    "parity": _parity,
}
"""What another deployment may bring or take away, in the order in which it is told: sentences."""


def misfits(case: Case) -> Iterator[str]:
    """Where the task definition, the service and its target groups do not fit. Sentences."""
    yield from refusals.of_definition(case.service, case.definition, case.groups())
