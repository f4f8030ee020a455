"""CloudWatch Logs: what a container writes, and where it is to write."""

from typing import ClassVar, NamedTuple

from cage_fsm.aws.errors import answers
from cage_fsm.aws.on_demand import Regional


class Page(NamedTuple):
    """Some events of a stream, oldest first. `position` leads on from there; None where none is given."""

    lines: list[str]
    position: str | None


class Logs(Regional):
    """Logs through a client for each region."""

    service: ClassVar[str] = "logs"

    def newest(self, region: str, group: str, stream: str, most: int) -> list[str]:
        """The newest events of a stream, oldest first. Raises Retryable, Suspend or AwsSaidNo."""
        with answers("GetLogEvents"):
            answer = self.client(region).get_log_events(
                logGroupName=group, logStreamName=stream, limit=most, startFromHead=False
            )
            return [event["message"] for event in answer["events"]]

    def from_head(self, region: str, group: str, stream: str, position: str | None) -> Page:
        """The next events of a stream, from its head or a `position`, which is given again at its end."""
        onward = {"nextToken": position} if position else {}
        with answers("GetLogEvents"):
            answer = self.client(region).get_log_events(
                logGroupName=group, logStreamName=stream, startFromHead=True, **onward
            )
            lines = [event.get("message", "") for event in answer.get("events", [])]
        return Page(lines, answer.get("nextForwardToken"))

    def has_group(self, region: str, name: str) -> bool:
        """Whether there is a log group of this very name. Raises Retryable, Suspend or AwsSaidNo."""
        with answers("DescribeLogGroups"):
            pages = self.client(region).get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
            return any(
                each.get("logGroupName") == name for page in pages for each in page.get("logGroups", [])
            )
