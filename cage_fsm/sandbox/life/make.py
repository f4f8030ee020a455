"""Making a task out of a task definition."""

from cage_fsm.sandbox import images
from cage_fsm.sandbox.life import faults, network
from cage_fsm.sandbox.records import Container, HealthCheck, Json, Task, TaskDefinition
from cage_fsm.sandbox.world import World


def task(
    world: World,
    cluster: str,
    definition: TaskDefinition,
    request: Json,
    *,
    group: str,
    started_by: str | None = None,
) -> Task:
    """Make a task that does not live yet; `request` holds RunTask's or the service's settings."""
    arn = world.arn("ecs", f"task/{cluster}/{world.hex(32)}")
    document = definition.document
    main = next((c for c in document["containerDefinitions"] if c["essential"]), None)
    containers = [
        _container(world, arn, definition, each, main=each is main)
        for each in document["containerDefinitions"]
    ]
    overrides = request.get("overrides", {})
    return Task(
        arn=arn,
        cluster=cluster,
        definition=definition.arn,
        group=group,
        created_at=world.now,
        containers=containers,
        interface=network.interface(world, request["networkConfiguration"]["awsvpcConfiguration"]["subnets"]),
        request=request,
        cpu=overrides.get("cpu", document["cpu"]),
        memory=overrides.get("memory", document["memory"]),
        faults=frozenset().union(*(c.faults for c in containers)),
        described_at=world.now + world.timings.describe_lag,
        listed_at=world.now + world.timings.list_lag,
        started_by=started_by,
    )


def _container(world: World, arn: str, definition: TaskDefinition, source: Json, *, main: bool) -> Container:
    return Container(
        name=source["name"],
        arn=arn.replace(":task/", ":container/") + f"/{world.uuid()}",
        image=source["image"],
        digest=images.digest(world, source["image"]),
        essential=source["essential"],
        ports=tuple(mapping["containerPort"] for mapping in source["portMappings"]),
        health_check=_health_check(source),
        cpu=str(source["cpu"]),
        memory=str(source["memory"]) if "memory" in source else None,
        runtime_id=f"{arn.rsplit('/', 1)[-1]}-{world.digits(10)}",
        faults=faults.befalling(world, definition, source["image"], main=main),
    )


def _health_check(source: Json) -> HealthCheck | None:
    """Read a health check; the defaults are those of the API reference, HealthCheck."""
    found = source.get("healthCheck")
    if found is None:
        return None
    return HealthCheck(found.get("interval", 30), found.get("retries", 3), found.get("startPeriod", 0))
