"""checking_targets: registered once in every target group of the service, and healthy in all of them."""

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from cage_fsm.aws.clients import Aws
from cage_fsm.engine.definition import Resource
from cage_fsm.engine.ports import Outcome, Refused, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge import target as judge
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases import canary, pace
from cage_fsm.phases.base import outcome_of, told
from cage_fsm.phases.confirming import confirmed
from cage_fsm.phases.evidence import AboutTheCanary
from cage_fsm.phases.facts import Facts, Group, Target, learn
from cage_fsm.phases.sending import sending
from cage_fsm.phases.target_ids import targets_of

APART = timedelta(seconds=2)
"""A single healthy look may be a flap."""

LASTING = {"target_unused": APART, "target_lost": timedelta(seconds=30)}
"""Rules that count once they were seen for so long."""

SLOW_BALANCER_SECONDS = 300.0
"""How much longer than its health checks take a target may be `initial`.

"It can take a few minutes for the registration process to complete" (Network Load Balancer guide).
"""

NONE_FOR_ONE_THAT_WAS_HEALTHY = judge.Patience(unhealthy=0, initial=float("inf"))


class CheckTargets(AboutTheCanary):
    """A target that was registered and is gone is a failure; it is never registered again."""

    acquires: ClassVar[frozenset[Resource]] = frozenset({"target_registration"})
    needs: ClassVar[frozenset[str]] = frozenset({"launch_canary"})

    def enter(self, run: Run) -> None:
        """Register the canary wherever it is not yet."""
        for target in self._unregistered(run):
            call = f"RegisterTargets {target.call}"
            if not (run.in_doubt(call) and self._shows(target)):
                run.intend(call)
                with sending(run, call):
                    self.aws.elbv2.register(target.group_arn, target.id, target.port)
            learn(run, registered=(*Facts.of(run.record).registered, target.call))

    def _unregistered(self, run: Run) -> list[Target]:
        """Raises Refused when the canary is dead: its address may be somebody else's by now."""
        facts = Facts.of(run.record)
        if not facts.groups or (facts.targets and facts.registered_everywhere):
            return []
        task = canary.look(self.aws, run)
        alive = canary.judged(run, task, health=True)
        if task is None or alive.says == "fail":
            raise Refused(outcome_of(alive, "failed"))
        if not facts.targets:  # saved before RegisterTargets: a crash must know what to undo
            found = targets_of(self.aws, facts, task)
            facts = learn(run, targets=found, container_instance=task.container_instance)
        return [target for target in facts.targets if target.call not in facts.registered]

    def _shows(self, target: Target) -> bool:
        return self.aws.elbv2.target(target.group_arn, target.id, target.port).registered

    def poll(self, run: Run) -> Outcome | Wait:
        """Judge the task first, then each target: a dead canary may look healthy for a while."""
        verdict = canary_and_targets(self.aws, run)
        if verdict.says != "pass" or not Facts.of(run.record).targets:
            run.looks.forget("healthy")
            return told(verdict, _next_look(run, verdict))
        return told(confirmed(run, "healthy", verdict, APART), APART.total_seconds())


def canary_and_targets(aws: Aws, run: Run, *, was_healthy: bool = False) -> Verdict:
    """The verdict on the task, and on its targets unless it failed; with what both were judged on."""
    task = canary.judged(run, canary.look(aws, run), health=True)
    if task.says == "fail":
        return task
    targets = _seen_twice(run, _targets_verdict(aws, run, was_healthy=was_healthy))
    if targets.says == "pass" and task.says == "wait":
        return task
    return replace(targets, seen={**targets.seen, **task.seen})


def _seen_twice(run: Run, verdict: Verdict) -> Verdict:
    """A target may be `unused` for a moment, while its target group is being put to use.

    One that does not show is lost when no look in a row has shown it: RegisterTargets may show late.
    """
    for rule in LASTING.keys() - {verdict.rule}:
        run.looks.forget(rule)
    if verdict.says != "fail" or verdict.rule not in LASTING:
        return verdict
    return confirmed(run, verdict.rule, verdict, LASTING[verdict.rule])


def _targets_verdict(aws: Aws, run: Run, *, was_healthy: bool) -> Verdict:
    facts, verdicts = Facts.of(run.record), []
    for target in facts.targets:
        group = next(each for each in facts.groups if each.arn == target.group_arn)
        verdicts.append(
            judge.healthy(
                aws.elbv2.target(target.group_arn, target.id, target.port),
                registered_seconds=_registered_seconds(run, target),
                patience=NONE_FOR_ONE_THAT_WAS_HEALTHY if was_healthy else _patience(facts, group),
            )
        )
    return judge.everywhere(verdicts)


def _next_look(run: Run, verdict: Verdict) -> float:
    """A target group calls nothing healthy before so many checks have passed, an interval apart."""
    if verdict.rule == "target_unused":
        return APART.total_seconds()
    facts = Facts.of(run.record)
    checks = {each.arn: each.interval * each.healthy_threshold for each in facts.groups}
    waits = (pace.until(checks[each.group_arn] - _registered_seconds(run, each)) for each in facts.targets)
    return min(waits, default=pace.SELDOM)


def _registered_seconds(run: Run, target: Target) -> float:
    return (run.clock.now() - run.last_sent(f"RegisterTargets {target.call}")).total_seconds()


def _patience(facts: Facts, group: Group) -> judge.Patience:
    """How long `unhealthy` and `initial` may only mean "not yet": the largest of what makes a start slow."""
    start = max((each.start_period for each in facts.containers if each.name == group.container), default=0)
    checks = group.interval * max(group.healthy_threshold, group.unhealthy_threshold)
    first = group.interval * (group.healthy_threshold + 1)
    return judge.Patience(
        unhealthy=max(facts.grace, start, checks),
        initial=max(facts.grace, start) + first + SLOW_BALANCER_SECONDS,
    )
