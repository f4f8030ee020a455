"""Capacity providers: which one a task goes to."""

from collections import Counter
from collections.abc import Iterable

from cage_fsm.sandbox.records import Json, Task

FARGATE = ("FARGATE", "FARGATE_SPOT")


def settle(request: Json, tasks: Iterable[Task]) -> Json:
    """Add the capacity provider of one more task beside `tasks`; nothing without a strategy."""
    strategy = request.get("capacityProviderStrategy")
    if not strategy:
        return request
    there = Counter(str(task.request.get("provider")) for task in tasks)
    return request | {"provider": _next(strategy, there)}


def _next(strategy: list[Json], there: Counter[str]) -> str:
    """First the base, then by weight (API reference, CapacityProviderStrategyItem)."""
    for item in strategy:
        if there[item["capacityProvider"]] < item.get("base", 0):
            return str(item["capacityProvider"])
    weighted = [item for item in strategy if item.get("weight", 0) > 0] or strategy

    def load(item: Json) -> float:
        beyond = there[item["capacityProvider"]] - item.get("base", 0)
        return float((beyond + 1) / max(item.get("weight", 0), 1))

    return str(min(weighted, key=load)["capacityProvider"])
