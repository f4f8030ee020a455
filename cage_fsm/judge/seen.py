"""What AWS showed, in the shapes that verdicts are made of. The words are AWS's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class BindingSeen:
    """A container's port and the port of its host that leads there; bridge mode only."""

    container_port: int
    host_port: int
    protocol: str


@dataclass(frozen=True)
class ContainerSeen:
    """A container of a task. `exit_code` is None until it has exited; one restarted may show its last."""

    name: str
    last_status: str
    health: str
    exit_code: int | None
    reason: str
    image: str
    image_digest: str
    runtime_id: str = ""
    bindings: tuple[BindingSeen, ...] = ()


@dataclass(frozen=True)
class TaskSeen:
    """A task. `address` is the private IP address of its network interface, once it has one.

    `container_instance` is the ARN of its host; empty on Fargate.
    """

    arn: str
    task_definition: str
    group: str
    started_by: str
    last_status: str
    desired_status: str
    stop_code: str
    stopped_reason: str
    address: str | None
    containers: tuple[ContainerSeen, ...]
    container_instance: str = ""
    stopped_at: datetime | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """As RunTask took them; they may hold secrets."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Only where they were asked for; StopTask deletes them."""
    cpu: str = ""
    """The architecture that it runs on, as `x86_64` or `arm64`."""


@dataclass(frozen=True)
class InstanceSeen:
    """A container instance. `taken` are its ports that are in use, as `8080/tcp`."""

    arn: str
    ec2_id: str
    status: str
    connected: bool
    taken: frozenset[str]


@dataclass(frozen=True)
class TargetSeen:
    """A target of a target group; `state` is `gone` when the target group itself no longer exists."""

    id: str
    port: int
    state: str
    reason: str
    description: str

    @property
    def registered(self) -> bool:
        """Whether the target group still knows it: only NotRegistered, or `unused` unexplained, says no."""
        return not (
            self.state == "gone"
            or self.reason == "Target.NotRegistered"
            or (self.state == "unused" and not self.reason)
        )


@dataclass(frozen=True)
class DeploymentSeen:
    """One entry of a service's `deployments`: what runs which revision, and how far it is."""

    id: str
    status: str
    task_definition: str
    rollout_state: str
    rollout_reason: str
    desired: int
    running: int
    pending: int
    failed: int
    created_at: datetime | None = None


@dataclass(frozen=True)
class EventSeen:
    """One of the last hundred events of a service; `at` is AWS's time."""

    at: datetime
    message: str


@dataclass(frozen=True)
class ServiceSeen:
    """A service, as far as verdicts need it."""

    status: str
    task_definition: str
    desired: int
    running: int
    circuit_breaker: bool
    deployments: tuple[DeploymentSeen, ...]
    events: tuple[EventSeen, ...] = ()
    target_groups: tuple[str, ...] = ()

    @property
    def primary(self) -> DeploymentSeen | None:
        """The deployment that the service is going to, or is at."""
        return next((found for found in self.deployments if found.status == "PRIMARY"), None)

    @property
    def live(self) -> list[DeploymentSeen]:
        """The deployments that have tasks, or may get some."""
        return [found for found in self.deployments if found.status != "INACTIVE"]

    @property
    def going_to(self) -> str:
        """The revision that the service is going to, or is at."""
        return self.primary.task_definition if self.primary else self.task_definition

    def events_of(self, deployment: DeploymentSeen) -> list[EventSeen]:
        """The events since `deployment` was made, the newest first."""
        since = deployment.created_at
        found = [event for event in self.events if since and event.at >= since]
        return sorted(found, key=lambda event: event.at, reverse=True)


@dataclass(frozen=True)
class ServiceDeploymentSeen:
    """A service deployment of the history that ECS keeps; `breaker` and `alarms` say what ended it."""

    arn: str
    status: str
    reason: str
    breaker: str = ""
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True)
class AlarmSeen:
    """A CloudWatch alarm. `state` is OK, ALARM or INSUFFICIENT_DATA."""

    name: str
    state: str
    reason: str


@dataclass(frozen=True)
class ProbeSeen:
    """A probe, `seconds` after its start. `exit_code` is None while it runs, negative for a signal."""

    seconds: float
    exit_code: int | None
    output: str


def short(task_definition: str) -> str:
    """A revision as `family:revision`."""
    return task_definition.rpartition("/")[2]
