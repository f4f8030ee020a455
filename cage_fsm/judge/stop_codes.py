"""Why a task stopped, in plain words."""

from collections.abc import Mapping

# ECS API reference, Task.stopCode; developer guide, "Stopped tasks error codes".
_WORDS: Mapping[str, str] = {
    "TaskFailedToStart": "it could not be started",
    "EssentialContainerExited": "a container that it needs exited",
    "UserInitiated": "somebody stopped it",
    "ServiceSchedulerInitiated": "the service scheduler stopped it",
    "SpotInterruption": "AWS took its Spot capacity back",
    "TerminationNotice": "AWS terminates what it ran on",
    "InfrastructureHealth": "what it ran on is not healthy",
}


def because(stop_code: str) -> str:
    """The stop code as a clause to follow "stopped"; nothing for one that is not known."""
    return f" because {_WORDS[stop_code]}" if stop_code in _WORDS else ""
