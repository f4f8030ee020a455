"""A client of S3 that answers as a test wants."""

from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

Act = Callable[[Callable[[], Any]], Any]


class Saying:
    """A client that says what was planned next for an operation, and keeps what was asked."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.meta = SimpleNamespace(endpoint_url="https://s3.us-east-1.amazonaws.com")
        self.asked: list[str] = []
        self.given: list[dict[str, Any]] = []
        self.planned: dict[str, deque[Act]] = {}

    def plan(self, operation: str, *acts: Act) -> None:
        """Let the next calls of `operation` be answered so. An act gets the real call."""
        self.planned.setdefault(operation, deque()).extend(acts)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def ask(**parameters: Any) -> Any:
            self.asked.append(operation)
            self.given.append(parameters)
            planned = self.planned.get(operation)

            def real() -> Any:
                return getattr(self._real, operation)(**parameters)

            return planned.popleft()(real) if planned else real()

        return ask


def says(code: str, status: int, message: str = "no") -> Act:
    """Answer with an error, and do nothing."""

    def act(real: Callable[[], Any]) -> Any:
        answer = {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status},
        }
        raise ClientError(answer, "Operation")

    return act


def fails(error: Exception) -> Act:
    """Have the request not come to an answer."""

    def act(real: Callable[[], Any]) -> Any:
        raise error

    return act


def twice(real: Callable[[], Any]) -> Any:
    """Send the request again on its way, after its answer was lost."""
    real()
    return real()


def untold(real: Callable[[], Any]) -> Any:
    """Do it, and leave out the ETag."""
    return {name: value for name, value in real().items() if name != "ETag"}
