"""Claims that hold a service for nobody."""

from collections.abc import Iterator

from cage_fsm.engine import claims
from cage_fsm.engine.claims import CLAIMS
from cage_fsm.engine.ports import Refused, Superseded
from cage_fsm.engine.record import begun_at
from cage_fsm.sweep.finding import Act, Finding
from cage_fsm.sweep.scene import Scene, Stored

RELEASES = "release it"


def findings(scene: Scene, wanted: frozenset[str] | None) -> Iterator[Finding]:
    """The claims of the services in these clusters, by name; None for all."""
    for key in _keys(scene):
        if wanted is None or _place(key)[1] in wanted:
            yield from of_claim(scene, key)


def clusters(scene: Scene) -> frozenset[str]:
    """The clusters of this region, by name, in which a service was ever claimed."""
    places = map(_place, _keys(scene))
    return frozenset(name for region, name in places if name and region == scene.aws.region)


def of_claim(scene: Scene, key: str) -> Iterator[Finding]:
    """What is to be said of one claim, as it is now: nothing if it is free, or held by an unfinished run."""
    try:
        run_id = scene.ask(lambda: claims.holder(scene.store, key))
    except Refused as error:
        why = f"{error} Restore it from a backup; while it is damaged no run can take the service."
        yield Finding("claim", key, why)
        return
    if run_id is None:
        return
    run = scene.read_run(run_id)
    if run.unfinished is None:
        yield _judged(scene, key, run)


def release(scene: Scene, finding: Finding) -> Act:
    """Release the claim, unless it is another's by now: the store compares before it swaps."""
    try:
        scene.ask(lambda: claims.release(scene.store, finding.thing, finding.run or ""))
    except (Superseded, Refused) as error:
        return Act(finding, "left", f"It was written meanwhile: {error}")
    return Act(finding, "done", "The claim is released.")


def _judged(scene: Scene, key: str, run: Stored) -> Finding:
    if run.unreadable:
        return Finding("claim", key, f"Whether run {run.id} is over cannot be told: {run.unreadable}", run.id)
    nonce = run.over.nonce if run.over else ""
    if not scene.is_old(run.over.updated_at if run.over else begun_at(run.id)):
        why = f"Run {run.id}, which holds it, was there too lately to be sure."
        return Finding("claim", key, why, run.id, nonce=nonce)
    why = f"run {run.id}, which holds it, {'is over' if run.over else 'is not in this store any more'}"
    return Finding("claim", key, f"Safe: {why}, and a new run may take it all the same.", run.id, RELEASES)


def _keys(scene: Scene) -> list[str]:
    return scene.ask(lambda: sorted(scene.store.list(CLAIMS)))


def _place(key: str) -> tuple[str, str]:
    """The region and the cluster of a claim: its key is account, region, cluster, service."""
    _, region, cluster, *_ = [*key.removeprefix(CLAIMS).split("/"), "", "", ""]
    return region, cluster
