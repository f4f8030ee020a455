"""Amazon ECS: the calls in use, each one attempt, in and out of our shapes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from cage_fsm.aws import shapes
from cage_fsm.aws.errors import DENIED, AwsSaidNo, answers
from cage_fsm.engine.ports import Retryable, Suspend
from cage_fsm.judge.seen import InstanceSeen, ServiceDeploymentSeen, ServiceSeen, TaskSeen

GONE = frozenset({"ServiceNotFoundException", "ClusterNotFoundException"})
NO_REVISION = frozenset({"ClientException", "InvalidParameterException"})
"""What ECS says of a revision that does not exist, or cannot (API reference, DescribeTaskDefinition)."""

_BATCH = 100  # DescribeTasks and DescribeContainerInstances take at most 100 a call (API reference)
_SERVICES = 10  # and DescribeServices at most 10 services
_REVISIONS_SEARCHED = 20
_DEPLOYMENTS_SEARCHED = 5


@dataclass(frozen=True)
class Started:
    """What RunTask came to: a task, or the reasons why there is none, each once for all instances."""

    task_arn: str | None
    failures: tuple[str, ...]


class Tagged(NamedTuple):
    """What marks a revision, and since when it is there."""

    registered_at: datetime | None
    tags: Mapping[str, str]


class Ecs:
    """ECS through a boto3 client. Every method raises Retryable, Suspend or AwsSaidNo."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def service(self, cluster: str, name: str) -> Mapping[str, Any] | None:
        """The service as DescribeServices gives it, with its tags; None when there is no such service."""
        try:
            return self.service_in(cluster, name)
        except AwsSaidNo as no:
            if no.code in GONE:
                return None
            raise

    def service_in(self, cluster: str, name: str) -> Mapping[str, Any] | None:
        """The same of a cluster that may not exist: AwsSaidNo with ClusterNotFoundException."""
        with answers("DescribeServices"):
            found = self._client.describe_services(cluster=cluster, services=[name], include=["TAGS"])
            services: list[Mapping[str, Any]] = found["services"]
        return services[0] if services else None

    def services(self, cluster: str) -> list[Mapping[str, Any]]:
        """Every service of a cluster as DescribeServices gives it."""
        with answers("ListServices"):
            pages = self._client.get_paginator("list_services").paginate(cluster=cluster)
            arns = [arn for page in pages for arn in page["serviceArns"]]
        found: list[Mapping[str, Any]] = []
        for named in _batches(arns, _SERVICES):
            with answers("DescribeServices"):
                found += self._client.describe_services(cluster=cluster, services=named)["services"]
        return found

    def cluster(self, name: str) -> Mapping[str, Any] | None:
        """The cluster as DescribeClusters gives it; None when there is none, or it is not ACTIVE."""
        with answers("DescribeClusters"):
            found = self._client.describe_clusters(clusters=[name]).get("clusters", [])
        return next((each for each in found if each.get("status", "ACTIVE") == "ACTIVE"), None)

    def instances(self, cluster: str, ids: Sequence[str]) -> list[InstanceSeen]:
        """Those of these container instances, by id or ARN, that are registered in the cluster."""
        found: list[InstanceSeen] = []
        for named in _batches(ids, _BATCH):
            with answers("DescribeContainerInstances"):
                answer = self._client.describe_container_instances(cluster=cluster, containerInstances=named)
                found += [shapes.instance(each) for each in answer["containerInstances"]]
        return found

    def instance_of(self, cluster: str, ec2_id: str) -> InstanceSeen | None:
        """The container instance that runs on an EC2 instance."""
        found = self.some_instances(cluster, filter=f"ec2InstanceId == {ec2_id}")
        return next((each for each in found if each.ec2_id == ec2_id), None)

    def some_instances(self, cluster: str, **chosen_by: str) -> list[InstanceSeen]:
        """The container instances of a cluster, a hundred at the most."""
        with answers("ListContainerInstances"):
            pages = self._client.get_paginator("list_container_instances").paginate(
                cluster=cluster, **chosen_by
            )
            arns = [arn for page in pages for arn in page["containerInstanceArns"]]
        return self.instances(cluster, arns[:_BATCH]) if arns else []

    def task(self, cluster: str, arn: str) -> TaskSeen | None:
        """One task; None when ECS does not know it (yet, or any more)."""
        found = self.tasks(cluster, [arn])
        return found[0] if found else None

    def tasks(self, cluster: str, arns: Sequence[str], *, tags: bool = False) -> list[TaskSeen]:
        """Those of `arns` that ECS knows, with their `tags` if these are wanted."""
        found: list[TaskSeen] = []
        wanted = {"include": ["TAGS"]} if tags else {}
        for named in _batches(arns, _BATCH):
            with answers("DescribeTasks"):
                answer = self._client.describe_tasks(cluster=cluster, tasks=named, **wanted)
            found += [shapes.task(each) for each in answer.get("tasks", [])]
        return found

    def task_arns(self, cluster: str, **chosen_by: str) -> list[str]:
        """The tasks with desired status RUNNING. `startedBy` may be the only filter (API reference)."""
        with answers("ListTasks"):
            pages = self._client.get_paginator("list_tasks").paginate(cluster=cluster, **chosen_by)
            return [arn for page in pages for arn in page["taskArns"]]

    def service_tasks(self, cluster: str, service: str, desired_status: str) -> list[TaskSeen]:
        """The tasks of a service that ECS wants RUNNING, or STOPPED; none where they may not be read."""
        try:
            arns = self.task_arns(cluster, serviceName=service, desiredStatus=desired_status)
            return self.tasks(cluster, arns)
        except AwsSaidNo:
            return []

    def run_task(self, **request: Any) -> Started:
        """Start one task. A capacity shortage is an answer without a task, not an error.

        A token that was sent before with other parameters is answered with the task that it stands for (API
        reference, ConflictException).
        """
        try:
            with answers("RunTask"):
                answer = self._client.run_task(count=1, **request)
                arn = next((each["taskArn"] for each in answer.get("tasks", [])), None)
        except AwsSaidNo as no:
            if no.code != "ConflictException" or not no.response.get("resourceIds"):
                raise
            return Started(no.response["resourceIds"][0], ())
        failures = answer.get("failures", [])
        words = (": ".join(filter(None, (each.get("reason"), each.get("detail")))) for each in failures)
        return Started(arn, tuple(dict.fromkeys(words)))

    def stop_task(self, cluster: str, arn: str, reason: str) -> bool:
        """Stop a task; returns False when ECS does not know it (API reference: "was not found")."""
        try:
            with answers("StopTask"):
                self._client.stop_task(cluster=cluster, task=arn, reason=reason)
        except AwsSaidNo as no:
            if no.code != "InvalidParameterException" or "not found" not in no.message:
                raise
            return False
        return True

    def may_stop(self, cluster_arn: str) -> bool:
        """Whether StopTask seems permitted: no is said of any task, also of one that does not exist.

        What cannot be told is taken for permitted.
        """
        nobody = f"{cluster_arn.replace(':cluster/', ':task/', 1)}/{'0' * 32}"
        try:
            self.stop_task(cluster_arn, nobody, "cage-fsm: asks whether it may stop its canary later")
        except AwsSaidNo as no:
            return no.code not in DENIED
        except (Retryable, Suspend):
            pass
        return True

    def task_definition(self, arn: str) -> Mapping[str, Any]:
        """A revision as DescribeTaskDefinition gives it, with its tags."""
        with answers("DescribeTaskDefinition"):
            answer = self._client.describe_task_definition(taskDefinition=arn, include=["TAGS"])
            return {**answer["taskDefinition"], "tags": answer.get("tags") or []}

    def register_task_definition(self, definition: Mapping[str, Any]) -> str:
        """Register a revision and return its ARN."""
        with answers("RegisterTaskDefinition"):
            answer = self._client.register_task_definition(**definition)
            arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    def newest_revisions(self, family: str) -> list[str]:
        """The last 20 ACTIVE revisions of a family, by ARN."""
        with answers("ListTaskDefinitions"):
            found: list[str] = self._client.list_task_definitions(
                familyPrefix=family, status="ACTIVE", sort="DESC", maxResults=_REVISIONS_SEARCHED
            )["taskDefinitionArns"]
        return found

    def tagged(self, arn: str) -> Tagged:
        """When a revision was registered, and its tags; none of one that is not ACTIVE, or not there."""
        try:
            with answers("DescribeTaskDefinition"):
                answer = self._client.describe_task_definition(taskDefinition=arn, include=["TAGS"])
                found = answer["taskDefinition"]
        except AwsSaidNo as no:
            if no.code not in NO_REVISION:
                raise
            return Tagged(None, {})
        tags = answer.get("tags", []) if found.get("status", "ACTIVE") == "ACTIVE" else []
        return Tagged(found.get("registeredAt"), {each.get("key"): each.get("value") for each in tags})

    def active_revisions(self, family: str) -> list[str]:
        """The ARNs of the ACTIVE revisions of a family, the newest last."""
        with answers("ListTaskDefinitions"):
            pages = self._client.get_paginator("list_task_definitions").paginate(
                familyPrefix=family, status="ACTIVE"
            )
            arns = [arn for page in pages for arn in page["taskDefinitionArns"]]
            return sorted(arns, key=lambda arn: int(arn.rpartition(":")[2]))  # not every cloud sorts

    def deregister_task_definition(self, arn: str) -> None:
        """Make a revision INACTIVE: nothing new can use it."""
        with answers("DeregisterTaskDefinition"):
            self._client.deregister_task_definition(taskDefinition=arn)

    def update_service(
        self, cluster: str, service: str, task_definition: str, *, force: bool = False, **changes: Any
    ) -> ServiceSeen:
        """Send the service to a revision, with `force` also to the one that it runs; returns the service.

        `changes` are what else is to change, in UpdateService's words.
        """
        forced = {"forceNewDeployment": True} if force else {}
        with answers("UpdateService"):
            answer = self._client.update_service(
                cluster=cluster, service=service, taskDefinition=task_definition, **forced, **changes
            )
            return shapes.service(answer.get("service") or {})

    def create_service(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Create a service; the same request with the same clientToken gives the same service back."""
        with answers("CreateService"):
            answer = self._client.create_service(**request)
        created: Mapping[str, Any] = answer.get("service") or {}
        return created

    def delete_service(self, cluster: str, service: str) -> None:
        """Delete a service and stop its tasks. One that is not ACTIVE any more needs nothing."""
        try:
            with answers("DeleteService"):
                self._client.delete_service(cluster=cluster, service=service, force=True)
        except AwsSaidNo as no:
            if no.code not in GONE | {"ServiceNotActiveException"}:
                raise

    def tags(self, arn: str) -> list[Mapping[str, Any]]:
        """The tags of a resource."""
        with answers("ListTagsForResource"):
            return list(self._client.list_tags_for_resource(resourceArn=arn).get("tags") or [])

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Give a resource these tags, whatever the values of these keys were."""
        with answers("TagResource"):
            pairs = [{"key": key, "value": value} for key, value in tags.items()]
            self._client.tag_resource(resourceArn=arn, tags=pairs)

    def untag(self, arn: str, keys: Sequence[str]) -> None:
        """Take these tags from a resource; those that it has not do not matter."""
        with answers("UntagResource"):
            self._client.untag_resource(resourceArn=arn, tagKeys=list(keys))

    def service_deployment_of(
        self,
        cluster: str,
        service: str,
        task_definition: str,
        since: datetime,
        *,
        proved_after: datetime | None = None,
    ) -> str | None:
        """The ARN of the newest service deployment of this revision, created after `since`, of any status.

        With `proved_after` only one that shows to be younger than that.
        Raises AwsSaidNo where the history may not be read: the caller then judges by the service itself.
        """
        with answers("ListServiceDeployments"):
            answer = self._client.list_service_deployments(
                cluster=cluster, service=service, createdAt={"after": since}, maxResults=100
            )
            newest_first = sorted(answer["serviceDeployments"], key=_created, reverse=True)
        after = proved_after.timestamp() if proved_after else -1
        newest_first = [each for each in newest_first if _created(each) > after]
        for brief in newest_first[:_DEPLOYMENTS_SEARCHED]:
            arn, revision = brief.get("serviceDeploymentArn"), brief.get("targetServiceRevisionArn")
            if arn and revision and self._revision_runs(revision) == task_definition:
                return str(arn)
        return None

    def service_deployment(self, arn: str) -> ServiceDeploymentSeen | None:
        """One service deployment; None where it may not be read or is gone with its service."""
        try:
            with answers("DescribeServiceDeployments"):
                answer = self._client.describe_service_deployments(serviceDeploymentArns=[arn])
        except AwsSaidNo:
            return None
        found = answer.get("serviceDeployments", [])
        return shapes.service_deployment(found[0]) if found else None

    def last_good_revision(self, cluster: str, service: str) -> str | None:
        """The ARN of the service revision that the last successful service deployment brought."""
        with answers("ListServiceDeployments"):
            answer = self._client.list_service_deployments(
                cluster=cluster, service=service, status=["SUCCESSFUL"], maxResults=100
            )
            found = answer["serviceDeployments"]
        return max(found, key=_created).get("targetServiceRevisionArn") if found else None

    def service_revision(self, arn: str) -> Mapping[str, Any]:
        """What a service was made of at one time; empty when ECS does not know it any more."""
        with answers("DescribeServiceRevisions"):
            answer = self._client.describe_service_revisions(serviceRevisionArns=[arn])
        found = answer.get("serviceRevisions", [])
        return found[0] if found else {}

    def _revision_runs(self, revision_arn: str) -> str | None:
        return self.service_revision(revision_arn).get("taskDefinition")


def _created(brief: Mapping[str, Any]) -> float:
    made: datetime | None = brief.get("createdAt")
    return made.timestamp() if made else 0


def _batches(named: Sequence[str], most: int) -> Iterator[list[str]]:
    """What is `named`, at most so many at a time."""
    for first in range(0, len(named), most):
        yield list(named[first : first + most])
