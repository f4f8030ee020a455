"""What a policy is limited to, and the ARNs that say so; `*` stands for what is not known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cage_fsm.images import parse

Json = Mapping[str, Any]

_IN = "{region}:{account}"
_ARNS: Mapping[str, str] = {
    "service": f"ecs:{_IN}:service/{{cluster}}/{{service}}",
    "any service": f"ecs:{_IN}:service/{{cluster}}/*",
    "service-deployment": f"ecs:{_IN}:service-deployment/{{cluster}}/{{service}}/*",
    "service-revision": f"ecs:{_IN}:service-revision/{{cluster}}/{{service}}/*",
    "cluster": f"ecs:{_IN}:cluster/{{cluster}}",
    "task": f"ecs:{_IN}:task/{{cluster}}/*",
    "container-instance": f"ecs:{_IN}:container-instance/{{cluster}}/*",
    "task-definition": f"ecs:{_IN}:task-definition/{{family}}:*",
    "target group": f"elasticloadbalancing:{_IN}:targetgroup/*/*",
    "any log group": f"logs:{_IN}:log-group:*",
    "log stream": f"logs:{_IN}:log-group:{{group}}:log-stream:*",
    "repository": f"ecr:{_IN}:repository/{{repository}}",
    "secret": f"secretsmanager:{_IN}:secret:{{name}}",
    "parameter": f"ssm:{_IN}:parameter/{{name}}",
    "role": "iam::{account}:role/{role}",
    "bucket": "s3:::{bucket}",
    "object": "s3:::{bucket}/{prefix}*",
    "key": f"kms:{_IN}:key/{{key}}",
}
"""As the Service Authorization Reference writes them, without `arn:` and the partition."""


@dataclass(frozen=True)
class Scope:
    """One service and what belongs to it. `definition` is its task definition, empty where none is known."""

    cluster: str = "*"
    service: str = "*"
    region: str = "*"
    account: str = "*"
    bucket: str = ""
    prefix: str = ""
    key: str = ""
    target_groups: Sequence[str] = ()
    service_roles: Sequence[str] = ()
    """Those that ECS itself takes: for volumes, lifecycle hooks, load balancers; by ARN or by name."""
    definition: Json = field(default_factory=dict)

    def resources(self, kind: str) -> list[str]:
        """The ARNs of a kind of resource; none where the service needs none."""
        several: Mapping[str, Callable[[], Sequence[str]]] = {
            "anything": lambda: ["*"],
            "target group": lambda: self.target_groups or [self._arn("target group")],
            "role": self._roles,
            "service role": lambda: list(map(self._role, self.service_roles)),
            "log stream": self._log_streams,
            "repository": self._repositories,
            "secret": self._secrets,
            "parameter": self._parameters,
            "key": lambda: [self.key if self.key.startswith("arn:") else self._arn("key", key=self._key_id)],
        }
        kinds = kind.split(" and ")  # an action may need each of several
        return sorted(
            {arn for each in kinds for arn in (several[each]() if each in several else [self._arn(each)])}
        )

    def condition(self, where: str) -> Json:
        """A condition in the language of policies; empty where there is none."""
        conditions: Mapping[str, Json] = {
            "": {},
            "in the cluster": {"ArnLike": {"ecs:cluster": self._arn("cluster")}},
            "on creation": {"StringEquals": {"ecs:CreateAction": ["RegisterTaskDefinition", "RunTask"]}},
            "on its creation": {"StringEquals": {"ecs:CreateAction": "CreateService"}},
            "to tasks": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            "to ECS": {"StringEquals": {"iam:PassedToService": "ecs.amazonaws.com"}},
            "under the prefix": {"StringLike": {"s3:prefix": f"{self.prefix}*"}},
        }
        return conditions[where]

    def _arn(self, kind: str, **more: str) -> str:
        named = {**vars(self), "family": self.definition.get("family", "*"), **more}
        return f"arn:{self._partition}:{_ARNS[kind].format(**named)}"

    @property
    def _partition(self) -> str:
        others = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
        return next((name for begin, name in others.items() if self.region.startswith(begin)), "aws")

    @property
    def _key_id(self) -> str:
        return "*" if self.key.startswith("alias/") else self.key  # a policy names no key by its alias

    def _containers(self) -> Sequence[Json]:
        containers: Sequence[Json] = self.definition.get("containerDefinitions", ())
        return containers

    def _roles(self) -> list[str]:
        """The roles of the task definition, by ARN or by name."""
        given = [self.definition.get(each) for each in ("taskRoleArn", "executionRoleArn")]
        names = filter(None, given) if self.definition else ["*"]
        return [self._role(each) for each in names]

    def _role(self, named: str) -> str:
        return named if named.startswith("arn:") else self._arn("role", role=named)

    def _log_streams(self) -> list[str]:
        configured = [each.get("logConfiguration", {}).get("options", {}) for each in self._containers()]
        groups = [each["awslogs-group"] for each in configured if "awslogs-group" in each]
        return [self._arn("log stream", group=group) for group in (groups if self.definition else "*")]

    def _repositories(self) -> list[str]:
        if not self.definition:
            return [self._arn("repository", repository="*")]
        found = [parse(each.get("image", "")) for each in self._containers()]
        return [self._arn("repository", **vars(each)) for each in found if each.in_ecr]

    def _values(self) -> list[str]:
        """Where containers take secret values from (API reference, Secret)."""
        options = [each.get("logConfiguration", {}).get("secretOptions", ()) for each in self._containers()]
        secrets = [each.get("secrets", ()) for each in self._containers()]
        return [pair["valueFrom"] for pairs in (*secrets, *options) for pair in pairs]

    def _secrets(self) -> list[str]:
        if not self.definition:
            return [self._arn("secret", name="*")]
        credentials = [each.get("repositoryCredentials", {}) for each in self._containers()]
        named = [each["credentialsParameter"] for each in credentials if each]
        named += [each for each in self._values() if ":secretsmanager:" in each]
        # Behind an ARN of seven parts stand a key and a version; six letters of AWS's end the name in it.
        return [
            ":".join(each.split(":")[:7])
            if each.startswith("arn:")
            else self._arn("secret", name=f"{each}-*")
            for each in named
        ]

    def _parameters(self) -> list[str]:
        known = [each for each in self._values() if ":secretsmanager:" not in each]
        named = known if self.definition else ["*"]
        return [
            each if each.startswith("arn:") else self._arn("parameter", name=each.lstrip("/"))
            for each in named
        ]
