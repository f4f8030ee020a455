"""Turns what boto3 raises into what the engine understands: ask again, refused, or wait for the user."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as NoConnection,
)
from botocore.parsers import ResponseParserError

from cage_fsm.engine.ports import Outcome, Refused, Retryable, Suspend

THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "ProvisionedThroughputExceededException",
        "PriorRequestNotComplete",
        "SlowDown",
    }
)
PASSING = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServerException",
        "ServiceUnavailable",
    }
)
EXPIRED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "InvalidToken",
        "TokenRefreshRequired",
    }
)
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "NotAuthorized", "UnauthorizedOperation"})
"""NotAuthorized is of the errors that every service may answer (ECS API reference, "Common errors")."""

NOT_IMPLEMENTED = 501
"""HTTP's only server error that asking again does not mend."""

_CREDENTIALS = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)


class AwsSaidNo(Refused):
    """AWS refused a call for good. Unless a phase knows better, that is the verdict `failed`."""

    def __init__(self, doing: str, code: str, message: str, response: Mapping[str, Any]) -> None:
        super().__init__(
            Outcome("failed", f"{code}: {message}", {"doing": doing, "code": code, "message": message})
        )
        self.code, self.message, self.response = code, message, response


@contextmanager
def answers(doing: str) -> Iterator[None]:
    """Translate whatever one call raises. `doing` says what was asked for, for the evidence.

    Raises Retryable, Suspend or AwsSaidNo.
    """
    try:
        yield
    except ClientError as error:
        raise _translated(doing, error) from error
    except _CREDENTIALS as error:
        raise Suspend(f"AWS credentials cannot be had: {error}") from error
    except ConnectTimeoutError as error:
        raise Retryable(f"{doing}: {error}", unsent=True) from error
    except (NoConnection, HTTPClientError, IncompleteReadError) as error:
        raise Retryable(f"{doing}: {error}") from error
    except (ResponseParserError, KeyError, IndexError) as error:
        raise Retryable(f"{doing}: an answer that cannot be read ({error})") from error
    except BotoCoreError as error:
        raise AwsSaidNo(doing, type(error).__name__, str(error), {}) from error


def _translated(doing: str, error: ClientError) -> Exception:
    code = error.response.get("Error", {}).get("Code", "Unknown")
    message = error.response.get("Error", {}).get("Message", str(error))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in THROTTLED or status == 429:  # noqa: PLR2004 - HTTP's "Too Many Requests"
        return Retryable(f"{doing}: {code}", unsent=True)
    if code in PASSING or (status >= 500 and status != NOT_IMPLEMENTED):  # noqa: PLR2004 - HTTP's server errors
        return Retryable(f"{doing}: {code}")
    if code in EXPIRED:
        return Suspend(f"the AWS credentials are not accepted any more ({code}); resume with fresh ones")
    return AwsSaidNo(doing, code, message, error.response)
