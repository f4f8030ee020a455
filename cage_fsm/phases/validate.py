"""validating: reads the service and its baseline, claims it, refuses what can be refused."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.elbv2 import TargetGroup
from cage_fsm.deployfiles import DeployFiles, differences
from cage_fsm.engine.definition import Duration
from cage_fsm.engine.ports import Outcome, Refused
from cage_fsm.engine.run import Run
from cage_fsm.phases import alarms, refusals
from cage_fsm.phases.base import Working
from cage_fsm.phases.canary import is_stopping
from cage_fsm.phases.facts import Facts, Group, Inputs, learn
from cage_fsm.phases.launch_request import launch_request
from cage_fsm.phases.names import canary_group, family_of, started_by

Json = Mapping[str, Any]

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
        """Learn everything that later states need. Raises Refused with all reasons at once.

        Of many calls one is often throttled: what was answered is not asked for again by the next look.
        """
        inputs = Inputs.of(run.record)
        files = needed(self._files, run)
        service = claimed_service(self.aws, run, inputs)
        groups = run.once("groups", lambda: self._groups(service))
        revision = _primary(service).get("taskDefinition") or service["taskDefinition"]
        baseline = run.once("baseline", lambda: self.aws.ecs.task_definition(revision))
        strangers = run.once("strangers", lambda: self._strangers(run, service))
        reasons = [
            *run.once("alarms", lambda: alarms.in_the_way(self.aws, inputs)),
            *refusals.of_service(service),
            *refusals.of_deployments(service),
            *refusals.of_baseline(baseline),
            *refusals.of_definition(service, files.task_definition, groups),
            *strangers,
        ]
        if reasons:
            raise refused(reasons)
        rhythm = self._rhythm(run, service, groups)
        learn(
            run,
            **identity(service),
            grace=service.get("healthCheckGracePeriodSeconds") or 0,
            baseline=revision,
            baseline_deployment=_primary(service).get("id", ""),
            unchanged=not differences(baseline, files.task_definition),
            launch=launch_request(service),
            groups=rhythm,
        )
        drain = max((group.drain for group in rhythm), default=0)
        run.save(durations={**DEFAULTS, "drain": drain, **inputs.durations})

    def _groups(self, service: Json) -> list[TargetGroup]:
        balancers = service.get("loadBalancers", [])
        arns = [each["targetGroupArn"] for each in balancers if "targetGroupArn" in each]
        return self.aws.elbv2.target_groups(arns) if arns else []

    def _strangers(self, run: Run, service: Json) -> list[str]:
        """Live canaries of this service that another run, in another store perhaps, has started."""
        cluster, group = service["clusterArn"], canary_group(service["serviceName"])
        families = {family_of(service["taskDefinition"]), needed(self._files, run).task_definition["family"]}
        arns = {arn for family in families for arn in self.aws.ecs.task_arns(cluster, family=family)}
        return [
            f"Task {task.arn} is a live canary of this service that is not ours (started by "
            f"{task.started_by or 'nobody known'}). Finish or stop it first."
            for task in self.aws.ecs.tasks(cluster, sorted(arns))
            if task.group == group and task.started_by != started_by(run.record.id) and not is_stopping(task)
        ]

    def _rhythm(self, run: Run, service: Json, groups: Sequence[TargetGroup]) -> tuple[Group, ...]:
        by_arn = {group.arn: group for group in groups}
        return tuple(
            Group(
                arn=group.arn,
                container=each["containerName"],
                port=each["containerPort"],
                interval=group.interval_seconds,
                healthy_threshold=group.healthy_threshold,
                unhealthy_threshold=group.unhealthy_threshold,
                drain=run.once(f"drain {group.arn}", partial(self.aws.elbv2.drain_seconds, group.arn)),
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


def claimed_service(aws: Aws, run: Run, inputs: Inputs) -> Json:
    """The service that the run is about, claimed for it. Raises Refused."""
    service = run.once("service", lambda: aws.ecs.service(inputs.cluster, inputs.service))
    if service is None:
        raise refused([f"There is no service {inputs.service} in cluster {inputs.cluster} ({aws.region})."])
    run.claim(service["serviceArn"], service["clusterArn"])
    return service


def _primary(service: Json) -> Json:
    return next((each for each in service.get("deployments", []) if each.get("status") == "PRIMARY"), {})


def identity(service: Json) -> dict[str, Any]:
    """The facts that say which service a run is about."""
    return {
        "service_arn": service["serviceArn"],
        "service_name": service["serviceName"],
        "cluster_arn": service["clusterArn"],
        "cluster_name": service["clusterArn"].rpartition("/")[2],
        "region": service["serviceArn"].split(":")[3],
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
    if len(reasons) == 1:
        return Refused(Outcome("failed", reasons[0], cause="refused"))
    return Refused(Outcome("failed", " ".join(reasons), {"reasons": list(reasons)}, cause="refused"))
