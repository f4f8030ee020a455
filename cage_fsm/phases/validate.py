"""validating: reads the service and its baseline, claims it, refuses what can be refused."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.elbv2 import DRAIN_SECONDS, TargetGroup
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.deployfiles import DeployFiles, differences
from cage_fsm.engine.definition import Duration
from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge.seen import InstanceSeen, short
from cage_fsm.phases import alarms, audit_gate, chosen_instance, refusals, revision, service_update
from cage_fsm.phases.answered import answered
from cage_fsm.phases.base import Working
from cage_fsm.phases.claiming import SERVICE, baseline_of, claimed_service, identity, refuse
from cage_fsm.phases.expiry import expiring, longest
from cage_fsm.phases.facts import Before, Facts, Group, Inputs, learn
from cage_fsm.phases.host_ports import crowded
from cage_fsm.phases.kinds import TARGET_TYPES, network_mode, on_fargate, primary_of
from cage_fsm.phases.launch_request import launch_request, tagged
from cage_fsm.phases.names import canary_group, family_of, started_by
from cage_fsm.phases.revision import needed
from cage_fsm.phases.standalone import is_stopping

Json = Mapping[str, Any]

DEFAULTS: Mapping[Duration, float] = {
    "launch": 900,
    "healthy": 900,
    "stop": 300,
    "bake": 10,
    "stable": 900,
    "approval": 4 * 3600,
}
"""Seconds. Those for launch, healthy and stable are canarycage's."""

TASK: Mapping[Duration, float] = {"task": 3600}
"""For a one-off task, where one is wanted: a gate without a limit would hang."""

TRY_AGAIN = "Try again when it is over, or let the run wait for that with --wait-in-progress."
UNCHANGED = "The task definition equals the running one; it is rolled out all the same."
CLEANUP_DENIED = (
    "Warning: ecs:StopTask seems not to be permitted; without it the canary stays when its time is over. "
    "Allow it for the tasks of this cluster."
)
STRANGERS_UNKNOWN = (
    "Whether another canary of this service is live cannot be told; allow ecs:ListTasks and "
    "ecs:DescribeTasks."
)


