"""What the cloud remembers about clusters, task definitions and tasks. Times are seconds since 1970."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
Step: TypeAlias = tuple[str, str]
"""What a command does next: `echo`, `sleep` or `exit`, and its words."""


@dataclass(slots=True)
class Cluster:
    name: str
    arn: str
    default_strategy: list[Json] = field(default_factory=list)
    providers: list[str] = field(default_factory=lambda: ["FARGATE", "FARGATE_SPOT"])
    status: str = "ACTIVE"


@dataclass(slots=True)
class Subnet:
    id: str
    zone: str
    network: str
    """The first two numbers of its addresses."""
    next_host: int = 10


@dataclass(slots=True)
class TaskDefinition:
    arn: str
    family: str
    revision: int
    document: Json
    registered_at: float
    registered_by: str
    status: str = "ACTIVE"
    deregistered_at: float | None = None
    spared: bool = False
    """Seeded as the version that works: scenarios of the whole cloud do not befall it."""


@dataclass(slots=True)
class HealthCheck:
    """A container's health check, as docker runs it; seconds."""

    interval: int
    retries: int
    start_period: int


@dataclass(slots=True)
class RestartPolicy:
    """When a container that exits is started again; seconds."""

    period: int
    ignored: frozenset[int]


@dataclass(slots=True)
class Volume:
    """A task's managed EBS volume."""

    attachment: str
    id: str
    name: str
    role: str


@dataclass(slots=True)
class Container:
    name: str
    arn: str
    image: str
    digest: str
    essential: bool
    ports: tuple[int, ...]
    health_check: HealthCheck | None
    cpu: str
    memory: str | None
    runtime_id: str
    faults: frozenset[str]
    secrets: tuple[str, ...] = ()
    """ARNs or names of its secrets and parameters."""
    depends: tuple[tuple[str, str], ...] = ()
    """Names of other containers, and in what condition they must be before this one starts."""
    completes: bool = False
    """Others wait for it to exit, so it does its work and exits."""
    restart: RestartPolicy | None = None
    restarts: int = 0
    started_at: float | None = None
    log: tuple[str, str] | None = None
    """Log group and stream prefix of awslogs."""
    last_status: str = "PENDING"
    health: str = "UNKNOWN"
    failing: bool = False
    passes_from: float = 0.0
    failures: int = 0
    checked: bool = False
    """A next check is on the agenda."""
    exit_code: int | None = None
    reason: str | None = None
    script: tuple[Step, ...] = ()
    """What the command does that RunTask gave it."""
    bindings: list[Json] = field(default_factory=list)
    """Its ports on the host, in the network modes bridge and host; shown while it runs."""


@dataclass(slots=True)
class Interface:
    """A task's elastic network interface; false when it has none, in the modes bridge, host and none."""

    attachment: str = ""
    eni: str = ""
    subnet: str = ""
    zone: str = ""
    address: str = ""
    mac: str = ""
    status: str = "PRECREATED"

    def __bool__(self) -> bool:
        return bool(self.eni)


@dataclass(slots=True)
class Task:
    arn: str
    cluster: str
    definition: str
    group: str
    created_at: float
    containers: list[Container]
    interface: Interface
    request: Json
    """What was asked for: overrides, platform version, exec, capacity provider, launch type."""
    cpu: str
    memory: str
    faults: frozenset[str]
    described_at: float
    listed_at: float
    volume: Volume | None = None
    started_by: str | None = None
    instance: str | None = None
    """The ARN of its container instance; None on Fargate."""
    host: str | None = None
    """The EC2 id of its container instance."""
    service: str | None = None
    deployment: str | None = None
    load_balancers: list[Json] = field(default_factory=list)
    """Those of the service when its deployment began."""
    blamed: bool = False
    """It was counted as a failure of its deployment."""
    proven: bool = False
    """It was healthy once."""
    last_status: str = "PROVISIONING"
    desired_status: str = "RUNNING"
    version: int = 1
    connected_at: float | None = None
    pull_started_at: float | None = None
    pull_stopped_at: float | None = None
    started_at: float | None = None
    stopping_at: float | None = None
    stopped_at: float | None = None
    execution_stopped_at: float | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None

    @property
    def id(self) -> str:
        return self.arn.rsplit("/", 1)[-1]

    @property
    def live(self) -> bool:
        """ECS wants it to run."""
        return self.desired_status == "RUNNING"

    @property
    def there(self) -> bool:
        """It holds what it was given: its place, its address, its ports."""
        return self.last_status != "STOPPED"


@dataclass(slots=True)
class Replay:
    """What a RunTask token stands for."""

    asked: str
    tasks: list[str]
    failures: list[Json]
    at: float


@dataclass(slots=True)
class PlannedFault:
    """An error that a test wants the next calls of an operation to end in."""

    operation: str
    code: str
    message: str
    times: int
