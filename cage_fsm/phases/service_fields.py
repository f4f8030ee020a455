"""The fields of UpdateService: which come from service.json, where ECS shows them, what un-sets them.

From the ECS API reference: UpdateService, Service, Deployment, ServiceRevision, DeploymentConfiguration.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cage_fsm.phases.kinds import on_fargate, primary_of

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """A field that is forwarded.

    `unset` is what ECS takes for it from a service that did not have it, or needed none; None: nothing.
    `shown`: by the service, by its primary deployment, or by its service revision alone. One that is
    `guarded` may hold secrets, so that its old value is never kept. Only services that are `fit` have it, and
    ECS may drop it when `beside`, another field, changes.
    """

    unset: Any
    shown: Literal["service", "deployment", "revision"] = "service"
    guarded: bool = False
    fit: Callable[[Json], bool] = lambda _service: True
    beside: str = ""


def _is_balanced(service: Json) -> bool:
    return bool(service.get("loadBalancers"))


FORWARDED: Mapping[str, Field] = {
    "availabilityZoneRebalancing": Field("DISABLED"),
    "capacityProviderStrategy": Field([]),  # back to the launch type
    "deploymentConfiguration": Field({}),  # by its own fields, below
    "enableECSManagedTags": Field(unset=False),
    "enableExecuteCommand": Field(unset=False),
    "gatewayConnectors": Field([], "revision"),
    "healthCheckGracePeriodSeconds": Field(0, fit=_is_balanced, beside="loadBalancers"),
    "loadBalancers": Field([]),
    "monitoring": Field(
        {
            "metricConfigurations": [
                {"metricNames": ["CPUUtilization", "MemoryUtilization"], "resolutionSeconds": 60}
            ]
        },
        "revision",
    ),
    "networkConfiguration": Field(None),
    "placementConstraints": Field([]),
    "placementStrategy": Field([]),
    "platformVersion": Field("LATEST", fit=on_fargate, beside="capacityProviderStrategy"),
    "propagateTags": Field("NONE"),
    "serviceConnectConfiguration": Field({"enabled": False}, "deployment", guarded=True),
    "serviceRegistries": Field([]),
    "volumeConfigurations": Field([], "deployment", guarded=True),
    "vpcLatticeConfigurations": Field([], "deployment"),
}

LEFT_OUT: Mapping[str, str] = {
    "cluster": "names the service",
    "service": "names the service",
    "taskDefinition": "is the revision that is rolled out",
    "desiredCount": "only with --update-desired-count: autoscaling may own it",
    "forceNewDeployment": "is a flag",
    "deploymentController": "only services of ECS's own controller are rolled out",
}
"""What else UpdateService takes, and why it is not taken from service.json."""

CREATED_WITH: Mapping[str, str] = {
    "launchType": "Move the service with `capacityProviderStrategy`, or create another one.",
    "schedulingStrategy": "Create another service.",
    "role": "Create another service, or delete the field: ECS uses its service-linked role.",
    "deploymentController": "cage-fsm leaves it as it is.",
}
"""What a service is created with and keeps here, and what can be done about it."""

ONLY_NAMED = frozenset({"serviceName", "clientToken"})
"""What else CreateService takes: the name is no change, and a token is refused in files."""

CONFIGURATION: Mapping[str, Any] = {
    "alarms": {"alarmNames": [], "enable": False, "rollback": False},
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "earlySuccessCriteria": {"enable": False},
    "lifecycleHooks": [],
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "strategy": "ROLLING",
}
"""The fields of a deploymentConfiguration, and what un-sets each."""

OTHER_STRATEGIES: Mapping[str, Any] = {
    "bakeTimeInMinutes": 0,
    "canaryConfiguration": None,
    "linearConfiguration": None,
}
"""Those that mean nothing to a rolling service: they are sent back only where the file has them."""


def shown(service: Json, revision: Json, name: str) -> Any:
    """The value of a field of a service that runs; None where it has none."""
    by = {"service": service, "deployment": {**revision, **primary_of(service)}, "revision": revision}
    return by[FORWARDED[name].shown].get(name)


def undoing(name: str, old: Any, new: Any) -> Any:
    """What UpdateService takes to bring a field back from `new` to `old`; None where nothing does."""
    if name != "deploymentConfiguration":
        return FORWARDED[name].unset if old is None else old
    unset = {**CONFIGURATION, **OTHER_STRATEGIES}
    had = {each: value for each, value in (old or {}).items() if each in new or each not in OTHER_STRATEGIES}
    added = {each: unset.get(each) for each in new if each not in had}
    return {**had, **{each: value for each, value in added.items() if value is not None}}
