"""AWS Security Token Service: which account the credentials are of."""

from typing import Any

from cage_fsm.aws.errors import AwsSaidNo, answers
from cage_fsm.engine.ports import Retryable


class Sts:
    """STS through a client that is made only when it is needed."""

    def __init__(self, session: Any, config: Any) -> None:
        self._session, self._config = session, config

    def account(self) -> str | None:
        """The account of the credentials; None where STS does not say."""
        try:
            with answers("GetCallerIdentity"):
                account: str = self._session.client("sts", config=self._config).get_caller_identity()[
                    "Account"
                ]
        except (AwsSaidNo, Retryable):
            return None
        return account
