"""What the events of a service say of its tasks: started, steady, or not to be placed."""

from cage_fsm.judge.seen import DeploymentSeen, EventSeen, ServiceSeen

# ECS developer guide, "Amazon ECS service event messages".
_STARTED, _UNABLE, _STEADY = "has started", "was unable to place a task", "has reached a steady state"


def unplaced(service: ServiceSeen, entry: DeploymentSeen) -> EventSeen | None:
    """The latest event that says that a task cannot be placed, unless one was started after it."""
    if entry.running + entry.pending >= entry.desired:
        return None
    telling = (
        each for each in service.events_of(entry) if _UNABLE in each.message or _STARTED in each.message
    )
    latest = next(telling, None)
    return latest if latest and _UNABLE in latest.message else None


def last_start(service: ServiceSeen, entry: DeploymentSeen) -> EventSeen | None:
    """The latest event that says that tasks were started."""
    return next((each for each in service.events_of(entry) if _STARTED in each.message), None)


def started(service: ServiceSeen, entry: DeploymentSeen) -> int:
    """How many tasks were started since the deployment was made, as far as events tell."""
    return sum(each.message.count("(task ") for each in service.events_of(entry) if _STARTED in each.message)


def is_steady(service: ServiceSeen, entry: DeploymentSeen) -> bool:
    """Whether ECS has said since the deployment was made that the service is steady."""
    return any(_STEADY in each.message for each in service.events_of(entry))
