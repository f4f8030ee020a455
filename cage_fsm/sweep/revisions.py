"""Revisions that failed runs have registered, and that nothing uses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cage_fsm.engine.record import Record
from cage_fsm.judge.seen import short
from cage_fsm.phases.facts import Facts, Inputs
from cage_fsm.phases.names import TAG, family_of
from cage_fsm.phases.register import CALL
from cage_fsm.sweep.cluster import Cluster
from cage_fsm.sweep.finding import Finding
from cage_fsm.sweep.scene import NO_ANSWER, Scene

DEREGISTERS = "deregister it"
FAILED = frozenset({"aborted", "rolled_back"})
"""Where a rollout ends whose revision the service is not left with."""

SEARCHED = 20
"""So many of the newest revisions are asked for their tag."""

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Revisions:
    """What failed rollouts about services of `clusters` have registered.

    A service of a cluster that is not looked at may have been sent to such a revision. It goes on, and
    scales, with an INACTIVE one (API reference, DeregisterTaskDefinition). `blind`: a cluster that was to
    be looked at could not be.
    """

    scene: Scene
    clusters: list[Cluster]
    blind: bool

    def findings(self) -> Iterator[Finding]:
        """One for each revision that is still ACTIVE, by family."""
        overs = (each.over for each in self.scene.runs.values() if each.over)
        failed = [each for each in overs if may_have_registered(each) and self._is_here(each)]
        for family in sorted({_family(each) for each in failed}):
            try:
                yield from self._of_family(family, [each for each in failed if _family(each) == family])
            except NO_ANSWER as error:
                yield Finding("unseen", family, f"Its revisions could not be looked at: {error}")

    def _of_family(self, family: str, failed: list[Record]) -> Iterator[Finding]:
        """A revision whose registration was never answered is found by its tag."""
        active = self.scene.ask(lambda: self.scene.aws.ecs.active_revisions(family))
        known = {Facts.of(each).task_definition for each in failed}
        searched = known | set(active[-SEARCHED:] if "" in known else ())
        for arn in [each for each in active if each in searched]:
            revision = self._described(arn)
            record = next((each for each in failed if each.id == _tagged(revision)), None)
            if record:
                why_not = self._why_not(revision, record, is_newest=arn == active[-1])
                why = (
                    why_not
                    or f"Safe: run {record.id}, which registered it, has failed, and nothing seen uses it."
                )
                does = None if why_not else DEREGISTERS
                yield Finding("revision", arn, why, record.id, does, nonce=record.nonce)

    def _why_not(self, revision: Json, record: Record, *, is_newest: bool) -> str | None:
        """Why it stays; None if it need not."""
        arn, runs = revision["taskDefinitionArn"], self.scene.runs.values()
        if user := next((each.name for each in self.clusters if arn in each.in_use), None):
            return f"Run {record.id} has failed, but its revision is in use in {user.rpartition('/')[2]}."
        if needing := next((each for each in runs if each.record and needs(each.record, arn)), None):
            return f"Run {needing.id} goes back to it, or has rolled it out."
        if self.blind or any(each.unreadable for each in runs):
            return "A cluster or a record could not be looked at, and may need it."
        if is_newest:
            return "It is the newest of its family, the one that those get who name no revision."
        if not self.scene.is_old(revision.get("registeredAt"), record.updated_at):
            return f"Run {record.id} is over too lately to be sure."
        return None

    def _is_here(self, record: Record) -> bool:
        arn = Facts.of(record).cluster_arn
        return any(each.is_called(arn) for each in self.clusters)

    def _described(self, arn: str) -> Json:
        return self.scene.ask(lambda: self.scene.aws.ecs.task_definition(arn))


def may_have_registered(record: Record) -> bool:
    """Whether it is a run that failed once RegisterTaskDefinition may have been sent."""
    return record.state in FAILED and CALL in record.intents


def needs(record: Record, arn: str) -> bool:
    """Whether a run goes back to this revision, or has not failed with it."""
    facts, inputs = Facts.of(record), Inputs.of(record)
    rolled_out = () if record.state in FAILED else (facts.task_definition, inputs.task_definition)
    named = (facts.baseline, inputs.baseline, *rolled_out)
    return short(arn) in {short(each) for each in named if each}


def _family(record: Record) -> str:
    facts = Facts.of(record)
    return family_of(facts.task_definition or facts.baseline)


def _tagged(revision: Json) -> str:
    """The run whose tag it carries."""
    return next((each.get("value", "") for each in revision["tags"] if each.get("key") == TAG), "")
