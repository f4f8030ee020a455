"""Revisions that failed runs have registered, and that nothing uses."""

from collections.abc import Iterator, Mapping
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
"""Where a run ends whose revision the service is not left with."""

SEARCHED = 20
"""So many of the newest revisions are asked for their tag."""

Json = Mapping[str, Any]


def findings(scene: Scene, clusters: list[Cluster]) -> Iterator[Finding]:
    """The revisions of failed rollouts about services of these clusters, by family."""
    failed = [
        each.over
        for each in scene.runs.values()
        if each.over and _is_about(each.over, clusters) and _registered_one(each.over)
    ]
    for family in sorted({_family(each) for each in failed}):
        try:
            yield from _of_family(
                scene, clusters, family, [each for each in failed if _family(each) == family]
            )
        except NO_ANSWER as error:
            yield Finding("unseen", family, f"Its revisions could not be looked at: {error}")


def _of_family(scene: Scene, clusters: list[Cluster], family: str, failed: list[Record]) -> Iterator[Finding]:
    """A revision whose registration was never answered is found by its tag."""
    active = scene.ask(lambda: scene.aws.ecs.active_revisions(family))
    by_id = {each.id: each for each in failed}
    known = {Facts.of(each).task_definition for each in failed}
    lost = any(not Facts.of(each).task_definition for each in failed)
    searched = {*known, *(active[-SEARCHED:] if lost else ())}
    for arn in (each for each in active if each in searched):
        revision = _revision(scene, arn)
        if record := by_id.get(_tagged(revision)):
            yield _finding(scene, clusters, revision, record, newest=active[-1])


def _finding(scene: Scene, clusters: list[Cluster], revision: Json, record: Record, newest: str) -> Finding:
    arn, where = revision["taskDefinitionArn"], ", ".join(each.name.rpartition("/")[2] for each in clusters)
    if why_not := _why_not(scene, clusters, revision, record, newest):
        return Finding("revision", arn, why_not, record.id, nonce=record.nonce)
    why = (
        f"Safe: run {record.id}, which registered it, is over ({record.state}), and no service, "
        f"deployment or task of {where} is at it."
    )
    return Finding("revision", arn, why, record.id, DEREGISTERS, nonce=record.nonce)


def _why_not(
    scene: Scene, clusters: list[Cluster], revision: Json, record: Record, newest: str
) -> str | None:
    arn = revision["taskDefinitionArn"]
    user = next((each.name for each in clusters if arn in each.in_use), None)
    if user:
        return f"Run {record.id} has failed, but its revision is in use in cluster {user.rpartition('/')[2]}."
    if needing := next((each for each in scene.runs.values() if _needs(each.record, arn)), None):
        return f"Run {needing.id} goes back to it, or has rolled it out."
    if any(each.unreadable for each in scene.runs.values()):
        return "A record of this store cannot be read, and its run may need it."
    if arn == newest:
        family = short(arn).partition(":")[0]
        return f"It is the newest of {family}, which those get who name no revision. A later one replaces it."
    if not scene.is_old(revision.get("registeredAt"), record.updated_at):
        return f"Run {record.id} is over too lately to be sure."
    return None


def _needs(record: Record | None, arn: str) -> bool:
    """Whether a run goes back to this revision, or has not failed with it."""
    if record is None:
        return False
    facts, inputs = Facts.of(record), Inputs.of(record)
    rolled_out = () if record.state in FAILED else (facts.task_definition, inputs.task_definition)
    return arn in (facts.baseline, inputs.baseline, *rolled_out)


def _registered_one(record: Record) -> bool:
    """Whether a rollout failed that may have registered its revision."""
    return record.machine == "rollout" and record.state in FAILED and CALL in record.intents


def _family(record: Record) -> str:
    facts = Facts.of(record)
    return family_of(facts.task_definition or facts.baseline)


def _is_about(record: Record, clusters: list[Cluster]) -> bool:
    arn = Facts.of(record).cluster_arn
    return any(each.is_called(arn) for each in clusters)


def _revision(scene: Scene, arn: str) -> Json:
    return scene.ask(lambda: scene.aws.ecs.task_definition(arn))


def _tagged(revision: Json) -> str:
    """The run whose tag it carries."""
    return next((each.get("value", "") for each in revision["tags"] if each.get("key") == TAG), "")
