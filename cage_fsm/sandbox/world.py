"""Everything the cloud remembers, and its agenda of things to come. Plain data: it can be pickled."""

import hashlib
import heapq
from dataclasses import dataclass, field
from typing import TypeAlias

from cage_fsm.sandbox.alarm_records import Alarm
from cage_fsm.sandbox.elb.records import Listener, LoadBalancer, TargetGroup
from cage_fsm.sandbox.image_records import Image, Scan
from cage_fsm.sandbox.instance_records import CapacityProvider, Instance
from cage_fsm.sandbox.records import Cluster, PlannedFault, Replay, Subnet, Task, TaskDefinition
from cage_fsm.sandbox.service_records import Service
from cage_fsm.sandbox.timings import Timings

Entry: TypeAlias = tuple[float, int, str, str, str]
"""When, in which order, what kind of thing, to whom, and what it needs to know."""


@dataclass(slots=True)
class World:
    region: str
    account: str
    seed: int
    scenarios: frozenset[str]
    timings: Timings
    now: float
    clusters: dict[str, Cluster] = field(default_factory=dict)
    instances: dict[str, Instance] = field(default_factory=dict)
    """By the ARN of the container instance."""
    providers: dict[str, CapacityProvider] = field(default_factory=dict)
    """Those of one's own, by name."""
    subnets: dict[str, Subnet] = field(default_factory=dict)
    definitions: dict[str, TaskDefinition] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    target_groups: dict[str, TargetGroup] = field(default_factory=dict)
    balancers: dict[str, LoadBalancer] = field(default_factory=dict)
    listeners: dict[str, Listener] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[tuple[str, str], Replay] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    """Tags that were moved."""
    tagged: dict[str, str] = field(default_factory=dict)
    """By digest the tag that was last seen to stand for it."""
    images: dict[str, Image] = field(default_factory=dict)
    """Those that were pushed, by digest."""
    scans: dict[str, Scan | None] = field(default_factory=dict)
    """By digest what was not left to chance; None for an image that was never scanned."""
    addresses: list[str] = field(default_factory=list)
    """Addresses that a test wants the next tasks to get."""
    planned: list[PlannedFault] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    """Calls whose first answer was lost already."""
    alarms: dict[str, Alarm] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    """The roles, networks, secrets and parameters that are not there."""
    logs: dict[str, dict[str, list[tuple[float, str]]]] = field(default_factory=dict)
    """Times and lines by log group and log stream."""
    agenda: list[Entry] = field(default_factory=list)
    drawn: dict[str, int] = field(default_factory=dict)

    def after(self, seconds: float, kind: str, subject: str, data: str = "") -> None:
        """Put something on the agenda, `seconds` from now."""
        entry = (moment(self.now + seconds), self.draw("agenda"), kind, subject, data)
        heapq.heappush(self.agenda, entry)

    def draw(self, what: str) -> int:
        """Return the next number of a counter."""
        self.drawn[what] = number = self.drawn.get(what, 0) + 1
        return number

    def hex(self, length: int) -> str:
        """Make an identifier of hexadecimal digits, the same ones for the same seed and history."""
        return self._digest("id")[:length]

    def digits(self, length: int) -> str:
        """Make an identifier of decimal digits that does not begin with 0."""
        return "1" + str(int(self._digest("id"), 16))[: length - 1]

    def uuid(self) -> str:
        """Make an identifier in the shape of a UUID."""
        text = self.hex(32)
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def request_id(self) -> str:
        """Name a request; how many there are does not disturb the identifiers of things."""
        return f"5a9db0c5-0000-4000-8000-{self.draw('request'):012x}"

    def chance(self, share: float) -> bool:
        """Throw seeded dice; they do not disturb the identifiers."""
        return int(self._digest("dice")[:8], 16) < share * 16**8

    def arn(self, service: str, rest: str) -> str:
        """Name a resource of this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{rest}"

    @property
    def caller(self) -> str:
        """The principal behind every call: credentials are not looked at."""
        return f"arn:aws:iam::{self.account}:user/sandbox"

    def _digest(self, what: str) -> str:
        return hashlib.sha256(f"{self.seed}/{what}/{self.draw(what)}".encode()).hexdigest()


def moment(seconds: float) -> float:
    """Round a time to milliseconds, so that equal times are equal."""
    return round(seconds, 3)
