"""validating: reads the service and its baseline, claims it, refuses what can be refused."""

from collections.abc import Mapping
from functools import partial

from cage_fsm.aws.clients import Aws
from cage_fsm.deployfiles import DeployFiles, differences
from cage_fsm.engine.definition import Duration
from cage_fsm.engine.ports import Outcome, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge.seen import short
from cage_fsm.phases import audit_gate, chosen_instance, refusals, revision, service_update
from cage_fsm.phases.answered import drain_of
from cage_fsm.phases.base import Working
from cage_fsm.phases.claiming import SERVICE, claimed_service, identity, refuse
from cage_fsm.phases.expiry import expiring, longest
from cage_fsm.phases.facts import Facts, Group, Inputs, learn
from cage_fsm.phases.host_ports import crowded
from cage_fsm.phases.kinds import TARGET_TYPES, network_mode, primary_of
from cage_fsm.phases.launch_request import launch_request, tagged
from cage_fsm.phases.obstacles import OBSTACLES, Case, misfits
from cage_fsm.phases.revision import needed

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
        now, inputs = claimed_service(self.aws, run), Inputs.of(run.record)
        refuse([*refusals.of_service(now), *refusals.of_failed_deployment(now)])
        wanted = needed(self._files, run).service if inputs.update_service else {}
        refuse([*service_update.fixed(now, wanted)])
        case = Case(self.aws, run, inputs, now, wanted, definition, run.record.id)
        refuse([*refusals.of_service(case.service), *refusals.incomplete(case.service)])
        going = refusals.other_deployment(now)
        unfit = list(misfits(case))
        if going and not unfit and run.record.durations.get("wait"):
            run.ask_again(SERVICE)
            return Wait(5, f"{going} Waiting until it is over.")
        busy = [f"{going} {TRY_AGAIN}"] if going else []
        refuse([*busy, *unfit, *(reason for found in OBSTACLES.values() for reason in found(case))])
        audited = audit_gate.passed(self.aws, run, now, definition)
        if isinstance(audited, Wait):
            return audited
        return self._read(self._learn(run, case), audited)

    def _learn(self, run: Run, case: Case) -> Facts:
        service, definition, instance = case.service, case.definition, case.instance()
        there = chosen_instance.constraint(instance) if instance else None
        groups = self._rhythm(run, case)
        drain = max((each.drain for each in groups), default=0)
        durations = {
            **DEFAULTS,
            **(TASK if case.inputs.command else {}),
            "drain": drain,
            **case.inputs.durations,
        }
        expires = run.clock.now() + longest(durations, approval=case.inputs.approval)
        facts = learn(
            run,
            **identity(service),
            grace=service.get("healthCheckGracePeriodSeconds") or 0,
            baseline=case.runs,
            baseline_deployment=primary_of(service).get("id", ""),
            baseline_at=primary_of(service).get("createdAt"),
            before=case.before,
            unchanged=not differences(case.baseline(), definition),
            host_ports=run.once("host ports", lambda: crowded(self.aws, service, definition)) or "",
            cleanup_denied=not run.once("may stop", partial(self.aws.ecs.may_stop, service["clusterArn"])),
            network_mode=network_mode(definition),
            launch=expiring(launch_request(service, definition, there), definition, expires),
            tagged=bool(tagged(service)),
            groups=groups,
        )
        run.save(durations=durations)
        return facts

    def _rhythm(self, run: Run, case: Case) -> tuple[Group, ...]:
        by_arn = {group.arn: group for group in case.groups()}
        return tuple(
            Group(
                arn=group.arn,
                container=each["containerName"],
                port=each["containerPort"],
                target_type=group.target_type or TARGET_TYPES[network_mode(case.definition)],
                protocol=group.protocol,
                interval=group.interval_seconds,
                healthy_threshold=group.healthy_threshold,
                unhealthy_threshold=group.unhealthy_threshold,
                drain=drain_of(self.aws, run, group.arn),
            )
            for each in case.service.get("loadBalancers", [])
            for group in [by_arn[each["targetGroupArn"]]]
        )

    def _read(self, facts: Facts, audited: str) -> Outcome:
        remarks = [UNCHANGED] * facts.unchanged + [CLEANUP_DENIED] * facts.cleanup_denied
        remarks += [facts.host_ports] if facts.host_ports else []
        remarks += [f"With it change: {', '.join(facts.before.names)}."] if facts.before else []
        runs = f"{facts.service_name} runs {short(facts.baseline)}."
        return Outcome("done", " ".join(filter(None, [runs, *remarks, audited])))
