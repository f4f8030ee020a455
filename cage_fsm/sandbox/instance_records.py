"""What the cloud remembers about container instances and capacity providers."""

from dataclasses import dataclass, field

FIRST_DYNAMIC_PORT, LAST_DYNAMIC_PORT = 32768, 60999
"""Linux's ephemeral ports, where ECS takes host ports from for hostPort 0 (API reference, PortMapping)."""
RESERVED_PORTS = (22, 2375, 2376, 51678, 51679)
"""Taken on every instance: ssh, docker, the ECS agent (API reference, PortMapping)."""


@dataclass(slots=True)
class Instance:
    """An EC2 instance with an ECS agent; the defaults are those of an m5.xlarge with ENI trunking."""

    arn: str
    ec2_id: str
    cluster: str
    zone: str
    address: str
    registered_at: float
    cpu: int = 4096
    memory: int = 15763
    interfaces: int = 20
    """Tasks of network mode awsvpc that it can hold."""
    provider: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    status: str = "ACTIVE"
    connected: bool = True
    next_port: int = FIRST_DYNAMIC_PORT

    @property
    def id(self) -> str:
        """The container instance id."""
        return self.arn.rsplit("/", 1)[-1]


@dataclass(slots=True)
class CapacityProvider:
    """A capacity provider of one's own: an Auto Scaling group whose size nothing changes."""

    name: str
    arn: str
    group: str
