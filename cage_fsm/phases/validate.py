"""validating: reads the service and its baseline, claims it, refuses what can be refused."""

from collections.abc import Mapping, Sequence
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.elbv2 import TargetGroup
from cage_fsm.deployfiles import DeployFiles, differences
from cage_fsm.engine.definition import Duration
from cage_fsm.engine.ports import Outcome, Refused
from cage_fsm.engine.run import Run
from cage_fsm.phases import refusals
from cage_fsm.phases.base import Working
from cage_fsm.phases.facts import Facts, Group, Inputs, learn
from cage_fsm.phases.launch_request import launch_request

DEFAULTS: Mapping[Duration, float] = {
    "launch": 900,
    "healthy": 900,
    "bake": 10,
    "stable": 900,
    "approval": 4 * 3600,
}
"""Seconds. Those for launch, healthy and stable are canarycage's."""


class Validate(Working):
    """Needs the deploy files; without them nothing can be registered later."""

    def __init__(self, aws: Aws, files: DeployFiles | None) -> None:
        super().__init__(aws)
        self._files = files

    def enter(self, run: Run) -> None:
        """Learn everything that later states need. Raises Refused with all reasons at once."""
        inputs = Inputs.of(run.record)
        files = needed(self._files, run)
        service = self.aws.ecs.service(inputs.cluster, inputs.service)
        if service is None:
            no_such = f"There is no service {inputs.service} in cluster {inputs.cluster} ({self.aws.region})."
            raise refused([no_such])
        run.claim(service["serviceArn"], service["clusterArn"])
        arns = [
            each["targetGroupArn"] for each in service.get("loadBalancers", []) if "targetGroupArn" in each
        ]
        groups = self.aws.elbv2.target_groups(arns) if arns else []
        reasons = [
            *refusals.of_service(service),
            *refusals.of_deployments(service),
            *refusals.of_definition(service, files.task_definition, groups),
            *self._strangers(run, service),
        ]
        if reasons:
            raise refused(reasons)
        self._learn(run, inputs, service, groups)

    def _strangers(self, run: Run, service: Mapping[str, Any]) -> list[str]:
        """Live canaries of this service that another run, in another store perhaps, has started."""
        cluster, group = service["clusterArn"], canary_group(service["serviceName"])
        families = {family_of(service["taskDefinition"]), needed(self._files, run).task_definition["family"]}
        arns = [arn for family in sorted(families) for arn in self.aws.ecs.task_arns(cluster, family=family)]
        return [
            f"Task {task.arn} is a live canary of this service that is not ours (started by "
            f"{task.started_by or 'nobody known'}). Finish or stop it first."
            for task in self.aws.ecs.tasks(cluster, sorted(set(arns)))
            if task.group == group and task.started_by != started_by(run.record.id)
        ]

    def _learn(
        self, run: Run, inputs: Inputs, service: Mapping[str, Any], groups: Sequence[TargetGroup]
    ) -> None:
        baseline = self.aws.ecs.task_definition(service["taskDefinition"])
        primary = next((each for each in service["deployments"] if each["status"] == "PRIMARY"), {"id": ""})
        rhythm = self._rhythm(service, groups)
        learn(
            run,
            **identity(service, self.aws.region),
            grace=service.get("healthCheckGracePeriodSeconds") or 0,
            baseline=service["taskDefinition"],
            baseline_deployment=primary["id"],
            unchanged=not differences(baseline, needed(self._files, run).task_definition),
            launch=launch_request(service),
            groups=rhythm,
        )
        drain = max((group.drain for group in rhythm), default=0)
        run.save(durations={**DEFAULTS, "drain": drain, **inputs.durations})

    def _rhythm(self, service: Mapping[str, Any], groups: Sequence[TargetGroup]) -> tuple[Group, ...]:
        by_arn = {group.arn: group for group in groups}
        return tuple(
            Group(
                arn=group.arn,
                container=each["containerName"],
                port=each["containerPort"],
                interval=group.interval_seconds,
                healthy_threshold=group.healthy_threshold,
                unhealthy_threshold=group.unhealthy_threshold,
                drain=self.aws.elbv2.drain_seconds(group.arn),
            )
            for each in service.get("loadBalancers", [])
            for group in [by_arn[each["targetGroupArn"]]]
        )

    def poll(self, run: Run) -> Outcome:
        """Done: everything was read on entry."""
        facts = Facts.of(run.record)
        same = (
            " The task definition equals the running one; it is rolled out all the same."
            if facts.unchanged
            else ""
        )
        return Outcome("done", f"{facts.service_name} runs {facts.baseline.rpartition('/')[2]}.{same}")


def identity(service: Mapping[str, Any], region: str) -> dict[str, Any]:
    """The facts that say which service a run is about."""
    return {
        "service_arn": service["serviceArn"],
        "service_name": service["serviceName"],
        "cluster_arn": service["clusterArn"],
        "cluster_name": service["clusterArn"].rpartition("/")[2],
        "region": region,
        "desired_count": service["desiredCount"],
    }


def needed(files: DeployFiles | None, run: Run) -> DeployFiles:
    """The deploy files. Raises Refused where a resume has to have them and has not."""
    if files is None:
        reason = (
            "The deploy files are needed until the task definition is registered, and they are not here "
            f"as they were. Give them with `cage-fsm resume {run.record.id} DIR`, or start anew."
        )
        raise refused([reason])
    return files


def refused(reasons: Sequence[str]) -> Refused:
    """The verdict that this rollout cannot be done."""
    return Refused(Outcome("failed", " ".join(reasons), {"reasons": list(reasons)}, cause="refused"))


def canary_group(service_name: str) -> str:
    """The group that marks canaries of a service; canarycage's, so that both see each other's."""
    return f"cage:canary-task:{service_name}"


def started_by(run_id: str) -> str:
    """How the tasks of a run are found again."""
    return f"cage-fsm/{run_id}"


def family_of(task_definition: str) -> str:
    """The family of a task definition's ARN."""
    return task_definition.rpartition("/")[2].partition(":")[0]
