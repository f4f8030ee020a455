"""What the containers of a task definition may ask of each other and of ECS."""

from cage_fsm.sandbox import words
from cage_fsm.sandbox.errors import client_error
from cage_fsm.sandbox.records import Json

_SHORTEST, _LONGEST = 60, 1800
"""Seconds of restartAttemptPeriod (API reference, ContainerRestartPolicy)."""
_MOST_CODES = 50


def check(containers: list[Json]) -> None:
    """Refuse dependencies and restart policies that ECS refuses."""
    by_name = {container["name"]: container for container in containers}
    for container in containers:
        for dependency in container.get("dependsOn", []):
            _check_dependency(by_name, container["name"], dependency)
        _check_restart(container.get("restartPolicy", {}))
    if _circular({name: [d["containerName"] for d in c.get("dependsOn", [])] for name, c in by_name.items()}):
        raise client_error(words.CIRCULAR)


def _check_dependency(by_name: dict[str, Json], name: str, dependency: Json) -> None:
    other, condition = by_name.get(dependency["containerName"]), dependency["condition"]
    if other is None or dependency["containerName"] == name:
        raise client_error(words.no_dependency(name, dependency["containerName"]))
    if condition in {"COMPLETE", "SUCCESS"} and other.get("essential", True):
        raise client_error(words.essential_completes(other["name"], condition))
    if condition == "HEALTHY" and "healthCheck" not in other:
        raise client_error(words.never_healthy(other["name"]))


def _check_restart(policy: Json) -> None:
    if not _SHORTEST <= policy.get("restartAttemptPeriod", _SHORTEST) <= _LONGEST:
        raise client_error("Restart attempt period must be between 60 and 1800 seconds.")
    if len(policy.get("ignoredExitCodes", [])) > _MOST_CODES:
        raise client_error("Ignored exit codes can not have more than 50 elements.")


def _circular(edges: dict[str, list[str]]) -> bool:
    """Take away what depends on nothing, again and again; a circle stays."""
    left = dict(edges)
    while free := [name for name, needs in left.items() if not set(needs) & left.keys()]:
        for name in free:
            del left[name]
    return bool(left)
