"""AWS Security Token Service: which account the credentials are of."""

from typing import ClassVar

from cage_fsm.aws.errors import AwsSaidNo, answers
from cage_fsm.aws.on_demand import OnDemand
from cage_fsm.engine.ports import Retryable


class Sts(OnDemand):
    """STS through a client that is made only when it is needed."""

    service: ClassVar[str] = "sts"

    def account(self) -> str | None:
        """The account of the credentials; None where STS does not say."""
        try:
            with answers("GetCallerIdentity"):
                account: str = self._client.get_caller_identity()["Account"]
        except (AwsSaidNo, Retryable):
            return None
        return account
