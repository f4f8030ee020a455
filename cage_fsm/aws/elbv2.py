"""Elastic Load Balancing v2: target groups and the targets in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cage_fsm.aws.errors import AwsSaidNo, answers
from cage_fsm.judge.seen import TargetSeen

GONE = frozenset({"TargetGroupNotFound", "TargetGroupNotFoundException"})
NOT_REGISTERED = frozenset({"InvalidTarget", "InvalidTargetException"})

DRAIN_SECONDS = 300.0
"""The deregistration delay unless one is set (ELB user guide, "Deregistration delay")."""


@dataclass(frozen=True)
class TargetGroup:
    """What sets the rhythm of a target group; intervals in seconds.

    `unused`: no listener sends anything to it. `target_type` is empty where AWS does not say.
    """

    arn: str
    target_type: str
    protocol: str
    interval_seconds: int
    healthy_threshold: int
    unhealthy_threshold: int
    unused: bool
    checked: bool


class Elbv2:
    """ELBv2 through a boto3 client. Every method raises Retryable, Suspend or AwsSaidNo."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def target_groups(self, arns: Sequence[str]) -> list[TargetGroup]:
        """The target groups with these ARNs. Raises AwsSaidNo when one does not exist."""
        with answers("DescribeTargetGroups"):
            answer = self._client.describe_target_groups(TargetGroupArns=list(arns))
            found = {each["TargetGroupArn"]: each for each in answer["TargetGroups"]}
            return [_group(found[arn]) for arn in arns]

    def drain_seconds(self, arn: str) -> float:
        """The deregistration delay; AWS's own where it is not shown."""
        with answers("DescribeTargetGroupAttributes"):
            answer = self._client.describe_target_group_attributes(TargetGroupArn=arn)
            values = {each.get("Key"): each.get("Value") for each in answer.get("Attributes", [])}
            return float(values.get("deregistration_delay.timeout_seconds") or DRAIN_SECONDS)

    def register(self, group_arn: str, target_id: str, port: int) -> None:
        """Register a target. No AvailabilityZone: inside the VPC it is found by itself."""
        with answers("RegisterTargets"):
            self._client.register_targets(TargetGroupArn=group_arn, Targets=[{"Id": target_id, "Port": port}])

    def deregister(self, group_arn: str, target_id: str, port: int) -> None:
        """Deregister a target. One that is not registered, or whose group is gone, needs nothing."""
        try:
            with answers("DeregisterTargets"):
                self._client.deregister_targets(
                    TargetGroupArn=group_arn, Targets=[{"Id": target_id, "Port": port}]
                )
        except AwsSaidNo as no:
            if no.code not in GONE | NOT_REGISTERED:
                raise

    def target(self, group_arn: str, target_id: str, port: int) -> TargetSeen:
        """What the target group says of one target; state `gone` when the group itself is.

        A group that shows other targets than this one, or none, does not have it.
        """
        try:
            with answers("DescribeTargetHealth"):
                answer = self._client.describe_target_health(
                    TargetGroupArn=group_arn, Targets=[{"Id": target_id, "Port": port}]
                )
                shown = answer.get("TargetHealthDescriptions", [{}])  # left out, it says nothing
        except AwsSaidNo as no:
            if no.code in GONE:
                return TargetSeen(target_id, port, "gone", "", no.message)
            if no.code in NOT_REGISTERED:
                return TargetSeen(target_id, port, "unused", "Target.NotRegistered", no.message)
            raise
        found = next((each for each in shown if _is_at(each.get("Target", {}), target_id, port)), None)
        if found is None:
            return TargetSeen(target_id, port, "unused", "Target.NotRegistered", "")
        return _target(found, target_id, port)

    def targets(self, group_arn: str) -> list[TargetSeen]:
        """Every target that a target group shows; none of a group that is gone."""
        try:
            with answers("DescribeTargetHealth"):
                answer = self._client.describe_target_health(TargetGroupArn=group_arn)
                shown = answer["TargetHealthDescriptions"]
                return [_target(each, each["Target"]["Id"], each["Target"].get("Port", 0)) for each in shown]
        except AwsSaidNo as no:
            if no.code in GONE:
                return []
            raise


def _target(found: Mapping[str, Any], target_id: str, port: int) -> TargetSeen:
    health = found.get("TargetHealth", {})
    state, reason, words = (health.get(name, "") for name in ("State", "Reason", "Description"))
    return TargetSeen(target_id, port, state, reason, words)


def _is_at(target: Mapping[str, Any], target_id: str, port: int) -> bool:
    """Whether this is the target, as far as it is shown: not every cloud answers about one target only."""
    return bool(target.get("Id", target_id) == target_id and target.get("Port", port) == port)


def _group(found: Mapping[str, Any]) -> TargetGroup:
    return TargetGroup(
        arn=found["TargetGroupArn"],
        target_type=found.get("TargetType", ""),
        protocol=found.get("Protocol", ""),
        interval_seconds=found.get("HealthCheckIntervalSeconds", 30),
        healthy_threshold=found.get("HealthyThresholdCount", 5),
        unhealthy_threshold=found.get("UnhealthyThresholdCount", 2),
        unused=found.get("LoadBalancerArns") == [],
        checked=found.get("HealthCheckEnabled", True),
    )