class Validate(Working):
    """Needs the deploy files, without which nothing can be registered later, or a revision that exists."""

    def __init__(self, aws: Aws, files: DeployFiles | None) -> None:
        super().__init__(aws)
        self._files = files

    def poll(self, run: Run) -> Outcome | Wait:
        """Claim the service and learn everything that later states need. Raises Refused.

        What is judged, and what its canary resembles, is the service as it will be.

        Of many calls one is often throttled: what was answered is not asked for again by the next look.
        """
        definition = revision.wanted(self.aws, run, self._files)
        now = claimed_service(self.aws, run)
        refuse([*refusals.of_service(now), *refusals.of_failed_deployment(now)])
        wanted, count = self._wanted(run), Inputs.of(run.record).desired_count
        refuse([*service_update.fixed(now, wanted)])
        service = service_update.to_be(now, wanted, count)
        refuse([*refusals.of_service(service), *refusals.incomplete(service)])
        going = refusals.other_deployment(now)
        misfits = [*refusals.of_definition(service, definition, self._groups(run, service))]
        if going and not misfits and run.record.durations.get("wait"):
            run.ask_again(SERVICE)
            return Wait(5, f"{going} Waiting until it is over.")
        before = service_update.before(self.aws, run, now, wanted, count)
        busy = [f"{going} {TRY_AGAIN}"] if going else []
        lost = service_update.irreversible(wanted, before)
        refuse([*busy, *misfits, *lost, *self._obstacles(run, service, definition, before)])
        audited = audit_gate.passed(self.aws, run, now, definition)
        if isinstance(audited, Wait):
            return audited
        return self._read(self._learn(run, service, definition, before), audited)

    def _wanted(self, run: Run) -> Json:
        """The service.json that the service gets; empty where it keeps what it has. Raises Refused."""
        return needed(self._files, run).service if Inputs.of(run.record).update_service else {}

    def _obstacles(self, run: Run, service: Json, definition: Json, before: Before) -> list[str]:
        """What another deployment may bring or take away."""
        inputs, found = Inputs.of(run.record), self._instance(run, service)
        chosen = inputs.canary_instance
        return [
            *revision.of_existing(definition, _revision(service), inputs, changes=bool(before)),
            *refusals.of_command(definition, inputs.container),
            *run.once("alarms", lambda: alarms.in_the_way(self.aws, inputs)),
            *refusals.of_baseline(self._baseline(run, service)),
            *(chosen_instance.reasons(service, definition, chosen, found) if chosen else []),
            *run.once("strangers", lambda: self._strangers(run, service, definition)),
        ]

    def _learn(self, run: Run, service: Json, definition: Json, before: Before) -> Facts:
        instance = self._instance(run, service)
        there = chosen_instance.constraint(instance) if instance else None
        groups = self._rhythm(run, service, network_mode(definition))
        drain, inputs = max((each.drain for each in groups), default=0), Inputs.of(run.record)
        durations = {**DEFAULTS, **(TASK if inputs.command else {}), "drain": drain, **inputs.durations}
        expires = run.clock.now() + longest(durations, approval=inputs.approval)
        facts = learn(
            run,
            **identity(service),
            grace=service.get("healthCheckGracePeriodSeconds") or 0,
            baseline=_revision(service),
            baseline_deployment=primary_of(service).get("id", ""),
            baseline_at=primary_of(service).get("createdAt"),
            before=before,
            unchanged=not differences(self._baseline(run, service), definition),
            host_ports=run.once("host ports", lambda: crowded(self.aws, service, definition)) or "",
            cleanup_denied=not run.once("may stop", partial(self.aws.ecs.may_stop, service["clusterArn"])),
            network_mode=network_mode(definition),
            launch=expiring(launch_request(service, definition, there), definition, expires),
            tagged=bool(tagged(service)),
            groups=groups,
        )
        run.save(durations=durations)
        return facts

    def _baseline(self, run: Run, service: Json) -> Json:
        return baseline_of(self.aws, run, _revision(service))

    def _groups(self, run: Run, service: Json) -> list[TargetGroup]:
        arns = [each["targetGroupArn"] for each in service.get("loadBalancers", [])]
        return run.once(f"groups {arns}", lambda: self.aws.elbv2.target_groups(arns) if arns else [])

    def _instance(self, run: Run, service: Json) -> InstanceSeen | None:
        chosen = Inputs.of(run.record).canary_instance
        if not chosen or on_fargate(service):
            return None
        return run.once("instance", lambda: chosen_instance.find(self.aws, service["clusterArn"], chosen))

    def _strangers(self, run: Run, service: Json, definition: Json) -> list[str]:
        """Live canaries of this service that another run, in another store perhaps, has started."""
        cluster, group = service["clusterArn"], canary_group(service["serviceName"])
        families = {family_of(service["taskDefinition"]), definition["family"]}
        try:
            arns = {arn for family in families for arn in self.aws.ecs.task_arns(cluster, family=family)}
            tasks = self.aws.ecs.tasks(cluster, sorted(arns))
        except AwsSaidNo as no:
            return [f"{STRANGERS_UNKNOWN} AWS says {no.code}: {no.message}"]
        return [
            f"Task {task.arn} is a live canary of this service that is not ours (started by "
            f"{task.started_by or 'nobody known'}). Finish or stop it first."
            for task in tasks
            if task.group == group and task.started_by != started_by(run.record.id) and not is_stopping(task)
        ]

    def _rhythm(self, run: Run, service: Json, mode: str) -> tuple[Group, ...]:
        by_arn = {group.arn: group for group in self._groups(run, service)}
        return tuple(
            Group(
                arn=group.arn,
                container=each["containerName"],
                port=each["containerPort"],
                target_type=group.target_type or TARGET_TYPES[mode],
                protocol=group.protocol,
                interval=group.interval_seconds,
                healthy_threshold=group.healthy_threshold,
                unhealthy_threshold=group.unhealthy_threshold,
                drain=run.once(f"drain {group.arn}", partial(self._drain, run, group.arn)),
            )
            for each in service.get("loadBalancers", [])
            for group in [by_arn[each["targetGroupArn"]]]
        )

    def _drain(self, run: Run, arn: str) -> float:
        """It only says how long to wait, so that AWS's own delay will do where it may not be read."""
        try:
            return answered(run, "drain", lambda: self.aws.elbv2.drain_seconds(arn), DRAIN_SECONDS)
        except AwsSaidNo:
            return DRAIN_SECONDS

    def _read(self, facts: Facts, audited: str) -> Outcome:
        remarks = [UNCHANGED] * facts.unchanged + [CLEANUP_DENIED] * facts.cleanup_denied
        remarks += [facts.host_ports] if facts.host_ports else []
        remarks += [f"With it change: {', '.join(facts.before.names)}."] if facts.before else []
        runs = f"{facts.service_name} runs {short(facts.baseline)}."
        return Outcome("done", " ".join(filter(None, [runs, *remarks, audited])))


def _revision(service: Json) -> str:
    return str(primary_of(service).get("taskDefinition") or service["taskDefinition"])
