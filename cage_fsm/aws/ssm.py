"""AWS Systems Manager: whether a parameter is there. Its value is not kept."""

from typing import ClassVar

from cage_fsm.aws.errors import answers
from cage_fsm.aws.on_demand import Regional


class Ssm(Regional):
    """Systems Manager through a client for each region."""

    service: ClassVar[str] = "ssm"

    def has_parameter(self, region: str, named: str) -> bool:
        """Whether there is a parameter of this name or ARN. Raises Retryable, Suspend or AwsSaidNo."""
        with answers("GetParameters"):
            answer = self.client(region).get_parameters(Names=[named], WithDecryption=False)
            return bool(answer["Parameters"])
