"""Counts how often ECS restarted a container of the canary, and judges that.

DescribeTasks has no count of restarts: only the task metadata endpoint and Container Insights have one (ECS
developer guide, "Restart individual containers in Amazon ECS tasks"). What it may show is another runtime
id, a container that was down and runs again, the exit code of its last life, or health that begins anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from cage_fsm.judge.seen import ContainerSeen
from cage_fsm.judge.verdict import Verdict

FORGIVEN = 2
"""So many may be the passing trouble that a restart policy is for, or health that an agent lost and found."""


@dataclass(frozen=True)
class Life:
    """What the last look saw of a container that has a restart policy."""

    status: Literal["starting", "up", "healthy", "down"]
    runtime_id: str
    exit_code: int | None
    restarts: int = 0
    earlier: tuple[str, ...] = ()
    """Runtime ids of lives before: a stale answer may show one again."""


def live_on(before: Life | None, container: ContainerSeen) -> Life:
    """The life of a container after one more look at it."""
    up = container.last_status == "RUNNING"
    status: Literal["starting", "up", "healthy", "down"] = "starting"
    if up:
        status = "healthy" if container.health == "HEALTHY" else "up"
    elif before and before.status != "starting":
        status = "down"
    if before is None:
        return Life(status, container.runtime_id, container.exit_code)
    if container.runtime_id in before.earlier:
        return before
    new = before.runtime_id not in ("", container.runtime_id)
    return Life(
        status,
        container.runtime_id or before.runtime_id,
        container.exit_code,
        before.restarts + (up and _is_another(before, container)),
        (*before.earlier, before.runtime_id) if new and container.runtime_id else before.earlier,
    )


def _is_another(before: Life, container: ContainerSeen) -> bool:
    return (
        before.status == "down"
        or bool(before.runtime_id and container.runtime_id not in ("", before.runtime_id))
        or container.exit_code not in (None, before.exit_code)
        or (before.status == "healthy" and container.health == "UNKNOWN")
    )


def judge(verdict: Verdict, before: Mapping[str, Life], now: Mapping[str, Life]) -> Verdict:
    """The `verdict` on the canary, unless a restart forbids it: one just seen makes it be judged anew."""
    counts = {name: life.restarts for name, life in now.items() if life.restarts}
    if not counts:
        return verdict
    verdict = replace(verdict, seen={**verdict.seen, "restarts": [f"{n}: {c}" for n, c in counts.items()]})
    if verdict.says == "fail":
        return verdict
    name = max(counts, key=lambda each: counts[each])
    if counts[name] > FORGIVEN:
        words = f"Container {name} of the canary does not stay up: ECS restarted it {counts[name]} times."
        return Verdict("fail", "container_restarting", words, verdict.seen)
    new = [each for each in counts if each not in before or before[each].restarts < counts[each]]
    if new:
        words = f"ECS restarted container {new[0]} of the canary; it is judged anew."
        return Verdict("wait", "container_restarted", words, verdict.seen)
    return verdict
