"""Who is behind a target: which tasks have its address, or its host and the port there."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from cage_fsm.judge.seen import TargetSeen, TaskSeen
from cage_fsm.sweep.cluster import Cluster
from cage_fsm.sweep.scene import Scene


@dataclass(frozen=True)
class Hosts:
    """The EC2 ids of container instances, by ARN."""

    ec2_ids: Mapping[str, str]

    def may_be_behind(self, task: TaskSeen, target: TargetSeen) -> bool:
        """Whether a task has this target's address, or its port on this host, or may have it.

        In host mode ECS shows no ports (amazon-ecs-agent#3479): such a task may have any.
        """
        if task.address == target.id:
            return True
        ports = {binding.host_port for each in task.containers for binding in each.bindings}
        on_this_host = self.ec2_ids.get(task.container_instance) == target.id
        return on_this_host and (target.port in ports or (not ports and not task.address))

    def is_behind(self, task: TaskSeen, target: TargetSeen, container_ports: Collection[int]) -> bool:
        """The same of a canary that could be registered so in its service's target group.

        In host mode the port on the host is the container's.
        """
        ports = {binding.host_port for each in task.containers for binding in each.bindings}
        return self.may_be_behind(task, target) and (
            task.address == target.id or target.port in (ports or container_ports)
        )


def hosts(scene: Scene, cluster: Cluster, targets: Iterable[TargetSeen]) -> Hosts:
    """The hosts of a cluster's tasks, looked for only where a target is one of them."""
    if not any(each.id.startswith("i-") for each in targets):
        return Hosts({})
    tasks = [*cluster.tasks, *cluster.stopped, *cluster.stopping]
    arns = sorted({each.container_instance for each in tasks if each.container_instance})
    found = scene.ask(lambda: scene.aws.ecs.instances(cluster.name, arns))
    return Hosts({each.arn: each.ec2_id for each in found})
