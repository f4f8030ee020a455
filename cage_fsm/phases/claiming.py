"""The service that a run is about: found, claimed for the run, or refused."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.ecs import NO_REVISION
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.engine.ports import Outcome, Refused
from cage_fsm.engine.run import Run
from cage_fsm.phases.facts import Inputs
from cage_fsm.phases.refusals import anonymous

Json = Mapping[str, Any]
Answer = TypeVar("Answer")

SERVICE = "service"
"""Under this name a run knows what DescribeServices has answered."""


class Asks(Protocol):
    """Who asks: a run, or a plan. What was answered is not asked for again."""

    def once(self, name: str, ask: Callable[[], Answer]) -> Answer: ...


def claimed_service(aws: Aws, run: Run) -> Json:
    """The service that the run is about, claimed for it. Raises Refused."""
    inputs = Inputs.of(run.record)
    service = run.once(SERVICE, lambda: found_service(aws, inputs.cluster, inputs.service))
    run.claim(service["serviceArn"], service["clusterArn"])
    return service


def active_cluster(aws: Aws, name: str) -> Json:
    """A cluster that is ACTIVE, with its ARN. Raises Refused."""
    found = aws.ecs.cluster(name)
    if found is None or not found.get("clusterArn"):
        raise refused([f"There is no active cluster {name} ({aws.region})."])
    return found


def found_service(aws: Aws, cluster: str, name: str) -> Json:
    """A service that exists, with its names. Raises Refused, saying what is missing."""
    try:
        service = aws.ecs.service_in(cluster, name)
    except AwsSaidNo as no:
        if no.code == "ClusterNotFoundException" or "cluster is inactive" in no.message:
            raise refused([f"There is no active cluster {cluster} ({aws.region}): {no.message}"]) from no
        if no.code != "ServiceNotFoundException":
            raise
        service = None
    if service is None:
        raise refused([f"There is no service {name} in cluster {cluster} ({aws.region})."])
    refuse(list(anonymous(service, name)))
    return service


def baseline_of(aws: Aws, asks: Asks, revision: str) -> Json:
    """The revision to go back to; empty where it may not be read. Raises Refused when there is none."""

    def ask() -> Json:
        try:
            return aws.ecs.task_definition(revision)
        except AwsSaidNo as no:
            if no.code in NO_REVISION:
                raise
            return {}

    return asks.once("baseline", ask)


def identity(service: Json) -> dict[str, Any]:
    """The facts that say which service a run is about."""
    return {
        "service_arn": service["serviceArn"],
        "service_name": service["serviceName"],
        "cluster_arn": service["clusterArn"],
        "cluster_name": service["clusterArn"].rpartition("/")[2],
        "region": service["serviceArn"].split(":")[3],
        "desired_count": service.get("desiredCount", 0),
    }


def refuse(reasons: Sequence[str]) -> None:
    """Raise Refused with all reasons at once, if there are any."""
    if reasons:
        raise refused(reasons)


def refused(reasons: Sequence[str]) -> Refused:
    """The verdict that this rollout cannot be done."""
    if len(reasons) == 1:
        return Refused(Outcome("failed", reasons[0], cause="refused"))
    return Refused(Outcome("failed", " ".join(reasons), {"reasons": list(reasons)}, cause="refused"))
