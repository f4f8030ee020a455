"""Parts that services, deployments and task sets show alike."""

from collections.abc import Iterable

from cage_fsm.sandbox.life.tasks import STARTING
from cage_fsm.sandbox.records import Json, Task

_SETTINGS = (
    "networkConfiguration",
    "platformVersion",
    "capacityProviderStrategy",
    "launchType",
)


def counts(tasks: Iterable[Task]) -> Json:
    """Count running and pending tasks."""
    states = [task.last_status for task in tasks]
    return {
        "runningCount": sum(state == "RUNNING" for state in states),
        "pendingCount": sum(state in STARTING for state in states),
    }


def launch(settings: Json) -> Json:
    """Pick how tasks are launched; with a strategy AWS shows no launch type."""
    found = {key: settings[key] for key in _SETTINGS if key in settings}
    if "capacityProviderStrategy" in found:
        found.pop("launchType", None)
    return found | ({"platformFamily": "Linux"} if "platformVersion" in found else {})
