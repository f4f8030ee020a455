"""What the events of a service say of its tasks: started, steady, or not to be placed."""

from cage_fsm.judge.seen import DeploymentSeen, EventSeen, ServiceSeen

# ECS developer guide, "Amazon ECS service event messages".
_STARTED, _STEADY = "has started", "has reached a steady state"
_UNABLE = ("was unable to place a task", "failed to launch a task")


def unplaced(service: ServiceSeen, entry: DeploymentSeen) -> EventSeen | None:
    """The latest event that says that a task cannot be placed, unless one was started after it."""
    if entry.running + entry.pending >= entry.desired:
        return None
    for event in service.events_of(entry):
        if _STARTED in event.message:
            return None
        if any(words in event.message for words in _UNABLE):
            return event
    return None


def last_start(service: ServiceSeen, entry: DeploymentSeen) -> EventSeen | None:
    """The latest event that says that tasks were started."""
    return next((each for each in service.events_of(entry) if _STARTED in each.message), None)


def started(service: ServiceSeen, entry: DeploymentSeen) -> int:
    """How many tasks were started since the deployment was made, as far as events tell."""
    return sum(each.message.count("(task ") for each in service.events_of(entry) if _STARTED in each.message)


def is_steady(service: ServiceSeen, entry: DeploymentSeen) -> bool:
    """Whether ECS has said since the deployment was made that the service is steady."""
    return any(_STEADY in each.message for each in service.events_of(entry))
