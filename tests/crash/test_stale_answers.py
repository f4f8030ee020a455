"""A cloud whose every read shows a state of up to a minute ago: no wrong verdict, and nothing twice."""

import random

import pytest

from cage_fsm.sandbox import Around, Call, Proceed, Response, Timings
from cage_fsm.sandbox.cloud import Snapshot
from tests.stories.stage import Stage, assert_nothing_is_left, without_breaker

ENDS = {
    "v2": ("succeeded", 0),
    "v2-crash": ("failed", 1),
    "v2-unhealthy-target": ("failed", 1),
    "v2-bad-in-service": ("rolled_back", 3),
}


def stale(stage: Stage, seconds: float, seed: int) -> Around:
    """Reads are answered by the cloud as it was at a moment of the last `seconds`, drawn by lot."""
    lots = random.Random(seed)
    before: list[tuple[float, bytes]] = []

    def around(call: Call, proceed: Proceed) -> Response:
        now = stage.clock.now().timestamp()
        stage.cloud.settle()
        before.append((now, stage.cloud.snapshot().world))
        if not call.operation.startswith(("Describe", "List")):
            return proceed()
        shown = [world for at, world in before if now - at <= seconds]
        stage.cloud.restore(Snapshot(lots.choice(shown), tuple(stage.cloud.calls)))
        try:
            return proceed()
        finally:
            stage.cloud.restore(Snapshot(before[-1][1], tuple(stage.cloud.calls)))

    return around


@pytest.mark.parametrize("seed", [2, 4])
@pytest.mark.parametrize("seconds", [15, 60])
@pytest.mark.parametrize("service", [dict, without_breaker], ids=["breaker", "no breaker"])
@pytest.mark.parametrize("tag", ENDS)
def test_stale_answers_change_no_verdict(tag: str, service: type, seconds: int, seed: int) -> None:
    stage = Stage(tag, service=service, pace=Timings(describe_lag=0))
    stage.poll_seconds = None
    stage.around = stale(stage, seconds, seed)
    stage.rollout()
    stage.around = None

    assert stage.outcome == ENDS[tag]
    assert len(stage.calls("RunTask")) == 1
    assert len(stage.calls("RegisterTaskDefinition")) == 1
    assert stage.sent_to("web:2") == int(stage.outcome[1] != 1)
    assert stage.revision == ("web:2" if stage.outcome[1] == 0 else "web:1")
    assert_nothing_is_left(stage)


@pytest.mark.parametrize("code", ["ServerException", "ThrottlingException"])
def test_a_target_that_shows_late_is_released_though_deregistering_it_failed_at_first(code: str) -> None:
    def around(call: Call, proceed: Proceed) -> Response:
        if call.operation == "RegisterTargets":
            shown.append((stage.clock.now().timestamp(), stage.cloud.snapshot().world))
            stage.cloud.fail_next("DeregisterTargets", code)
            run.signals = 1
        if call.operation != "DescribeTargetHealth" or stage.clock.now().timestamp() - shown[0][0] > 5:
            return proceed()
        now = stage.cloud.snapshot()
        stage.cloud.restore(Snapshot(shown[0][1], tuple(stage.cloud.calls)))
        try:
            return proceed()
        finally:
            stage.cloud.restore(Snapshot(now.world, tuple(stage.cloud.calls)))

    shown: list[tuple[float, bytes]] = []
    stage = Stage(around=around)
    runner, run = stage.start()
    stage.drive(runner, run)

    assert stage.outcome == ("interrupted", 130)
    assert_nothing_is_left(stage)
