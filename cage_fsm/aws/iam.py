"""AWS Identity and Access Management: whether a role is there."""

from typing import ClassVar

from cage_fsm.aws.errors import AwsSaidNo, answers
from cage_fsm.aws.on_demand import OnDemand


class Iam(OnDemand):
    """IAM through a client that is made only when it is needed."""

    service: ClassVar[str] = "iam"

    def role_arn(self, name: str) -> str | None:
        """The ARN of the account's role of this name; None when there is none.

        Raises Retryable, Suspend or AwsSaidNo.
        """
        try:
            with answers("GetRole"):
                arn: str = self._client.get_role(RoleName=name)["Role"]["Arn"]
        except AwsSaidNo as no:
            if no.code != "NoSuchEntity":
                raise
            return None
        return arn
