"""What a target answers to a health check, and what the load balancer makes of it."""

from cage_fsm.sandbox.elb.records import Target, TargetGroup
from cage_fsm.sandbox.life import network
from cage_fsm.sandbox.world import World

NOT_IN_USE = (
    "unused",
    "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
)
DISABLED = ("unavailable", "Target.HealthCheckDisabled", "Health checks are disabled for this target")
TERMINATED = ("unused", "Target.InvalidState", "Target is in the terminated state")
_ANSWERS = {"unhealthy-target": "503", "target-timeout": "timeout", "redirect": "301"}


def answer(world: World, target: Target) -> str:
    """Ask a target: an HTTP code, `timeout` or `refused`."""
    if target.forced:
        return "200" if target.forced == "ok" else target.forced
    task, container = network.behind(world, target.id, target.port)
    if task is None and not target.id.startswith("i-"):
        return "timeout"
    if container is None or container.last_status != "RUNNING" or world.now < container.passes_from:
        return "refused"
    if "port-not-listening" in container.faults:
        return "refused"
    return next((code for fault, code in _ANSWERS.items() if fault in container.faults), "200")


def passes(group: TargetGroup, said: str) -> bool:
    """Say whether an answer will do; a TCP check is content with any connection."""
    if not said.isdigit():
        return False
    return not group.by_http or any(_within(said, part) for part in group.matcher.split(","))


def failure(group: TargetGroup, said: str) -> tuple[str, str]:
    """Return reason and description of an unhealthy target; a TCP check tells no reasons apart."""
    if group.by_http and said.isdigit():
        return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{said}]"
    if group.by_http and said == "timeout":
        return "Target.Timeout", "Request timed out"
    return "Target.FailedHealthChecks", "Health checks failed"


def _within(code: str, part: str) -> bool:
    least, _, most = part.strip().partition("-")
    return int(least) <= int(code) <= int(most or least)
