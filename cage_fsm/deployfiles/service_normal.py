"""The normal form of a service: what service.json says, and what DescribeServices shows, become comparable.

The rest is as in `form`. Defaults are those of the API reference, UpdateService and the shapes in it.
"""

from collections.abc import Mapping
from typing import Any

from cage_fsm.deployfiles.form import Form

Json = Mapping[str, Any]

LATEST = frozenset({"LATEST", "1.4.0", "1.0.0"})
"""What the latest platform version is shown as, on Linux and on Windows (developer guide, "Fargate platform
versions"); 1.0.0 is no platform version of Linux any more."""

OF_DEPLOYMENT = frozenset({"serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"})
"""DescribeServices shows these with the deployments only,"""
OF_REVISION = frozenset({"gatewayConnectors", "monitoring"})
"""and these not at all: DescribeServiceRevisions does."""

_NAMED_BY: Mapping[str, tuple[str, str | None]] = {
    "capacityProviderStrategy": ("capacityProvider", None),
    "clientAliases": ("port", None),
    "gatewayConnectors": ("portName", None),
    "loadBalancers": ("targetGroupArn", None),
    "secretOptions": ("name", "valueFrom"),
    "serviceRegistries": ("registryArn", None),
    "services": ("portName", None),
    "tagSpecifications": ("resourceType", None),
    "tags": ("key", "value"),
    "volumeConfigurations": ("name", None),
    "vpcLatticeConfigurations": ("targetGroupArn", None),
}

_UNORDERED = frozenset(
    {"alarmNames", "lifecycleStages", "loadBalancers", "placementConstraints", "securityGroups", "subnets"}
)

_DEFAULTS: Mapping[str, Json] = {
    "": {
        "availabilityZoneRebalancing": "DISABLED",
        "deploymentController": {"type": "ECS"},
        "enableECSManagedTags": False,
        "enableExecuteCommand": False,
        "healthCheckGracePeriodSeconds": 0,
        "platformVersion": "LATEST",
        "propagateTags": "NONE",
        "schedulingStrategy": "REPLICA",
    },
    "accessLogConfiguration": {"includeQueryParameters": "DISABLED"},
    "alarms": {"enable": False, "rollback": False},
    "awsvpcConfiguration": {"assignPublicIp": "DISABLED"},
    "capacityProviderStrategy": {"base": 0, "weight": 0},
    "containerConfigurations": {"logLevel": "info"},
    "deploymentCircuitBreaker": {"enable": False, "resetOnHealthyTask": True, "rollback": False},
    "deploymentConfiguration": {
        "bakeTimeInMinutes": 0,
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
    },
    "deregistrationDelay": {"timeoutSeconds": 300},
    "earlySuccessCriteria": {"enable": False},
    "lifecycleHooks": {"targetType": "AWS_LAMBDA"},
    "managedEBSVolume": {"filesystemType": "xfs"},
    "serviceConnectConfiguration": {"enabled": False},
    "tagSpecifications": {"propagateTags": "NONE"},
    "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
    "timeoutConfiguration": {"action": "ROLLBACK", "timeoutInMinutes": 1440},
}


def service_normal(service: Json) -> dict[str, Any]:
    """Return the normal form of what CreateService or UpdateService takes, or of what is `described`."""
    return Form(_NAMED_BY, _UNORDERED, _defaults).object("", {**service, **_as_shown(service)})


def described(service: Json, revision: Json | None = None) -> dict[str, Any]:
    """What DescribeServices shows, under the names that UpdateService has for it.

    `revision` is what DescribeServiceRevisions shows of the service as it is, where that may be read.
    """
    deployments = service.get("deployments", [])
    primary: Json = next((each for each in deployments if each.get("status") == "PRIMARY"), {})
    shown = {key: value for key, value in (revision or {}).items() if key in OF_REVISION}
    shown |= {key: value for key, value in primary.items() if key in OF_DEPLOYMENT}
    tags = [each for each in service.get("tags", []) if not each.get("key", "").startswith("aws:")]
    return {**shown, **service, "tags": tags, "role": service.get("roleArn")}


def _defaults(field: str, value: Json) -> Json:
    if field == "services":
        return {"discoveryName": value.get("portName")}
    of_kind = {"iops": 3000, "throughput": 125} if value.get("volumeType") == "gp3" else {}
    return {**_DEFAULTS.get(field, {}), **of_kind}


def _as_shown(service: Json) -> Json:
    """The fields for which AWS has more than one word."""
    shown: dict[str, Any] = {}
    if service.get("platformVersion") in LATEST:
        shown["platformVersion"] = "LATEST"
    if service.get("role"):  # a name, or an ARN
        shown["role"] = str(service["role"]).rpartition("/")[2]
    if strategy := service.get("placementStrategy"):
        shown["placementStrategy"] = [_placed(each) for each in strategy]
    if connect := service.get("serviceConnectConfiguration"):
        shown["serviceConnectConfiguration"] = _connected(connect)
    return shown


def _connected(connect: Json) -> Json:
    """Every alias with the name that it has unless it is given one: `discoveryName.namespace`."""
    if not connect.get("services") or not connect.get("namespace"):
        return connect

    def named(service: Json, alias: Json) -> Json:
        name = service.get("discoveryName") or service.get("portName")
        return {"dnsName": f"{name}.{connect['namespace']}", **alias}

    services = [
        {**each, "clientAliases": [named(each, alias) for alias in each.get("clientAliases") or []]}
        for each in connect["services"]
    ]
    return {**connect, "services": services}


def _placed(strategy: Json) -> Json:
    """`host` has the same effect as `instanceId` (API reference, PlacementStrategy)."""
    field = strategy.get("field", "")
    same = {"host": "instanceId", "cpu": "CPU", "memory": "MEMORY"}
    return {**strategy, **({"field": same.get(field.lower(), field)} if field else {})}
