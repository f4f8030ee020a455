"""What service.json says otherwise than the service is, without showing what may be secret."""

from collections.abc import Mapping
from typing import Any

from cage_fsm.deployfiles.differences import Difference, compared
from cage_fsm.deployfiles.service_normal import described, service_normal

Json = Mapping[str, Any]

NOT_COMPARED = frozenset({"cluster", "service", "serviceName", "taskDefinition", "forceNewDeployment"})
"""They say what is updated, and to what."""


def service_differences(now: Json, wanted: Json, revision: Json | None = None) -> list[Difference]:
    """Return the fields of service.json that the service has otherwise, by path.

    `now` is the service as DescribeServices gives it, `revision` what DescribeServiceRevisions shows of it. A
    field that service.json does not have is left as it is; so is one inside of deploymentConfiguration.
    """
    asked = {key: value for key, value in wanted.items() if key not in NOT_COMPARED}
    shown = {key: value for key, value in described(now, revision).items() if key in asked}
    inner = "deploymentConfiguration"
    if inner in shown and inner in asked:
        shown[inner] = _only(shown[inner], asked[inner])
    return compared(service_normal(shown), service_normal(asked))


def field_of(difference: Difference) -> str:
    """The field of service.json that a difference is in."""
    return difference.path.partition(".")[0].partition("[")[0]


def _only(shown: Json, asked: Json) -> dict[str, Any]:
    """What is shown of those fields that are asked for."""
    return {
        key: _only(value, asked[key]) if isinstance(value, dict) and isinstance(asked[key], dict) else value
        for key, value in shown.items()
        if key in asked
    }
