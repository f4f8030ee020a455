"""What a rollout must not leave behind."""

from collections import Counter
from dataclasses import dataclass

from cage_fsm.sandbox.cloud import Cloud
from cage_fsm.sandbox.life.network import behind
from cage_fsm.sandbox.service_records import Service
from cage_fsm.sandbox.world import World

_OURS = {"cage:canary-task:": "canary task", "cage:one-off-task:": "one-off task"}
"""By the beginning of its group, what a task is."""


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Sentences: what is `left`, and what the `services` run."""

    left: tuple[str, ...]
    services: tuple[str, ...]

    @property
    def clean(self) -> bool:
        return not self.left

    @property
    def sentences(self) -> list[str]:
        return [*(self.left or ("nothing is left behind",)), *self.services]


def leftovers(cloud: Cloud) -> Leftovers:
    """Look for canaries and one-off tasks that ECS wants to run, and for targets that no service task holds.

    A target that drains is on its way out and is not left.
    """
    cloud.settle()
    return Leftovers((*_tasks(cloud.world), *_targets(cloud.world)), tuple(_services(cloud.world)))


def _tasks(world: World) -> list[str]:
    return [
        f"{what} {task.id} of {task.group.removeprefix(beginning)} is {task.last_status}"
        for beginning, what in _OURS.items()
        for task in world.tasks.values()
        if task.group.startswith(beginning) and task.live
    ]


def _targets(world: World) -> list[str]:
    found = []
    for group in world.target_groups.values():
        for target in group.targets.values():
            task, _ = behind(world, target.id, target.port)
            if target.state != "draining" and (task is None or task.service is None or not task.live):
                found.append(f"target {target.key} is registered in {group.name} ({target.state})")
    return found


def _services(world: World) -> list[str]:
    return [_service(world, service) for service in world.services.values() if service.status != "INACTIVE"]


def _service(world: World, service: Service) -> str:
    """Say what a service runs, and what else still runs in it."""
    running = Counter(
        task.definition.rsplit("/", 1)[-1]
        for task in world.tasks.values()
        if task.service == service.arn and task.last_status == "RUNNING"
    )
    name = service.definition.rsplit("/", 1)[-1]
    sentence = f"{service.name} runs {name}, {running.pop(name, 0)} of {service.desired} tasks"
    return ", ".join([sentence, *(f"and {count} of {other}" for other, count in running.items())])
