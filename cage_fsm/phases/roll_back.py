"""rolling_back and restoring_service: the baseline is sent, and its deployment is complete."""

from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.engine.definition import Direction, Resource
from cage_fsm.engine.ports import Outcome, Refused, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge import deployment as judge
from cage_fsm.judge.seen import ServiceSeen, short
from cage_fsm.judge.verdict import Verdict
from cage_fsm.known_secrets import known_secrets
from cage_fsm.phases import service_tags
from cage_fsm.phases.base import Working, told
from cage_fsm.phases.discreet import discreet
from cage_fsm.phases.facts import Facts, Inputs, learn
from cage_fsm.phases.our_deployment import (
    UPDATE,
    VISIBLE_AFTER,
    lost_group,
    new_deployment,
    service_seen,
    unchanged_seconds,
)
from cage_fsm.phases.ownership import service_or_missing
from cage_fsm.phases.service_update import STRATEGY

CALL = "UpdateService to the baseline"
NOTHING_ELSE = "nothing_to_send_back"
LEFT_TO_AN_OPERATOR = frozenset({"baseline_superseded", "service_gone", NOTHING_ELSE})


class RollBack(Working):
    """A later call wins over one in flight, so the baseline is sent whenever an update was ever intended."""

    acquires: ClassVar[frozenset[Resource]] = frozenset({"service_change"})
    direction: ClassVar[Direction | None] = "back"
    renews: ClassVar[bool] = True

    def enter(self, run: Run) -> None:
        """Send the baseline, once. Where the tags cannot be put back, restoring_service tries again."""
        facts = Facts.of(run.record)
        if not _was_changed(run):
            _try_tags(self.aws, run)
        elif not facts.baseline_sent and not facts.no_way_back:
            send_baseline(self.aws, run)

    def poll(self, run: Run) -> Outcome:
        """Done: it was sent, or nothing ever was."""
        facts = Facts.of(run.record)
        if facts.no_way_back and UPDATE in run.record.intents:
            return Outcome("done", _nothing_else(facts))
        if not facts.baseline_sent:
            changed = "but for its tags, which were put back" if facts.tags_restored else "changed"
            return Outcome("done", f"The service was never {changed}.")
        other = f", and to its earlier {', '.join(facts.before.names)}" if facts.before else ""
        return Outcome("done", f"{facts.service_name} goes back to {short(facts.baseline)}{other}.")


class RestoreService(Working):
    """The proof that the service is back, or that it is somebody else's and an operator knows."""

    releases: ClassVar[frozenset[Resource]] = frozenset({"service_change"})
    renews: ClassVar[bool] = True

    def poll(self, run: Run) -> Outcome | Wait:
        """Judge the baseline's deployment; send it again whenever the service is at what it is to leave."""
        facts = Facts.of(run.record)
        service = service_seen(self.aws, run)
        if service and service.status == "ACTIVE" and _is_at_ours(run, facts, service):
            late = not facts.baseline_sent or _since_sending(run) > VISIBLE_AFTER
            if late and (let_go := _send_or_let_go(self.aws, run, service)):
                return let_go
            return Wait(3, "The service is at what came with our revision; the earlier one was sent.")
        entry = judge.entry_of(service, facts.baseline) if service else None
        verdict = judge.restored(
            service,
            facts.baseline,
            facts.task_definition,
            unchanged_seconds=unchanged_seconds(run, service, entry),
        )
        if service and facts.no_way_back:
            verdict = _unless_ours_stays(run, facts, service, verdict)
        if service and verdict.says == "wait":
            verdict = lost_group(self.aws, run, service, entry) or verdict
        if verdict.rule in LEFT_TO_AN_OPERATOR and an_operator_looked(run):
            learn(run, let_go=verdict.rule != NOTHING_ELSE)
            return Outcome("done", f"{verdict.reason} Nothing of this run is left.", {"rule": verdict.rule})
        if verdict.says == "pass" and _may_be_stale(run, facts, service):
            return Wait(3, "The earlier revision runs; whether it stays so shows in a moment.")
        if verdict.says == "pass":
            service_tags.put_back(self.aws, run)
        return told(verdict, wait_seconds=3)


def _was_changed(run: Run) -> bool:
    """Whether the service may have been updated by what is undone."""
    return UPDATE in run.record.intents or bool(Inputs.of(run.record).of_run)


