"""What AWS shows of one cluster."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cage_fsm.judge.seen import TaskSeen
from cage_fsm.phases.names import canary_group, run_of
from cage_fsm.phases.standalone import is_stopping
from cage_fsm.sweep.scene import Scene

Json = Mapping[str, Any]
CANARIES = canary_group("")
"""How the group of every canary begins."""


@dataclass(frozen=True)
class Cluster:
    """Its services, every task that runs on, our canaries that do not, and others that still stop."""

    name: str
    region: str
    services: tuple[Json, ...]
    tasks: tuple[TaskSeen, ...]
    stopped: tuple[TaskSeen, ...]
    stopping: tuple[TaskSeen, ...]

    def is_called(self, arn: str) -> bool:
        """Whether this is the cluster with that ARN."""
        return self.name == arn or (
            self.name == arn.rpartition("/")[2] and arn.split(":")[3:4] == [self.region]
        )

    def service(self, name: str) -> Json:
        """A service by name; empty when there is none."""
        return next((each for each in self.services if each.get("serviceName") == name), {})

    @property
    def in_use(self) -> frozenset[str]:
        """Every revision that a service, a deployment or task set of one, or a task is at."""
        parts = ("deployments", "taskSets")
        inner = [each for service in self.services for part in parts for each in service.get(part) or []]
        named = {each.get("taskDefinition", "") for each in [*self.services, *inner]}
        return frozenset(named | {task.task_definition for task in self.tasks})


def look(scene: Scene, name: str) -> Cluster:
    """Look at a cluster. Raises Retryable, Suspend or AwsSaidNo: a part of it would prove nothing."""
    ecs = scene.aws.ecs
    services = scene.ask(lambda: ecs.services(name))
    arns = scene.ask(lambda: [*ecs.task_arns(name), *ecs.task_arns(name, desiredStatus="STOPPED")])
    tasks = scene.ask(lambda: ecs.tasks(name, list(dict.fromkeys(arns)), tags=True))
    running = tuple(each for each in tasks if not is_stopping(each))
    ours = tuple(each for each in tasks if is_stopping(each) and run_of(each.started_by))
    others = (each for each in tasks if each not in running and each not in ours)
    stopping = tuple(each for each in others if each.last_status != "STOPPED")
    return Cluster(name, scene.aws.region, tuple(services), running, ours, stopping)


def service_of(task: TaskSeen) -> str:
    """The name of the service that a canary is of; empty for a task that is none."""
    return task.group.removeprefix(CANARIES) if task.group.startswith(CANARIES) else ""


def load_balancers(service: Json) -> Iterator[tuple[str, int]]:
    """The target groups of a service, each with the container's port that it leads to."""
    for each in service.get("loadBalancers") or []:
        if each.get("targetGroupArn"):
            yield each["targetGroupArn"], each.get("containerPort", 0)
