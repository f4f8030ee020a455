"""Which images there are to audit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cage_fsm.audit.reading import Ask
from cage_fsm.aws.ecs import Ecs
from cage_fsm.images import Platform, platform_of
from cage_fsm.judge.scan import Origin, Subject
from cage_fsm.judge.seen import TaskSeen

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Subjects:
    """Images, each with the platform of its task definition; `added` are containers that AWS put beside."""

    found: Mapping[Subject, Platform]
    added: tuple[str, ...] = ()


def of_definition(definition: Json, origin: Origin) -> Subjects:
    """What a task definition would run."""
    platform = platform_of(definition)
    containers = definition.get("containerDefinitions") or ()
    return Subjects(
        {Subject(each.get("name", ""), each.get("image", ""), origin): platform for each in containers}
    )


def of_service(ecs: Ecs, service: Json, ask: Ask) -> Subjects:
    """What the tasks of a service run, or what it would start where none runs. Raises what `ask` does."""

    def definition_of(arn: str) -> Json:
        found: Json = ask(f"definition {arn}", lambda: ecs.task_definition(arn))
        return found

    cluster = service["clusterArn"]
    arns = ask("task ARNs", lambda: ecs.task_arns(cluster, serviceName=service["serviceName"]))
    tasks = ask("tasks", lambda: ecs.tasks(cluster, arns))
    definitions = {arn: definition_of(arn) for arn in sorted({each.task_definition for each in tasks})}
    found, added = dict[Subject, Platform](), set[str]()
    for task in tasks:
        definition = definitions[task.task_definition]
        ours = {each.get("name") for each in definition.get("containerDefinitions") or ()}
        added |= {each.name for each in task.containers} - ours
        found |= {
            each: platform_of(definition, task.cpu) for each in _running(task) if each.container in ours
        }
    if not found and service.get("taskDefinition"):
        return of_definition(definition_of(service["taskDefinition"]), "service")
    return Subjects(_settled(found), tuple(sorted(added)))


def _running(task: TaskSeen) -> Iterator[Subject]:
    """ECS puts the digest behind the tag in some tasks of a service, and not in others, of one image."""
    for each in task.containers:
        image, _, pinned = each.image.partition("@")
        yield Subject(each.name, image, "running", each.image_digest or pinned)


def _settled(found: Mapping[Subject, Platform]) -> dict[Subject, Platform]:
    """Without those that show no digest yet, where another task shows that of the same image."""
    told = {(each.container, each.image) for each in found if each.digest}
    kept = [each for each in found if each.digest or (each.container, each.image) not in told]
    return {
        each: found[each] for each in sorted(kept, key=lambda one: (one.container, one.image, one.digest))
    }
