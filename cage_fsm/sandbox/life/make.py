"""Making a task out of a task definition."""

from cage_fsm.sandbox import images
from cage_fsm.sandbox.instance_records import Instance
from cage_fsm.sandbox.life import faults, network, ports, scripts
from cage_fsm.sandbox.records import (
    Container,
    HealthCheck,
    Interface,
    Json,
    RestartPolicy,
    Task,
    TaskDefinition,
    Volume,
)
from cage_fsm.sandbox.world import World


def task(
    world: World,
    cluster: str,
    definition: TaskDefinition,
    request: Json,
    *,
    group: str,
    started_by: str | None = None,
    instance: Instance | None = None,
) -> Task:
    """Make a task that does not live yet; `request` holds RunTask's or the service's settings."""
    arn = world.arn("ecs", f"task/{cluster}/{world.hex(32)}")
    cpu, memory = needs(definition.document, request)
    made = Task(
        arn=arn,
        cluster=cluster,
        definition=definition.arn,
        group=group,
        created_at=world.now,
        containers=_containers(world, arn, definition, request),
        interface=_interface(world, request, instance),
        request=request,
        cpu=str(cpu),
        memory=str(memory),
        faults=faults.of_definition(world, definition),
        described_at=world.now + world.timings.describe_lag,
        listed_at=world.now + world.timings.list_lag,
        volume=_volume(world, request),
        started_by=started_by,
    )
    if not made.interface and made.volume is None:
        made.last_status = "PENDING"
    if instance is not None:
        _house(world, made, definition, instance)
    return made


def needs(document: Json, request: Json) -> tuple[int, int]:
    """Return CPU units and MiB of a task: its own, else the sums of its containers'."""
    given = {key: document[key] for key in ("cpu", "memory") if key in document} | {
        key: value for key, value in request.get("overrides", {}).items() if key in {"cpu", "memory"}
    }
    containers = document["containerDefinitions"]
    cpu = given.get("cpu") or sum(c["cpu"] for c in containers)
    memory = given.get("memory") or sum(c.get("memoryReservation", c.get("memory", 0)) for c in containers)
    return int(cpu), int(memory)


def _interface(world: World, request: Json, instance: Instance | None) -> Interface:
    found = request.get("networkConfiguration", {}).get("awsvpcConfiguration")
    return network.interface(world, found["subnets"], instance) if found else Interface()


def _house(world: World, made: Task, definition: TaskDefinition, instance: Instance) -> None:
    """Give a task its host, and its containers their ports there."""
    made.instance, made.host = instance.arn, instance.ec2_id
    bindings = ports.bind(world, instance, definition.document)
    for container in made.containers:
        container.bindings = bindings.get(container.name, [])


def _containers(world: World, arn: str, definition: TaskDefinition, request: Json) -> list[Container]:
    everything = definition.document["containerDefinitions"]
    main = faults.main(definition)
    made = [_container(world, arn, definition, each, main=each is main) for each in everything]
    for each in made:
        each.script = scripts.of(request, each.name)
    return made


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
        secrets=tuple(secret["valueFrom"] for secret in source.get("secrets", [])),
        depends=tuple((each["containerName"], each["condition"]) for each in source.get("dependsOn", [])),
        completes=source["name"] in _completing(definition),
        restart=_restart(source.get("restartPolicy", {})),
        log=_log(source.get("logConfiguration", {})),
    )


def _completing(definition: TaskDefinition) -> set[str]:
    """Name the containers that others want to have run to completion."""
    found = (d for c in definition.document["containerDefinitions"] for d in c.get("dependsOn", []))
    return {each["containerName"] for each in found if each["condition"] in {"COMPLETE", "SUCCESS"}}


def _restart(policy: Json) -> RestartPolicy | None:
    if not policy.get("enabled", False):
        return None
    ignored = frozenset(policy.get("ignoredExitCodes", []))
    return RestartPolicy(policy.get("restartAttemptPeriod", 300), ignored)


def _log(configuration: Json) -> tuple[str, str] | None:
    """Read where awslogs writes; other drivers write where nobody here reads."""
    options = configuration.get("options", {})
    if configuration.get("logDriver") != "awslogs" or "awslogs-group" not in options:
        return None
    return options["awslogs-group"], options.get("awslogs-stream-prefix", "")


def _volume(world: World, request: Json) -> Volume | None:
    for each in request.get("volumeConfigurations", []):
        role = each["managedEBSVolume"]["roleArn"]
        return Volume(world.uuid(), f"vol-{world.hex(17)}", each["name"], role)
    return None


def _health_check(source: Json) -> HealthCheck | None:
    """Read a health check; the defaults are those of the API reference, HealthCheck."""
    found = source.get("healthCheck")
    if found is None:
        return None
    return HealthCheck(found.get("interval", 30), found.get("retries", 3), found.get("startPeriod", 0))
