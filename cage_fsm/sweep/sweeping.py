"""A sweep: everything that is left behind, and clearing it away piece by piece."""

from collections.abc import Iterable, Iterator

from cage_fsm.aws.ecs import GONE
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.phases.facts import Facts
from cage_fsm.sweep import acting, claims, runs, targets, tasks
from cage_fsm.sweep.cluster import Cluster, look
from cage_fsm.sweep.finding import Act, Finding
from cage_fsm.sweep.revisions import Revisions
from cage_fsm.sweep.scene import NO_ANSWER, Scene

_BEFORE_THE_RESOURCE = 4
"""Colons of an ARN: fewer, and it is a name."""


class Sweep:
    """Looks, and acts only on what it has found, after looking again.

    `clusters`, by name or ARN, are those to look at; None is every one that the store's runs or claims name.
    """

    def __init__(self, scene: Scene, clusters: Iterable[str] | None = None) -> None:
        self._scene, self._only = scene, None if clusters is None else frozenset(clusters)
        self.looked_at: list[str] = []

    def findings(self) -> list[Finding]:
        """Everything that there is to clear away, or to know of. Raises StoreDown."""
        scene = self._scene
        scene.read_runs()
        unseen, seen = self._look()
        self.looked_at = [each.name for each in seen]
        in_aws = _in_aws(scene, seen, blind=_is_blind(unseen))
        return [*unseen, *in_aws, *runs.findings(scene), *claims.findings(scene, self._names())]

    def apply(self, finding: Finding) -> Act:
        """Do what `finding` says, if it says anything and still holds."""
        try:
            return self._act(finding) if finding.does else acting.left(finding)
        except NO_ANSWER as error:
            return Act(finding, "failed", str(error))

    def _act(self, finding: Finding) -> Act:
        scene = self._scene
        scene.read_runs()
        if finding.kind == "claim":
            still = finding in claims.of_claim(scene, finding.thing)
            return claims.release(scene, finding) if still else acting.left(finding)
        unseen, seen = self._look()
        again = [*unseen, *_in_aws(scene, seen, blind=_is_blind(unseen))]
        if finding in again:
            return acting.act(scene, finding, seen)
        hidden = next((each for each in again if each.kind == "unseen"), None)
        return Act(finding, "failed", hidden.why) if hidden else acting.left(finding)

    def _look(self) -> tuple[list[Finding], list[Cluster]]:
        unseen, seen = [], []
        for name in sorted(self._clusters()):
            region = name.split(":")[3] if name.count(":") > _BEFORE_THE_RESOURCE else self._scene.aws.region
            if region != self._scene.aws.region:
                why = f"It is in another region, and was not looked at: sweep with --region {region}."
                unseen.append(Finding("cluster", name, why))
                continue
            try:
                seen.append(look(self._scene, name))
            except NO_ANSWER as error:
                unseen.append(_unseen(name, error, is_typed=self._only is not None))
        return unseen, seen

    def _clusters(self) -> frozenset[str]:
        if self._only is not None:
            return self._only
        records = (each.record for each in self._scene.runs.values() if each.record)
        arns = frozenset(arn for each in records if (arn := Facts.of(each).cluster_arn))
        return arns | (claims.clusters(self._scene) - {each.rpartition("/")[2] for each in arns})

    def _names(self) -> frozenset[str] | None:
        return None if self._only is None else frozenset(each.rpartition("/")[2] for each in self._only)


def _in_aws(scene: Scene, clusters: list[Cluster], *, blind: bool) -> Iterator[Finding]:
    everywhere = [task for each in clusters for task in (*each.tasks, *each.stopping)]
    for each in clusters:
        yield from tasks.findings(scene, each)
        yield from targets.findings(scene, each, everywhere)
    yield from Revisions(scene, clusters, blind).findings()


def _is_blind(unseen: list[Finding]) -> bool:
    return any(each.kind == "unseen" for each in unseen)


def _unseen(name: str, error: Exception, *, is_typed: bool) -> Finding:
    is_gone = isinstance(error, AwsSaidNo) and (error.code in GONE or "cluster is inactive" in error.message)
    if is_gone and not is_typed:  # a name that was typed may be wrong
        return Finding("cluster", name, f"There is no such cluster any more: {error}")
    return Finding("unseen", name, f"The cluster could not be looked at: {error}")
