"""Services and task definitions of the other kinds, made from the example's."""

from typing import Any

from .house import service_json, task_definition

Json = dict[str, Any]


def ec2_service(**changes: Any) -> Json:
    """For EC2, without an address of its own."""
    return service_json(
        **{"launchType": "EC2", "platformVersion": None, "networkConfiguration": None} | changes
    )


def ec2_definition(mode: str = "bridge", tag: str = "v2", *, port: int = 0, **changes: Any) -> Json:
    document = task_definition(tag, networkMode=mode, requiresCompatibilities=["EC2"], **changes)
    mapping = {"containerPort": 8080} | ({"hostPort": port} if mode == "bridge" else {})
    for container in document["containerDefinitions"]:
        container["portMappings"] = [mapping]
    return document


def awsvpc_service(**changes: Any) -> Json:
    """For EC2, with an address of its own."""
    return service_json(**{"launchType": "EC2", "platformVersion": None} | changes)


def strategy(*providers: str, **changes: Any) -> Json:
    """Of the weight 1 each."""
    items = [{"capacityProvider": name, "weight": 1} for name in providers]
    return {"launchType": None, "capacityProviderStrategy": items} | changes
