"""The kinds of services that take part, and what becomes of their images."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.stories.kinds import mode, on_hosts, two_groups, with_sidecars
from tests.stories.stage import Change, Json, plain, unchecked, without_breaker, write_example

GOOD = "good"
ENDS: Mapping[str, str] = {
    GOOD: "succeeded",
    "bad-in-service": "rolled_back",
    "crash": "aborted",
    "unhealthy-container": "aborted",
    "unhealthy-target": "aborted",
}
"""What a rollout comes to that nobody asks to end, by what its image does."""


def same(files: Json) -> Json:
    """As in the example."""
    return files


@dataclass(frozen=True)
class Kind:
    """A kind of service: what is changed of the example's files, and what its images may do."""

    name: str
    service: Change = same
    definition: Change = same
    images: tuple[str, ...] = (GOOD, GOOD, GOOD, "bad-in-service", "crash", "unhealthy-target")

    def write(self, place: Path, cluster: str) -> None:
        """Put its deploy files there."""
        place.mkdir(parents=True)
        write_example(place, lambda files: self.service(files) | {"cluster": cluster}, self.definition)


KINDS = (
    Kind("one target group", definition=unchecked),
    Kind(
        "checked, no breaker", without_breaker, images=(GOOD, GOOD, "bad-in-service", "unhealthy-container")
    ),
    Kind("two target groups", two_groups, with_sidecars),
    Kind("no load balancer", plain, unchecked, (GOOD, GOOD, "bad-in-service", "crash")),
    Kind("EC2, dynamic ports", on_hosts, lambda files: unchecked(mode("bridge")(files))),
)


def tag_of(number: int, image: str) -> str:
    """An image tag that the sandbox takes for this scenario."""
    return f"v{number}" if image == GOOD else f"v{number}-{image}"
