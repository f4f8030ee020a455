"""A task as DescribeTasks shows it."""

from cage_fsm.sandbox.ecs import tags
from cage_fsm.sandbox.life import health, platform
from cage_fsm.sandbox.records import Container, Interface, Json, Task
from cage_fsm.sandbox.world import World

_PLATFORM = {"LATEST": "1.4.0"}


def shown(world: World, task: Task, *, with_tags: bool = False, brief: bool = False) -> Json:
    """Describe a task; a `brief` one that has stopped is its ARN and its two statuses only."""
    if brief and task.last_status == "STOPPED":
        return {"taskArn": task.arn, "lastStatus": task.last_status, "desiredStatus": task.desired_status}
    request = task.request
    overrides = request.get("overrides", {})
    answer: Json = {
        "taskArn": task.arn,
        "clusterArn": world.clusters[task.cluster].arn,
        "taskDefinitionArn": task.definition,
        "group": task.group,
        "startedBy": task.started_by,
        "launchType": request["launchType"],
        "capacityProviderName": request.get("provider"),
        "containerInstanceArn": task.instance,
        **_platform(request),
        "cpu": task.cpu,
        "memory": task.memory,
        "enableExecuteCommand": request.get("enableExecuteCommand", False),
        "overrides": {
            "inferenceAcceleratorOverrides": [],
            "containerOverrides": _overrides(task),
            **overrides,
        },
        "availabilityZone": _zone(world, task),
        "attachments": _attachments(task),
        "attributes": [{"name": "ecs.cpu-architecture", "value": _architecture(world, task)}],
        "containers": [_container(world, task, container) for container in task.containers],
        "healthStatus": health.of_task(task),
        "tags": tags.listed(world, task.arn) if with_tags else [],
    }
    return answer | _status(task)


def _status(task: Task) -> Json:
    return {
        "lastStatus": task.last_status,
        "desiredStatus": task.desired_status,
        "version": task.version,
        "createdAt": task.created_at,
        "connectivity": "CONNECTED" if task.connected_at else None,
        "connectivityAt": task.connected_at,
        "pullStartedAt": task.pull_started_at,
        "pullStoppedAt": task.pull_stopped_at,
        "startedAt": task.started_at,
        "stoppingAt": task.stopping_at,
        "executionStoppedAt": task.execution_stopped_at,
        "stoppedAt": task.stopped_at,
        "stopCode": task.stop_code,
        "stoppedReason": task.stopped_reason,
    }


def _overrides(task: Task) -> list[Json]:
    return [{"name": container.name} for container in task.containers]


def _architecture(world: World, task: Task) -> str:
    return platform.architecture(world.definitions[task.definition].document)


def _platform(request: Json) -> Json:
    """What only Fargate has."""
    version = request.get("platformVersion")
    if version is None:
        return {}
    return {
        "platformVersion": _PLATFORM.get(version, version),
        "platformFamily": "Linux",
        "ephemeralStorage": {"sizeInGiB": 20},
    }


def _zone(world: World, task: Task) -> str | None:
    if task.instance in world.instances:
        return world.instances[task.instance].zone
    return task.interface.zone or None


def _attachments(task: Task) -> list[Json]:
    found = [_attachment(task.interface)] if task.interface else []
    if task.volume is None:
        return found
    status = "PRECREATED" if task.connected_at is None else "ATTACHED"
    details = {
        "roleArn": task.volume.role,
        "volumeName": task.volume.name,
        "deleteOnTermination": "true",
    } | ({"volumeId": task.volume.id} if task.connected_at else {})
    shown: Json = {
        "id": task.volume.attachment,
        "type": "AmazonElasticBlockStorage",
        "status": status if task.there else "DELETED",
        "details": [{"name": name, "value": value} for name, value in details.items()],
    }
    return [*found, shown]


def _attachment(interface: Interface) -> Json:
    details = {"subnetId": interface.subnet}
    if interface.status != "PRECREATED":
        details |= {
            "networkInterfaceId": interface.eni,
            "macAddress": interface.mac,
            "privateDnsName": f"ip-{interface.address.replace('.', '-')}.ec2.internal",
            "privateIPv4Address": interface.address,
        }
    return {
        "id": interface.attachment,
        "type": "ElasticNetworkInterface",
        "status": interface.status,
        "details": [{"name": name, "value": value} for name, value in details.items()],
    }


def _container(world: World, task: Task, container: Container) -> Json:
    pulled = task.pull_stopped_at is not None
    # In host mode the agent reports no bindings (amazon-ecs-agent#3479).
    on_host = platform.mode(world.definitions[task.definition].document) == "host"
    shows_ports = container.last_status == "RUNNING" and not on_host
    return {
        "containerArn": container.arn,
        "taskArn": task.arn,
        "name": container.name,
        "image": container.image,
        "imageDigest": container.digest if pulled else None,
        "runtimeId": container.runtime_id if pulled else None,
        "lastStatus": container.last_status,
        "exitCode": container.exit_code,
        "reason": container.reason,
        "networkBindings": container.bindings if shows_ports else [],
        "networkInterfaces": _faces(task.interface),
        "managedAgents": _agents(task, container),
        "healthStatus": container.health,
        "cpu": container.cpu,
        "memory": container.memory,
    }


def _agents(task: Task, container: Container) -> list[Json] | None:
    """Show the agent of ECS Exec."""
    if not task.request.get("enableExecuteCommand", False):
        return None
    agent = {"name": "ExecuteCommandAgent", "lastStatus": container.last_status}
    return [agent | ({"lastStartedAt": container.started_at} if container.started_at else {})]


def _faces(interface: Interface) -> list[Json]:
    if not interface or interface.status == "PRECREATED":
        return []
    return [{"attachmentId": interface.attachment, "privateIpv4Address": interface.address}]
