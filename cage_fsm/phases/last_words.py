"""What a container of a task wrote last: from awslogs, redacted, and only as much as fits a record."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import JsonValue

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.judge.seen import ContainerSeen, TaskSeen
from cage_fsm.known_secrets import known_secrets
from cage_fsm.redaction import redacted

MOST_LINES = 20
WIDEST = 300
_FETCHED = 50  # more than is kept: a secret over several lines must be seen from its beginning
_LONGEST = 4000  # characters of an event; CloudWatch Logs takes 256 KB

Json = Mapping[str, Any]


class Place(NamedTuple):
    """A log stream."""

    region: str
    group: str
    stream: str


def failed_container(task: TaskSeen, served: str, essential: frozenset[str]) -> ContainerSeen | None:
    """The container that a failure is most likely about; None when none of them ever ran.

    `served` is the one behind the load balancer, which need not end to fail.
    """
    ran = [each for each in task.containers if each.exit_code is not None or each.last_status == "RUNNING"]

    def suspicion(each: ContainerSeen) -> tuple[bool, ...]:
        ended_badly = bool(each.exit_code) and each.exit_code != 143  # noqa: PLR2004 - told to end (SIGTERM)
        needed = each.name in essential
        ended = each.exit_code is not None
        return (
            needed and ended_badly,
            ended_badly,
            each.health == "UNHEALTHY",
            needed and ended,
            (each.name == served),
            needed,
        )

    return max(ran, key=suspicion, default=None)


def last_words(aws: Aws, task_arn: str, container: ContainerSeen, definition: Json) -> dict[str, JsonValue]:
    """The last lines of a container, or why there are none. Raises Retryable or Suspend."""
    place = place_of(aws, task_arn, container, definition)
    if isinstance(place, str):
        return {"container": container.name, "not_read": place}
    where: dict[str, JsonValue] = {"container": container.name, "stream": f"{place.group} {place.stream}"}
    try:
        events = aws.logs.newest(*place, _FETCHED)
    except AwsSaidNo as no:
        return {**where, "not_read": f"{no.code}: {no.message}"[:WIDEST]}
    lines = _kept("\n".join(event[:_LONGEST] for event in events), definition)
    return {**where, "lines": [*lines]} if lines else {**where, "not_read": "the stream is empty"}


def place_of(aws: Aws, task_arn: str, container: ContainerSeen, definition: Json) -> Place | str:
    """Where a container of a task definition writes to, or why nobody can tell."""
    described: Json = next(
        (each for each in definition.get("containerDefinitions", []) if each.get("name") == container.name),
        {},
    )
    configured = described.get("logConfiguration") or {}
    driver, options = configured.get("logDriver"), configured.get("options") or {}
    if driver != "awslogs":
        return f"its log driver is {driver}, not awslogs" if driver else "it has no log driver"
    # Without a prefix a stream is named after the container (ECS developer guide, awslogs).
    prefix, task = options.get("awslogs-stream-prefix"), task_arn.rpartition("/")[2]
    stream = f"{prefix}/{container.name}/{task}" if prefix else container.runtime_id
    if not stream:
        return "without an awslogs-stream-prefix its stream has no name that could be known"
    return Place(options.get("awslogs-region") or aws.region, options.get("awslogs-group", ""), stream)


def _kept(text: str, definition: Json) -> list[str]:
    lines = [line.rstrip()[:WIDEST] for line in redacted(text, known_secrets(definition)).splitlines()]
    return [*filter(None, lines)][-MOST_LINES:]
