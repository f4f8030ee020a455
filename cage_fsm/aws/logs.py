"""CloudWatch Logs: what a container wrote last, and where it is to write."""

from typing import ClassVar

from cage_fsm.aws.errors import answers
from cage_fsm.aws.on_demand import Regional


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

    def has_group(self, region: str, name: str) -> bool:
        """Whether there is a log group of this very name. Raises Retryable, Suspend or AwsSaidNo."""
        with answers("DescribeLogGroups"):
            pages = self.client(region).get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
            return any(
                each.get("logGroupName") == name for page in pages for each in page.get("logGroups", [])
            )
