"""How soon a bad canary, or a bad deployment, is acted upon once the cloud shows it. Virtual time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles

from bench.figure import Figure
from cage_fsm.sandbox import Timings
from tests.stories.stage import GROUP, Stage, without_breaker

ROUNDS = 12
LONG_DRAIN = 300
ENOUGH_FAILED = 3
"""Without a circuit breaker, so many failed tasks make a deployment visibly bad."""


@dataclass(frozen=True)
class Trouble:
    """A way to be bad: the image tag that behaves so, and how the cloud shows it."""

    name: str
    tag: str
    shows: Callable[[Stage], bool]


def _stopped(stage: Stage) -> bool:
    return any(task.desired_status == "STOPPED" for task in stage.tasks())


def _unhealthy(stage: Stage) -> bool:
    return any(each.health == "UNHEALTHY" for task in stage.tasks() for each in task.containers)


def _target_unhealthy(stage: Stage) -> bool:
    targets = stage.cloud.world.target_groups[GROUP].targets.values()
    return any(target.state == "unhealthy" for target in targets)


CANARIES = (
    Trouble("does not boot", "v2-bad-image", _stopped),
    Trouble("crashes", "v2-crash", _stopped),
    Trouble("unhealthy container", "v2-unhealthy-container", _unhealthy),
    Trouble("unhealthy target", "v2-unhealthy-target", _target_unhealthy),
)


def figures() -> Iterator[Figure]:
    """Medians and 95th percentiles, then the worst of the deployments."""
    for trouble in CANARIES:
        delays = [_canary(trouble, shift / ROUNDS) for shift in range(ROUNDS)]
        yield Figure(f"verdict: {trouble.name}, median", median(delays), 3, "s")
        yield Figure(f"verdict: {trouble.name}, p95", quantiles(delays, n=20)[-1], 5, "s")
    delays = [_deployment(shift / ROUNDS) for shift in range(ROUNDS)]
    detail = f"while the drain of {LONG_DRAIN} s still runs; median {median(delays):.1f} s"
    yield Figure("deployment visibly bad → baseline sent, worst", max(delays), 5, "s", detail)


def _canary(trouble: Trouble, shift: float) -> float:
    stage = _stage(Stage(trouble.tag, pace=_pace(shift)))
    shown = stage.first_time(lambda: trouble.shows(stage))
    stage.rollout()
    assert stage.outcome == ("failed", 1)
    decided = next(step.at for step in stage.runs[0].history if step.trigger == "failed")
    return _seconds(shown, decided)


def _deployment(shift: float) -> float:
    stage = _stage(
        Stage(
            "v2-bad-in-service", service=without_breaker, deregistration_delay=LONG_DRAIN, pace=_pace(shift)
        )
    )
    shown = stage.first_time(lambda: _deployment_is_bad(stage))
    stage.rollout()
    assert stage.outcome == ("rolled_back", 3)
    sent = next(
        call.at for call in stage.calls("UpdateService") if call.params["taskDefinition"].endswith(":1")
    )
    left = next(step.at for step in stage.runs[0].history if step.to == "stopping_canary")
    assert sent < left
    return _seconds(shown, sent)


def _deployment_is_bad(stage: Stage) -> bool:
    failed = [each for each in stage.tasks("service:web") if each.stop_code == "EssentialContainerExited"]
    return len(failed) >= ENOUGH_FAILED


def _stage(stage: Stage) -> Stage:
    stage.poll_seconds = None
    return stage


def _pace(shift: float) -> Timings:
    """A cloud in which everything comes a little later each round, so that no look is lucky for ever."""
    usual = Timings()
    return Timings(
        activating=usual.activating + 4 * shift,
        failing_to_start=usual.failing_to_start + 4 * shift,
        crash_after=usual.crash_after + 4 * shift,
        registering=usual.registering + shift,
    )


def _seconds(shown: list[datetime], then: datetime) -> float:
    return (then - shown[0]).total_seconds()
