"""Task definitions."""

from copy import deepcopy

from cage_fsm.sandbox.ecs import definition_rules, lookup, placement_rules, tags
from cage_fsm.sandbox.ecs.paging import page
from cage_fsm.sandbox.errors import client_error, invalid
from cage_fsm.sandbox.records import Json, TaskDefinition
from cage_fsm.sandbox.world import World


def register_task_definition(world: World, params: Json) -> Json:
    """Register the next revision of a family, even of one that was deregistered."""
    definition_rules.check(params)
    placement_rules.check_constraints(params)
    tagged = tags.checked(params.get("tags", []))
    family = params["family"]
    revision = world.revisions[family] = world.revisions.get(family, 0) + 1
    arn = world.arn("ecs", f"task-definition/{family}:{revision}")
    document = _complete(params)
    definition = TaskDefinition(arn, family, revision, document, world.now, world.caller)
    world.definitions[arn] = definition
    world.tags[arn] = tagged
    return {"taskDefinition": _shown(definition), "tags": tags.listed(world, arn)}


def describe_task_definition(world: World, params: Json) -> Json:
    definition = lookup.definition(world, params["taskDefinition"])
    if definition is None:
        raise client_error("Unable to describe task definition.")
    answer: Json = {"taskDefinition": _shown(definition)}
    if "TAGS" in params.get("include", []):
        answer["tags"] = tags.listed(world, definition.arn)
    return answer


def deregister_task_definition(world: World, params: Json) -> Json:
    if ":" not in params["taskDefinition"]:
        raise client_error("Task Definition can not be blank. Specify the family and revision.")
    definition = lookup.definition(world, params["taskDefinition"])
    if definition is None:
        raise client_error("The specified task definition does not exist.")
    if definition.status == "ACTIVE":
        definition.status, definition.deregistered_at = "INACTIVE", world.now
    return {"taskDefinition": _shown(definition)}


def list_task_definitions(world: World, params: Json) -> Json:
    """List revisions by family name and revision number; `familyPrefix` is the whole family name."""
    status, family = params.get("status", "ACTIVE"), params.get("familyPrefix")
    shown = world.now - world.timings.definition_lag
    found = [
        d
        for d in world.definitions.values()
        if d.status == status and (family is None or d.family == family) and d.registered_at <= shown
    ]
    found.sort(key=lambda d: (d.family, d.revision), reverse=params.get("sort") == "DESC")
    return page(params, [definition.arn for definition in found], "taskDefinitionArns")


def list_task_definition_families(world: World, params: Json) -> Json:
    status = params.get("status", "ACTIVE")
    if status not in {"ACTIVE", "INACTIVE", "ALL"}:
        raise invalid("Invalid status.")
    active = {d.family for d in world.definitions.values() if d.status == "ACTIVE"}
    chosen = {"ACTIVE": active, "INACTIVE": world.revisions.keys() - active, "ALL": world.revisions.keys()}
    prefix = params.get("familyPrefix", "")
    return page(params, sorted(f for f in chosen[status] if f.startswith(prefix)), "families")


def _complete(params: Json) -> Json:
    """Fill in what AWS fills in when it registers."""
    document = deepcopy({k: v for k, v in params.items() if k not in {"tags", "family"}})
    cpu, memory = definition_rules.size(params)
    document |= {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}
    for key in ("volumes", "placementConstraints"):
        document.setdefault(key, [])
    for container in document["containerDefinitions"]:
        for key in ("portMappings", "environment", "mountPoints", "volumesFrom", "systemControls"):
            container.setdefault(key, [])
        container.setdefault("essential", True)
        container.setdefault("cpu", 0)
        for mapping in container["portMappings"]:
            mapping.setdefault("protocol", "tcp")
            if document.get("networkMode") == "awsvpc":
                mapping.setdefault("hostPort", mapping.get("containerPort"))
        if "healthCheck" in container:
            container["healthCheck"] = {
                "interval": 30,
                "timeout": 5,
                "retries": 3,
                **container["healthCheck"],
            }
    return document


def _shown(definition: TaskDefinition) -> Json:
    fargate = definition.document.get("networkMode") == "awsvpc"
    return {
        "taskDefinitionArn": definition.arn,
        "family": definition.family,
        "revision": definition.revision,
        "status": definition.status,
        "requiresAttributes": [],
        "compatibilities": ["EC2", "FARGATE"] if fargate else ["EC2"],
        "registeredAt": definition.registered_at,
        "registeredBy": definition.registered_by,
        "deregisteredAt": definition.deregistered_at,
        **definition.document,
    }
