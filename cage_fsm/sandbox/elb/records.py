"""What the cloud remembers about load balancers. Times are seconds since 1970."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Target:
    id: str
    port: int
    registered_at: float
    state: str = "initial"
    reason: str | None = "Elb.RegistrationInProgress"
    description: str | None = "Target registration is in progress"
    passes: int = 0
    failures: int = 0
    forced: str | None = None
    """An answer that a test wants every check to get."""
    checked: bool = False
    """A next check is on the agenda."""

    @property
    def key(self) -> str:
        return f"{self.id}:{self.port}"


@dataclass(slots=True)
class TargetGroup:
    arn: str
    name: str
    port: int
    balancers: list[str]
    interval: int
    timeout: int
    healthy_threshold: int
    unhealthy_threshold: int
    attributes: dict[str, str]
    protocol: str = "HTTP"
    target_type: str = "ip"
    path: str = "/healthz"
    matcher: str = "200"
    check_protocol: str | None = None
    """The protocol of its own unless set."""
    checks_enabled: bool = True
    targets: dict[str, Target] = field(default_factory=dict)

    @property
    def by_http(self) -> bool:
        """Its checks look at an answer, not only at the connection."""
        return (self.check_protocol or self.protocol) in {"HTTP", "HTTPS"}

    @property
    def drain(self) -> float:
        """The deregistration delay in seconds."""
        return float(self.attributes["deregistration_delay.timeout_seconds"])


@dataclass(slots=True)
class LoadBalancer:
    arn: str
    name: str
    subnets: list[str]
    security_groups: list[str]
    created_at: float
    kind: str = "application"


@dataclass(slots=True)
class Listener:
    arn: str
    balancer: str
    port: int
    target_groups: list[str]
    protocol: str = "HTTP"
