"""The services that exist here, by botocore's models, loaded once."""

from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

SERVICES = ("ecs", "elbv2", "sts", "ecr", "logs", "cloudwatch")


@cache
def model(service: str) -> Any:
    """Load a service's botocore model."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@cache
def operations(service: str) -> frozenset[str]:
    """List the operations of a service's model."""
    return frozenset(model(service).operation_names)


@cache
def by_target_prefix() -> dict[str, str]:
    """Map the X-Amz-Target prefixes of the JSON services to their names."""
    prefixes = {name: model(name).metadata.get("targetPrefix") for name in SERVICES}
    return {prefix: name for name, prefix in prefixes.items() if prefix}


@cache
def by_version() -> dict[str, str]:
    """Map the API versions of the query services to their names."""
    return {model(n).api_version: n for n in SERVICES if not is_json(n)}


def is_json(service: str) -> bool:
    """Say whether a service speaks JSON; the others speak query and XML."""
    metadata = model(service).metadata
    return "json" in metadata.get("protocols", [metadata["protocol"]])
