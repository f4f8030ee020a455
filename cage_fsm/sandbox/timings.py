"""How long things take, in seconds. Change a field to rehearse another pace."""

from dataclasses import dataclass


@dataclass(slots=True)
class Timings:
    """Defaults come to about 20 s from RunTask to RUNNING, as on Fargate."""

    provisioning: float = 6.0
    """PROVISIONING: the network interface is made."""
    pending: float = 2.0
    """PENDING: waiting for a place."""
    activating: float = 12.0
    """ACTIVATING: pulling the image, starting containers."""
    failing_to_start: float = 5.0
    """ACTIVATING until an image or a secret is given up."""
    deactivating: float = 0.5
    """DEACTIVATING of a task without targets; with targets it lasts as long as they drain."""
    stopping: float = 2.0
    """SIGTERM until the containers have exited."""
    deprovisioning: float = 2.0
    """DEPROVISIONING: the network interface goes away."""
    remembered: float = 3600.0
    """A stopped task is described for one hour (ECS API reference, DescribeTasks)."""
    usable_after_deregistration: float = 600.0
    """An INACTIVE revision may be used for up to 10 minutes (API reference, DeregisterTaskDefinition)."""
    token: float = 86400.0
    """A RunTask token lives 24 h at most (ECS developer guide, "Ensuring idempotency")."""
    token_after_stop: float = 3600.0
    """... and at most 1 h after its last task stopped (same page)."""

    describe_lag: float = 1.5
    """DescribeTasks says MISSING this long after RunTask."""
    list_lag: float = 0.0
    """ListTasks does not know a task this long after RunTask."""
    definition_lag: float = 0.0
    """ListTaskDefinitions does not know a revision this long after RegisterTaskDefinition."""
    service_lag: float = 0.0
    """DescribeServices and ListServiceDeployments stay as they were this long after UpdateService."""
    scheduler: float = 1.0
    """The service scheduler looks this long after something changed."""
    settled: float = 5.0
    """A service task without any check counts as healthy after running this long."""
    placement_retry: float = 15.0
    """The service scheduler tries again this long after there was no capacity."""
    alarm_bake: float = 60.0
    """The alarms of a deployment are watched this long after its tasks are there. ECS computes its own."""
    backoff: float = 10.0
    """First pause after three failed tasks in a row; it doubles each time."""
    backoff_limit: float = 900.0
    """The longest pause. ECS lets its pauses grow too ("service throttle logic"); the numbers are ours."""
    registering: float = 1.0
    """A target is Elb.RegistrationInProgress this long."""

    completing: float = 2.0
    """A container that others wait for to complete runs this long."""
    restarting: float = 1.0
    """A container that its restart policy starts again does not answer this long."""
    terminated: float = 60.0
    """A target whose instance was terminated is deregistered after this long."""

    crash_after: float = 3.0
    """Scenarios crash, exit-137, bad-in-service: seconds from RUNNING to the exit."""
    dies_later_after: float = 60.0
    """Scenario dies-later: seconds from RUNNING to the exit."""
    interrupted_after: float = 60.0
    """Scenario spot-interruption: seconds from RUNNING to the interruption."""
    alarm_after: float = 30.0
    """Scenarios alarm, alarm-in-service: seconds from the container's start to the alarm."""
    slow_start: float = 45.0
    """Scenario slow-start: seconds from RUNNING until checks pass."""


def lagging(timings: Timings) -> None:
    """Scenario lag: let ECS's eventual consistency show."""
    timings.describe_lag = 30.0
    timings.list_lag = 30.0
    timings.service_lag = 10.0
