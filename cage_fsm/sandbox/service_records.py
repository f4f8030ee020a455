"""What the cloud remembers about services. Times are seconds since 1970."""

from dataclasses import dataclass, field

from cage_fsm.sandbox.records import Json


@dataclass(slots=True)
class Revision:
    """What a service was told to run at one time; never changes."""

    arn: str
    definition: str
    settings: Json
    created_at: float


@dataclass(slots=True)
class Deployment:
    """One entry of a service's `deployments`."""

    id: str
    revision: Revision
    created_at: float
    updated_at: float
    status: str = "PRIMARY"
    state: str = "IN_PROGRESS"
    reason: str = ""
    failed_tasks: int = 0
    paused_for: int = 0
    """The count of failures that the last pause was for."""
    retry_at: float = 0.0


@dataclass(slots=True)
class AlarmWatch:
    """The CloudWatch alarms of a service deployment."""

    names: list[str]
    status: str
    triggered: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Rollout:
    """One service deployment, as List/DescribeServiceDeployments show it."""

    arn: str
    deployment: str
    target: Revision
    sources: list[Revision]
    created_at: float
    updated_at: float
    configuration: Json
    threshold: int
    shown_at: float
    alarms: AlarmWatch
    baking_since: float | None = None
    """Its tasks are all there; its alarms are watched a little longer."""
    status: str = "PENDING"
    status_reason: str | None = None
    started_at: float | None = None
    finished_at: float | None = None
    stopped_at: float | None = None
    breaker: str = "MONITORING"
    failures: int = 0
    rollback: Json | None = None

    @property
    def over(self) -> bool:
        return self.status in {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}


@dataclass(slots=True)
class ServiceEvent:
    id: str
    at: float
    message: str


@dataclass(slots=True)
class Service:
    arn: str
    name: str
    cluster: str
    desired: int
    definition: str
    settings: Json
    """Whatever starts a deployment when it changes: network, load balancers, platform version, ..."""
    options: Json
    """Whatever does not."""
    created_at: float
    created_by: str
    asked: str
    """CreateService's parameters: the same ones with the same token make no second service."""
    status: str = "ACTIVE"
    deployments: list[Deployment] = field(default_factory=list)
    """Newest first."""
    rollouts: list[Rollout] = field(default_factory=list)
    """Newest first."""
    events: list[ServiceEvent] = field(default_factory=list)
    """Newest first."""
    poked: bool = False
    stale_until: float = 0.0
    stale: Json | None = None

    @property
    def primary(self) -> Deployment:
        return self.deployments[0]

    @property
    def configuration(self) -> Json:
        """The deploymentConfiguration."""
        found: Json = self.options["deploymentConfiguration"]
        return found

    @property
    def load_balancers(self) -> list[Json]:
        found: list[Json] = self.settings.get("loadBalancers", [])
        return found
