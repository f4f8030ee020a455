"""What stands around ECS on the stage: everything that is named is there, unless a story says otherwise."""

from typing import Any

from cage_fsm.aws.ec2 import Ec2
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.aws.iam import Iam
from cage_fsm.aws.secretsmanager import SecretSeen, SecretsManager
from cage_fsm.aws.ssm import Ssm

ACCOUNT = "123456789012"


class Surroundings:
    """The names in `missing` are nowhere; a service in `denied` may not be asked."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.denied: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.versions = frozenset({"AWSCURRENT"})

    def clients(self) -> dict[str, Any]:
        """By the names that they have in Aws."""
        made = {"iam": _Iam, "ec2": _Ec2, "secretsmanager": _Secrets, "ssm": _Ssm}
        return {name: kind(self) for name, kind in made.items()}

    def has(self, service: str, name: str) -> bool:
        """Whether there is such a thing."""
        self.asked.append((service, name))
        if service in self.denied:
            raise AwsSaidNo(service, "AccessDeniedException", "not authorized", {})
        return name not in self.missing


class _Iam(Iam):
    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def role_arn(self, name: str) -> str | None:
        return f"arn:aws:iam::{ACCOUNT}:role/{name}" if self._around.has("iam", name) else None


class _Ec2(Ec2):
    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def has_subnet(self, subnet: str) -> bool:
        return self._around.has("ec2", subnet)

    def has_security_group(self, group: str) -> bool:
        return self._around.has("ec2", group)


class _Secrets(SecretsManager):
    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def secret(self, region: str, named: str) -> SecretSeen | None:
        there = self._around.has("secretsmanager", named)
        return SecretSeen(deleted=False, versions=self._around.versions) if there else None


class _Ssm(Ssm):
    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def has_parameter(self, region: str, named: str) -> bool:
        return self._around.has("ssm", named)
