"""What a request can end in besides an answer."""

from typing import Any

SERVER_FAULTS = frozenset(
    {
        "ServerException",
        "InternalFailure",
        "InternalError",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "HealthUnavailable",
    }
)


class ApiError(Exception):
    """An error that AWS would answer with: its code, its words, its HTTP status."""

    def __init__(self, code: str, message: str, status: int | None = None, **fields: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status or (500 if code in SERVER_FAULTS else 400)
        self.fields = fields


class Dropped(Exception):
    """The connection ended without an answer; `applied` says whether the effect took place.

    One that hangs ends only after these `seconds`, or when the client loses its patience.
    """

    def __init__(self, *, applied: bool, seconds: float = 0) -> None:
        super().__init__("the answer was lost" if applied else "the connection was reset")
        self.applied, self.seconds = applied, seconds


def invalid(message: str) -> ApiError:
    """Make the InvalidParameterException that ECS answers most mistakes with."""
    return ApiError("InvalidParameterException", message)


def client_error(message: str) -> ApiError:
    """Make the ClientException that ECS answers the other mistakes with."""
    return ApiError("ClientException", message)
