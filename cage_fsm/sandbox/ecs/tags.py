"""Tags of task definitions, services and tasks."""

from collections.abc import Collection

from cage_fsm.sandbox.ecs import lookup
from cage_fsm.sandbox.errors import ApiError, invalid
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World

_MOST, _LONGEST_KEY, _LONGEST_VALUE = 50, 128, 256


def checked(tags: list[Json]) -> dict[str, str]:
    """Read a list of tags; InvalidParameterException when it breaks the limits of the API reference, Tag."""
    found = {tag.get("key", ""): tag.get("value", "") for tag in tags}
    check_number(tags)
    if len(found) < len(tags):
        raise invalid("Duplicate tag keys found. Please note that tag keys are case sensitive.")
    for key, value in found.items():
        if key.lower().startswith("aws:"):
            raise invalid("aws: prefixed tag key names are not allowed for external use.")
        if not 1 <= len(key) <= _LONGEST_KEY:
            raise invalid("Tag keys must be between 1 and 128 characters.")
        if len(value) > _LONGEST_VALUE:
            raise invalid("Tag values must be at most 256 characters.")
    return found


def check_number(tags: Collection[object]) -> None:
    """Refuse more tags than a resource may have, those that ECS itself gives not counted."""
    if len(tags) > _MOST:
        raise invalid("Tags can not have more than 50 elements.")


def listed(world: World, arn: str) -> list[Json]:
    """List the tags of a resource as AWS does."""
    return [{"key": key, "value": value} for key, value in world.tags.get(arn, {}).items()]


def tag_resource(world: World, params: Json) -> Json:
    arn = _existing(world, params["resourceArn"])
    world.tags[arn] = world.tags.get(arn, {}) | checked(params["tags"])
    return {}


def untag_resource(world: World, params: Json) -> Json:
    arn = _existing(world, params["resourceArn"])
    gone = set(params["tagKeys"])
    world.tags[arn] = {key: value for key, value in world.tags.get(arn, {}).items() if key not in gone}
    return {}


def list_tags_for_resource(world: World, params: Json) -> Json:
    return {"tags": listed(world, _existing(world, params["resourceArn"]))}


def _existing(world: World, arn: str) -> str:
    if lookup.last_part(arn) in world.clusters and ":cluster/" in arn:
        return arn
    if arn in world.definitions or arn in world.tasks:
        return arn
    if arn in world.services and world.services[arn].status == "ACTIVE":
        return arn
    if ":task-definition/" in arn or ":service/" in arn or ":task/" in arn:
        raise ApiError("ResourceNotFoundException", f"The specified resource {arn} was not found.")
    raise invalid(f"Invalid resource arn: {arn}")
