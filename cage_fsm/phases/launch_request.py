"""Makes the canary resemble a task of the service: from DescribeServices to a RunTask request."""

from collections.abc import Mapping
from typing import Any

from cage_fsm.phases.expiry import MOST_TAGS
from cage_fsm.phases.kinds import primary_of

Json = Mapping[str, Any]

LAUNCH = frozenset(
    {
        "capacityProviderStrategy",
        "launchType",
        "networkConfiguration",
        "placementConstraints",
        "placementStrategy",
        "platformVersion",
    }
)
"""The fields of a service that say where its tasks run."""

MOST_CONSTRAINTS = 10
"""Of a task, those of its task definition included (API reference, RunTask)."""


def launch_request(service: Json, definition: Json, there: Json | None = None) -> dict[str, Any]:
    """What RunTask takes over from the service, without the revision and what names the run.

    RunTask knows neither Service Connect, nor service registries, nor PropagateTags SERVICE (API
    reference): the service's tags are given as the task's own instead, by `tagged`. A service without
    launch type and strategy runs by its cluster's default strategy, and so does a task. `there` is the
    placement constraint that leads to a chosen instance.
    """
    request: dict[str, Any] = {}
    if service.get("capacityProviderStrategy"):
        request["capacityProviderStrategy"] = service["capacityProviderStrategy"]
    elif service.get("launchType"):
        request["launchType"] = service["launchType"]
    for name in ("networkConfiguration", "platformVersion", "placementStrategy"):
        if service.get(name):
            request[name] = service[name]
    for name in ("enableECSManagedTags", "enableExecuteCommand"):
        request[name] = bool(service.get(name))
    if service.get("propagateTags") == "TASK_DEFINITION":
        request["propagateTags"] = "TASK_DEFINITION"
    if constraints := _constraints(service, definition, there):
        request["placementConstraints"] = constraints
    return request


def says_how_to_launch(service: Json) -> bool:
    """Whether a service.json has a field of its own about that."""
    return not LAUNCH.isdisjoint(service)


def anywhere(launch: Json) -> Json:
    """The request without the placement constraint that leads the canary to a chosen instance."""
    return {**launch, "placementConstraints": launch["placementConstraints"][1:]}


def as_described(service: Json) -> Json:
    """What CreateService takes as DescribeServices would show it, as far as it matters here."""
    volumes = service.get("volumeConfigurations", [])
    return {**service, "deployments": [{"status": "PRIMARY", "volumeConfigurations": volumes}]}


def tagged(service: Json) -> dict[str, Any]:
    """The rest of the request: what has tags. It is read for each launch, because tags may hold secrets."""
    request: dict[str, Any] = {}
    if service.get("propagateTags") == "SERVICE" and (tags := tags_of(service)):
        request["tags"] = tags
    if volumes := _volumes(service):
        request["volumeConfigurations"] = volumes
    return request


def whole(launch: Json, more: Json) -> dict[str, Any]:
    """A request of both parts. A tag of `launch` beats one of the service, and goes if there are too many."""
    own = [*launch.get("tags", [])]
    keys = {each["key"] for each in own}
    tags = [*own, *(each for each in more.get("tags", []) if each["key"] not in keys)][-MOST_TAGS:]
    return {**launch, **more, **({"tags": tags} if tags else {})}


def tags_of(service: Json) -> list[Json]:
    """The tags of a service that its tasks can get from anybody but AWS."""
    return [each for each in service.get("tags", []) if not each.get("key", "aws:").startswith("aws:")]


def _constraints(service: Json, definition: Json, there: Json | None) -> list[Json]:
    room = MOST_CONSTRAINTS - len(definition.get("placementConstraints", []))
    return [*([there] if there else []), *service.get("placementConstraints", [])][:room]


def _volumes(service: Json) -> list[Json]:
    """The service's volumes as a task takes them (API reference, TaskManagedEBSVolumeConfiguration)."""
    return [
        each | {"managedEBSVolume": _ebs(each["managedEBSVolume"], service)}
        if "managedEBSVolume" in each
        else each
        for each in primary_of(service).get("volumeConfigurations", [])
    ]


def _ebs(volume: Json, service: Json) -> Json:
    """Deleted with the canary; a task has no service whose tags could be propagated."""
    owned: dict[str, Any] = {**volume, "terminationPolicy": {"deleteOnTermination": True}}
    if "tagSpecifications" in volume:
        owned["tagSpecifications"] = [_without_service(each, service) for each in volume["tagSpecifications"]]
    return owned


def _without_service(specification: Json, service: Json) -> Json:
    if specification.get("propagateTags") != "SERVICE":
        return specification
    kept = {name: value for name, value in specification.items() if name != "propagateTags"}
    own = {each.get("key") for each in specification.get("tags", [])}
    inherited = [each for each in tags_of(service) if each["key"] not in own]
    return kept | {"tags": [*specification.get("tags", []), *inherited]}