def _is_at_ours(run: Run, facts: Facts, service: ServiceSeen) -> bool:
    """Whether the service is at what it is to leave; where the revision does not tell, at our deployment.

    Somebody may have sent the revision back where we could not, without what else had changed.
    """
    if facts.again:
        ours = new_deployment(run, service)
        return bool(ours and facts.before and service.primary and service.primary.id == ours)
    if facts.before and _was_changed(run) and not facts.baseline_sent:
        return service.task_definition in (facts.baseline, facts.task_definition)
    return service.task_definition == facts.task_definition


def _unless_ours_stays(run: Run, facts: Facts, service: ServiceSeen, verdict: Verdict) -> Verdict:
    """The verdict on a service that was sent to the revision it ran already: only ECS can undo that."""
    ours = new_deployment(run, service)
    if not ours or service.primary is None or service.primary.id != ours:
        return verdict
    reason = f"{_nothing_else(facts)} Its new deployment stays as it is."
    return Verdict("fail", NOTHING_ELSE, reason, verdict.seen)


def _nothing_else(facts: Facts) -> str:
    name = short(facts.baseline)
    return f"{name} ran before as well, so there is no earlier revision to send."


def an_operator_looked(run: Run) -> bool:
    """Whether the run has rested, and somebody has resumed it."""
    return any(step.source == "needs_operator" for step in run.record.history)


def _may_be_stale(run: Run, facts: Facts, service: ServiceSeen | None) -> bool:
    """Whether this may be the service as it was before an UpdateService of ours shows, or arrives."""
    if UPDATE not in run.record.intents and not facts.baseline_sent:
        return False
    anew = service and service.primary and service.primary.id != facts.baseline_deployment
    in_doubt = run.in_doubt(UPDATE) and not facts.updated
    if anew and facts.baseline_sent and not in_doubt:
        return False
    return _since_sending(run) < VISIBLE_AFTER


def _since_sending(run: Run) -> timedelta:
    return run.clock.now() - max(run.last_sent(UPDATE), run.last_sent(CALL))


def _try_tags(aws: Aws, run: Run) -> None:
    """Put the tags back; where that is refused, the service goes back all the same."""
    with suppress(AwsSaidNo):
        service_tags.put_back(aws, run)


def send_baseline(aws: Aws, run: Run) -> None:
    """Send the service to its earlier revision. Raises Refused when somebody else has changed it."""
    facts = Facts.of(run.record)
    service = service_or_missing(aws, facts)
    if service.status != "ACTIVE":
        raise Refused(Outcome("failed", f"{judge.deleted(service.status)} There is nothing to send back."))
    if service.task_definition not in (facts.baseline, facts.task_definition):
        now = short(service.task_definition)
        raise Refused(
            Outcome("failed", f"Somebody else deployed {now} to the service; it was left as it is.")
        )
    new_deployment(run, service)
    _try_tags(aws, run)
    changes = _undoing(aws, run, service)
    run.intend(CALL)
    with discreet(known_secrets(changes)):
        aws.ecs.update_service(
            facts.cluster_arn,
            facts.service_name,
            facts.baseline,
            force=facts.again or STRATEGY in changes,
            **changes,
        )
    learn(run, baseline_sent=True)


def _send_or_let_go(aws: Aws, run: Run, service: ServiceSeen) -> Outcome | None:
    """Send the baseline. An operator who sent its revision himself is only told that AWS refuses the rest."""
    facts = Facts.of(run.record)
    try:
        send_baseline(aws, run)
    except AwsSaidNo as no:
        if service.task_definition == facts.task_definition or not an_operator_looked(run):
            raise
        back, names = short(facts.baseline), ", ".join(facts.before.names)
        reason = f"The service is at {back}, but its earlier {names} could not be restored: {no}"
        return Outcome("done", f"{reason} Nothing else of this run is left.")
    return None


def _undoing(aws: Aws, run: Run, service: ServiceSeen) -> dict[str, Any]:
    """What else UpdateService takes back. A desired count that somebody else has set stays."""
    was = Facts.of(run.record).before
    found = aws.ecs.service_revision(was.revision) if was.in_revision else {}
    if gone := [name for name in was.in_revision if name not in found]:
        reason = (
            f"ECS does not show {', '.join(gone)} of {was.revision} any more, so that it cannot be restored."
        )
        raise Refused(Outcome("failed", reason))
    changes = {**was.fields, **{name: found[name] for name in was.in_revision}}
    of_ours = (was.desired_count, Inputs.of(run.record).desired_count)  # the service may show late
    if was.desired_count is not None and service.desired in of_ours:
        changes["desiredCount"] = was.desired_count
    return changes
