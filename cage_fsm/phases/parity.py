"""In which points the canary is not like a task of the service: pure, beside `launch_request`.

Of every canary it is true that no deployment counts it, that it has tags of its own, and that no availability
zone is rebalanced for it: these are no points.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cage_fsm.phases.expiry import MOST_TAGS
from cage_fsm.phases.kinds import primary_of
from cage_fsm.phases.launch_request import MOST_CONSTRAINTS, tags_of

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Point:
    """What is not the same, by its name in AWS's words, and what that means as a sentence."""

    name: str
    words: str


def points(service: Json, definition: Json, chosen_instance: str | None) -> list[Point]:
    """The points, as far as DescribeServices tells; `chosen_instance` is where the user sends the canary."""
    return [
        *_mesh(service),
        *_capacity(service, chosen_instance),
        *_constraints(service, definition, chosen_instance),
        *_tags(service),
        *_volumes(service),
    ]


def refusals(found: list[Point]) -> Iterator[str]:
    """What `--require-parity` says to these points: sentences."""
    for each in found:
        yield f"The canary would not be like a task of the service ({each.name}): {each.words}"


def _mesh(service: Json) -> Iterator[Point]:
    """What RunTask has no parameter for (API reference, RunTask)."""
    primary = primary_of(service)
    connect = primary.get("serviceConnectConfiguration") or {}
    if connect.get("enabled"):
        yield Point(
            "Service Connect",
            "it has no proxy: what it calls by a Service Connect name it does not reach, and nobody reaches "
            "it by one.",
        )
    if service.get("serviceRegistries"):
        yield Point(
            "Cloud Map", "it is not registered there, and gets no requests from those who look there."
        )
    if primary.get("vpcLatticeConfigurations"):
        yield Point(
            "VPC Lattice", "it is in no target group of VPC Lattice, and gets no requests from there."
        )


def _capacity(service: Json, chosen_instance: str | None) -> Iterator[Point]:
    strategy = service.get("capacityProviderStrategy") or []
    if len(strategy) > 1:
        providers = ", ".join(str(each.get("capacityProvider")) for each in strategy)
        yield Point(
            "capacityProviderStrategy",
            f"base and weight share the service's tasks out among {providers}; for a single task they choose "
            "one of them, and the others are not tried.",
        )
    if chosen_instance:
        yield Point("placement", f"it runs on {chosen_instance}, wherever the service's tasks are placed.")
    if service.get("desiredCount") == 0:
        yield Point("desiredCount", "it is 0: no task of the service runs that it could be like.")


def _constraints(service: Json, definition: Json, chosen_instance: str | None) -> Iterator[Point]:
    wanted = len(service.get("placementConstraints", [])) + bool(chosen_instance)
    over = wanted + len(definition.get("placementConstraints", [])) - MOST_CONSTRAINTS
    if over > 0:
        yield Point(
            "placementConstraints",
            f"a task may have {MOST_CONSTRAINTS}, those of its task definition included: the last {over} of "
            "the service it is launched without.",
        )


def _tags(service: Json) -> Iterator[Point]:
    if service.get("propagateTags") != "SERVICE":
        return
    over = len(tags_of(service)) - MOST_TAGS
    if over > 0:
        yield Point(
            "propagateTags",
            f"a task may have {MOST_TAGS} tags: the first {over} of the service it is launched without.",
        )


def _volumes(service: Json) -> Iterator[Point]:
    names = [
        str(each.get("name"))
        for each in primary_of(service).get("volumeConfigurations", [])
        if "managedEBSVolume" in each
    ]
    if names:
        yield Point(
            "volumeConfigurations",
            f"{', '.join(names)} is a managed EBS volume made for it, and is deleted with it: what it writes "
            "there no other task sees.",
        )
