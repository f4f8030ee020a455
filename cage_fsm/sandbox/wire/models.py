"""The services that exist here, by botocore's models, loaded once.

The models of those that few ask for are large, and loaded only when somebody does.
"""

from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

SERVICES = ("ecs", "elbv2", "sts", "ecr", "logs", "cloudwatch")
PREFIXES_AROUND = {"secretsmanager": "secretsmanager", "AmazonSSM": "ssm"}
VERSIONS_AROUND = {"2010-05-08": "iam", "2016-11-15": "ec2"}


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
    return {prefix: name for name, prefix in prefixes.items() if prefix} | PREFIXES_AROUND


@cache
def by_version() -> dict[str, str]:
    """Map the API versions of the query services to their names."""
    return {model(n).api_version: n for n in SERVICES if not is_json(n)} | VERSIONS_AROUND


def is_json(service: str) -> bool:
    """Say whether a service speaks JSON; the others speak query and XML."""
    metadata = model(service).metadata
    return "json" in metadata.get("protocols", [metadata["protocol"]])
