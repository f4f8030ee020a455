"""The container instance that the canary is to run on, where the user has chosen one.

RunTask reaches it by a placement constraint on its EC2 id, and only so: StartTask has no token.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.judge.seen import InstanceSeen
from cage_fsm.phases.kinds import fixed_ports, on_fargate

Json = Mapping[str, Any]


def find(aws: Aws, cluster: str, chosen: str) -> InstanceSeen | None:
    """The instance by its container instance id or ARN, or by its EC2 id; None when it is not there.

    An EC2 id is enough for RunTask: where ECS does not let us look it up, it is taken for good.
    """
    by_ec2_id = chosen.startswith(("i-", "mi-"))
    try:
        if by_ec2_id:
            return aws.ecs.instance_of(cluster, chosen)
        return next(iter(aws.ecs.instances(cluster, [chosen])), None)
    except AwsSaidNo as no:
        if by_ec2_id:
            return InstanceSeen("", chosen, "ACTIVE", connected=True, taken=frozenset())
        if no.code == "InvalidParameterException":  # an ARN of another cluster
            return None
        raise


def reasons(service: Json, definition: Json, chosen: str, found: InstanceSeen | None) -> Iterator[str]:
    """Why the canary cannot run there. Sentences."""
    if on_fargate(service):
        yield (
            f"Service {service['serviceName']} runs on Fargate, where no instance can be chosen; leave "
            "--canary-instance-arn away."
        )
        return
    if found is None:
        yield (
            f"Container instance {chosen} is not in the service's cluster; `aws ecs "
            "list-container-instances` shows those that are."
        )
        return
    if not found.ec2_id.startswith("i-"):
        yield (
            f"Container instance {chosen} is external ({found.ec2_id or 'without an EC2 id'}); a canary can "
            "be sent to EC2 instances only. Leave --canary-instance-arn away, or choose another instance."
        )
    if found.status != "ACTIVE":
        yield f"Container instance {chosen} is {found.status}; a canary can start on an ACTIVE one only."
    if not found.connected:
        yield f"The ECS agent of container instance {chosen} is not connected; no task can start there."
    for port in sorted(fixed_ports(definition) & found.taken):
        yield (
            f"Host port {port} of container instance {chosen} is taken; choose another instance, or leave "
            "hostPort away for a dynamic port."
        )


def constraint(found: InstanceSeen) -> Json:
    """What sends a task there (developer guide, "Cluster query language")."""
    return {"type": "memberOf", "expression": f"ec2InstanceId == {found.ec2_id}"}
