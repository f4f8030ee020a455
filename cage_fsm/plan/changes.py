"""What would be otherwise after a rollout: of the task definition, the service, and the images."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cage_fsm.deployfiles import differences, service_differences
from cage_fsm.phases import service_update
from cage_fsm.phases.obstacles import Case
from cage_fsm.plan.shapes import Change, Image, OldImage

Json = Mapping[str, Any]


def of_definition(baseline: Json, definition: Json) -> Iterator[Change]:
    """The fields in which the new revision is not like the one that runs."""
    for each in differences(baseline, definition):
        yield Change("task definition", each.path, each.old, each.new, applied=True)


def of_service(case: Case, files: Json, revision: Json) -> Iterator[Change]:
    """The fields of service.json that the service has otherwise, whether or not they would change."""
    applied = service_update.differences(case.now, case.wanted, case.inputs.desired_count, revision)
    for each in service_differences(case.now, files, revision):
        yield Change("service", each.path, each.old, each.new, applied=each in applied)


def of_images(new: Iterable[Image], old: Iterable[OldImage]) -> Iterator[Change]:
    """The images whose name stays, and for which another one would run than runs now."""
    runs = {(each.container, each.image): each for each in old}
    for each in new:
        before = runs.get((each.container, each.image))
        if before and before.moved and each.digest:
            path = f"containerDefinitions[{each.container}].image"
            yield Change("image", path, before.digest, each.digest, applied=True)
