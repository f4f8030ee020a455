"""What was left behind is found and cleared away; what may still be somebody's is left alone."""

from typing import Any

from cage_fsm.sweep.finding import Finding
from cage_fsm.sweep.scene import Scene
from cage_fsm.sweep.sweeping import Sweep
from tests.stories.stage import Stage, assert_nothing_is_left


def sweep(stage: Stage, **settings: Any) -> Sweep:
    """A sweep on this stage, by a process after all the others."""
    clusters = settings.pop("clusters", None)
    scene = Scene(stage.aws, stage.store, stage.clock, lambda _: False, **settings)
    return Sweep(scene, clusters)


def found(stage: Stage, kind: str, **settings: Any) -> list[Finding]:
    """What a sweep finds of one kind."""
    return [each for each in sweep(stage, **settings).findings() if each.kind == kind]


def applied(stage: Stage, **settings: Any) -> list[tuple[str, str]]:
    """Apply a sweep; what each act came to."""
    sweeping = sweep(stage, **settings)
    acts = [sweeping.apply(each) for each in sweeping.findings() if each.does]
    return [(each.finding.kind, each.came_to) for each in acts]


def orphaned(stage: Stage, state: str = "observing_canary") -> str:
    """A run that died in `state`, and whose record is lost; its id."""
    _, run = stage.at(state)
    _, version = stage.store.load(run.record.key)
    stage.store.delete(run.record.key, version)
    return run.record.id


def test_a_canary_whose_record_is_lost_is_drained_and_then_stopped() -> None:
    stage = Stage()
    orphaned(stage)
    stage.pass_time(days=1)

    assert applied(stage, include_unknown=True) == [("task", "draining"), ("claim", "done")]
    assert stage.canary.live
    stage.pass_time(minutes=6)
    assert applied(stage, include_unknown=True) == [("task", "done")]
    assert_nothing_is_left(stage)
    assert stage.claims == [None]
