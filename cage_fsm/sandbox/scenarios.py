"""The closed list of faults, and how an image tag names one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    line: str
    befalls: Literal["tasks", "calls"]


SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("healthy", "everything works; on an image it spares that image from the others", "tasks"),
        Scenario("throttling", "30 % of calls answer ThrottlingException", "calls"),
        Scenario("server-errors", "10 % of calls answer with a 5xx", "calls"),
        Scenario("resets", "10 % of connections drop before anything happens", "calls"),
        Scenario("hangs", "no call gets an answer: its connection ends after 60 s", "calls"),
        Scenario("lost-answers", "the first answer to each change is lost after its effect", "calls"),
        Scenario("lag", "new tasks are MISSING for 30 s, updates of a service show after 10 s", "calls"),
        Scenario("denied-deployments", "List/DescribeServiceDeployments are not allowed", "calls"),
        Scenario("denied-cleanup", "StopTask and DeregisterTargets are not allowed", "calls"),
        Scenario("denied-logs", "GetLogEvents is not allowed", "calls"),
        Scenario("throttled-everything", "every call answers ThrottlingException", "calls"),
        Scenario("no-capacity", "there is no room: RunTask fails, services cannot place tasks", "tasks"),
        Scenario("quota", "the account may run no more Fargate tasks", "tasks"),
        Scenario("role-not-assumable", "ECS may not assume the task's role", "tasks"),
        Scenario("eni-shortage", "no network interface can be had for the task", "tasks"),
        Scenario("bad-image", "the image cannot be pulled: there is none with this tag", "tasks"),
        Scenario("no-manifest", "the image cannot be pulled: it is not for linux/amd64", "tasks"),
        Scenario("no-route", "the image cannot be pulled: the registry cannot be reached", "tasks"),
        Scenario("pull-denied", "the image cannot be pulled: 403 Forbidden", "tasks"),
        Scenario("secrets-unreadable", "the task may not read its secrets", "tasks"),
        Scenario("crash", "the container exits 1 soon after its start", "tasks"),
        Scenario("exit-137", "the container runs out of memory soon after its start", "tasks"),
        Scenario("wrong-architecture", "the program is for another processor: exec format error", "tasks"),
        Scenario("unhealthy-container", "the container never passes its health check", "tasks"),
        Scenario("unhealthy-target", "the application answers the load balancer with 503", "tasks"),
        Scenario("target-timeout", "the application does not answer the load balancer", "tasks"),
        Scenario("redirect", "the application answers the load balancer with 301", "tasks"),
        Scenario("port-not-listening", "the application does not listen on its port", "tasks"),
        Scenario("slow-start", "health checks pass only 45 s after the start", "tasks"),
        Scenario("dies-later", "healthy at first, the container exits 1 after running for 60 s", "tasks"),
        Scenario(
            "spot-interruption", "a task on FARGATE_SPOT is interrupted after running for 60 s", "tasks"
        ),
        Scenario("alarm", "every CloudWatch alarm fires 30 s after the container's start", "tasks"),
        Scenario("alarm-in-service", "the same, but only for a task of the service", "tasks"),
        Scenario("vulnerable", "the image works, and its scan has found something critical", "tasks"),
        Scenario("unscanned", "the image works, and was never scanned", "tasks"),
        Scenario("bad-in-service", "fine as a standalone task, crashes as a task of the service", "tasks"),
    )
}


def parse(names: str | Iterable[str]) -> frozenset[str]:
    """Read scenario names, comma separated or as a list; ValueError names an unknown one."""
    wanted = names.split(",") if isinstance(names, str) else list(names)
    chosen = frozenset(name.strip() for name in wanted if name.strip())
    for name in sorted(chosen - SCENARIOS.keys()):
        raise ValueError(f"no scenario is called {name!r}; there are {', '.join(SCENARIOS)}")
    return chosen


def tag_of(image: str) -> str:
    """Return the tag of an image reference; `latest` when it has none."""
    last = image.split("@", 1)[0].rsplit("/", 1)[-1]
    return last.partition(":")[2] or "latest"


def of_image(image: str) -> str | None:
    """Return the task scenario that an image's tag names: `crash` and `v2-crash` both mean crash.

    The longest name wins. Scenarios that befall calls cannot be chosen by an image.
    """
    tag = tag_of(image)
    named = [s.name for s in SCENARIOS.values() if s.befalls == "tasks"]
    found = [name for name in named if tag == name or tag.endswith(f"-{name}")]
    return max(found, key=len, default=None)
