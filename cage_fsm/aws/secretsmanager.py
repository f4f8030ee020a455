"""AWS Secrets Manager: whether a secret is there. Its value is never asked for."""

from dataclasses import dataclass
from typing import ClassVar

from cage_fsm.aws.errors import AwsSaidNo, answers
from cage_fsm.aws.on_demand import Regional


@dataclass(frozen=True)
class SecretSeen:
    """A secret without its value. `versions` are the ids and stages that it has; empty where not shown."""

    deleted: bool
    versions: frozenset[str]


class SecretsManager(Regional):
    """Secrets Manager through a client for each region."""

    service: ClassVar[str] = "secretsmanager"

    def secret(self, region: str, named: str) -> SecretSeen | None:
        """A secret by ARN or name; None when there is none. Raises Retryable, Suspend or AwsSaidNo."""
        try:
            with answers("DescribeSecret"):
                found = self.client(region).describe_secret(SecretId=named)
        except AwsSaidNo as no:
            if no.code != "ResourceNotFoundException":
                raise
            return None
        by_id = found.get("VersionIdsToStages") or {}
        stages = (stage for each in by_id.values() for stage in each)
        return SecretSeen("DeletedDate" in found, frozenset({*by_id, *stages}))
