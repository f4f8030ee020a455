"""A healthy rollout against the lower bound, in virtual time."""

from collections.abc import Iterator
from statistics import median

from bench.figure import Figure
from bench.lower_bound import lower_bound
from tests.stories.stage import Stage

ROUNDS = 9
LIMITS = {30: 1.04, 300: 1.02}
"""By the deregistration delay in seconds: how much longer than the lower bound a rollout may take."""

MOST_CALLS = 120


def figures() -> Iterator[Figure]:
    """Medians over rounds that differ in the jitter of the looks."""
    for drain, limit in LIMITS.items():
        least = lower_bound(Stage(deregistration_delay=drain))
        rounds = [_rollout(drain) for _ in range(ROUNDS)]
        seconds, calls = median(s for s, _ in rounds), median(c for _, c in rounds)
        detail = f"{seconds:.1f} s, where {least:.1f} s are possible; {calls} calls"
        yield Figure(f"healthy rollout, drain {drain} s", seconds / least, limit, "×", detail)
        if drain == min(LIMITS):
            yield Figure("AWS calls of the healthy rollout", calls, MOST_CALLS, "calls")


def _rollout(drain: int) -> tuple[float, int]:
    stage = Stage(deregistration_delay=drain)
    stage.poll_seconds = None
    began = stage.clock.now()
    stage.rollout()
    assert stage.outcome == ("succeeded", 0)
    return (stage.clock.now() - began).total_seconds(), len(stage.cloud.calls)
