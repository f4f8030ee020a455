"""Makes the canary resemble a task of the service: from DescribeServices to a RunTask request."""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]


def launch_request(service: Json) -> dict[str, Any]:
    """What RunTask takes over from the service, without the revision and what names the run.

    RunTask knows neither Service Connect, nor service registries, nor PropagateTags SERVICE (API
    reference): the service's tags are given as the task's own instead.
    """
    request: dict[str, Any] = {}
    if service.get("capacityProviderStrategy"):
        request["capacityProviderStrategy"] = service["capacityProviderStrategy"]
    elif service.get("launchType"):
        request["launchType"] = service["launchType"]
    for name in ("networkConfiguration", "platformVersion"):
        if service.get(name):
            request[name] = service[name]
    for name in ("enableECSManagedTags", "enableExecuteCommand"):
        request[name] = bool(service.get(name))
    if service.get("propagateTags") == "TASK_DEFINITION":
        request["propagateTags"] = "TASK_DEFINITION"
    if service.get("propagateTags") == "SERVICE" and service.get("tags"):
        request["tags"] = [each for each in service["tags"] if not each["key"].startswith("aws:")]
    if volumes := _volumes(service):
        request["volumeConfigurations"] = volumes
    return request


def _volumes(service: Json) -> list[Any]:
    primary: Json = next((each for each in service.get("deployments", []) if each["status"] == "PRIMARY"), {})
    return list(primary.get("volumeConfigurations", []))
