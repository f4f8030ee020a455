"""Judges whether the service runs the very images that the canary was judged with."""

from collections.abc import Iterable, Mapping

from cage_fsm.judge.seen import ContainerSeen, TaskSeen
from cage_fsm.judge.verdict import Verdict


def same(tested: Mapping[str, str], tasks: Iterable[TaskSeen]) -> Verdict:
    """Every container that shows a digest has the one in `tested`, by container name.

    AWS does not show a digest for every registry (developer guide, "Task state change events"): what shows
    none is not compared, and the verdict says so. Behind the tag of a service's task ECS may show the digest
    that it has resolved it to (aws/amazon-ecs-agent#4226), which counts as well.
    """
    containers = [each for task in tasks for each in task.containers]
    compared = [each for each in containers if each.image_digest and tested.get(each.name)]
    for container in compared:
        if tested[container.name] not in (container.image_digest, container.image.partition("@")[2]):
            return _moved(container, tested[container.name])
    unknown = len(containers) - len(compared)
    seen = {"images_as_tested": len(compared), "images_not_compared": unknown}
    if not compared:
        return Verdict("wait", "same_images", "No digest of an image could be compared.", seen)
    return Verdict("pass", "same_images", "The service runs what the canary ran.", seen)


def _moved(container: ContainerSeen, expected: str) -> Verdict:
    reason = (
        f"Image {container.image} of container {container.name} moved after the canary was judged: the "
        f"canary ran {expected}, the service runs {container.image_digest}."
    )
    seen = {
        "container": container.name,
        "image": container.image,
        "tested_digest": expected,
        "service_digest": container.image_digest,
    }
    return Verdict("fail", "image_moved", reason, seen)
