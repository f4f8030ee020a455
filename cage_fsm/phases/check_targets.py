"""checking_targets: registered once in every target group of the service, and healthy in all of them."""

from datetime import timedelta
from typing import ClassVar

from cage_fsm.engine.definition import Resource
from cage_fsm.engine.ports import Outcome, Refused, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge import target as judge
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases import canary, pace
from cage_fsm.phases.base import Working, outcome_of, told
from cage_fsm.phases.facts import Facts, Group, Target, learn
from cage_fsm.phases.sending import sending

HEALTHY_LOOKS = 2
APART = timedelta(seconds=2)
"""A single healthy look may be a flap."""


class CheckTargets(Working):
    """A target that was registered and is gone is a failure; it is never registered again."""

    acquires: ClassVar[frozenset[Resource]] = frozenset({"target_registration"})
    needs: ClassVar[frozenset[str]] = frozenset({"launch_canary"})

    def enter(self, run: Run) -> None:
        """Register the canary wherever it is not yet; a dead one's address may be somebody else's."""
        targets = _targets(run)
        if set(Facts.of(run.record).registered) < {target.call for target in targets}:
            alive = canary.judged(run, canary.look(self.aws, run), health=True)
            if alive.says == "fail":
                raise Refused(outcome_of(alive, "failed"))
        for target in targets:
            call = f"RegisterTargets {target.call}"
            if target.call in Facts.of(run.record).registered:
                continue
            if not (run.in_doubt(call) and self._shows(target)):
                run.intend(call)
                with sending(run, call):
                    self.aws.elbv2.register(target.group_arn, target.id, target.port)
            learn(run, registered=(*Facts.of(run.record).registered, target.call))

    def _shows(self, target: Target) -> bool:
        return self.aws.elbv2.target(target.group_arn, target.id, target.port).registered

    def poll(self, run: Run) -> Outcome | Wait:
        """Judge the task first, then each target: a dead canary may look healthy for a while."""
        alive = canary.judged(run, canary.look(self.aws, run), health=True)
        verdict = alive if alive.says == "fail" else healthy_everywhere(self, run)
        if verdict.says != "pass" or not Facts.of(run.record).targets:
            run.looks.forget("healthy")
            return told(verdict, _next_look(run))
        _, looks = run.looks.see("healthy", run.clock.now(), apart=APART)
        if looks < HEALTHY_LOOKS:
            return Wait(APART.total_seconds(), f"{verdict.reason} Looking once more.")
        return told(verdict, _next_look(run))


def healthy_everywhere(phase: Working, run: Run) -> Verdict:
    """The verdict on all targets: the first that does not pass, or else the last."""
    facts, verdict = Facts.of(run.record), None
    for target in facts.targets:
        group = next(each for each in facts.groups if each.arn == target.group_arn)
        verdict = judge.healthy(
            phase.aws.elbv2.target(target.group_arn, target.id, target.port),
            registered_seconds=_registered_seconds(run, target),
            grace_seconds=_grace(facts, group),
        )
        if verdict.says != "pass":
            return verdict
    return verdict or Verdict("pass", "no_target_group", "The service has no load balancer.")


def _next_look(run: Run) -> float:
    """A target group calls nothing healthy before so many checks have passed, an interval apart."""
    facts = Facts.of(run.record)
    checks = {each.arn: each.interval * each.healthy_threshold for each in facts.groups}
    waits = (pace.until(checks[each.group_arn] - _registered_seconds(run, each)) for each in facts.targets)
    return min(waits, default=pace.SELDOM)


def _registered_seconds(run: Run, target: Target) -> float:
    return (run.clock.now() - run.last_sent(f"RegisterTargets {target.call}")).total_seconds()


def _grace(facts: Facts, group: Group) -> float:
    """How long `unhealthy` may only mean "not yet": the largest of what makes a healthy start slow."""
    start = max((each.start_period for each in facts.containers if each.name == group.container), default=0)
    return max(facts.grace, start, group.interval * max(group.healthy_threshold, group.unhealthy_threshold))


def _targets(run: Run) -> tuple[Target, ...]:
    facts = Facts.of(run.record)
    if facts.targets or not facts.groups:
        return facts.targets
    if not facts.address:
        raise Refused(Outcome("failed", "The canary runs without a private address that could be a target."))
    targets = tuple(Target(group_arn=each.arn, id=facts.address, port=each.port) for each in facts.groups)
    return learn(run, targets=targets).targets  # before RegisterTargets: a crash must know what to undo
