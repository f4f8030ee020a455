"""CloudWatch Logs: what a container wrote last."""

from typing import Any

from cage_fsm.aws.errors import answers


class Logs:
    """Logs through clients that are made only when they are needed, one for each region."""

    def __init__(self, session: Any, config: Any) -> None:
        self._session, self._config = session, config
        self._clients: dict[str, Any] = {}

    def newest(self, region: str, group: str, stream: str, most: int) -> list[str]:
        """The newest events of a stream, oldest first. Raises Retryable, Suspend or AwsSaidNo."""
        with answers("GetLogEvents"):
            answer = self.client(region).get_log_events(
                logGroupName=group, logStreamName=stream, limit=most, startFromHead=False
            )
            return [event["message"] for event in answer["events"]]

    def client(self, region: str) -> Any:
        """The client of a region."""
        if region not in self._clients:
            self._clients[region] = self._session.client("logs", region_name=region, config=self._config)
        return self._clients[region]
