"""Amazon EC2: whether a subnet or a security group is there."""

from typing import ClassVar

from cage_fsm.aws.errors import answers
from cage_fsm.aws.on_demand import OnDemand


class Ec2(OnDemand):
    """EC2 through a client that is made only when it is needed. Raises Retryable, Suspend or AwsSaidNo."""

    service: ClassVar[str] = "ec2"

    def has_subnet(self, subnet: str) -> bool:
        """Whether there is a subnet of this id."""
        with answers("DescribeSubnets"):
            answer = self._client.describe_subnets(Filters=[{"Name": "subnet-id", "Values": [subnet]}])
            return any(each["SubnetId"] == subnet for each in answer["Subnets"])

    def has_security_group(self, group: str) -> bool:
        """Whether there is a security group of this id."""
        with answers("DescribeSecurityGroups"):
            answer = self._client.describe_security_groups(Filters=[{"Name": "group-id", "Values": [group]}])
            return any(each["GroupId"] == group for each in answer["SecurityGroups"])
