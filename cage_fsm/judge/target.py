"""Judges whether the load balancer finds the canary healthy."""

from collections.abc import Mapping

from cage_fsm.judge.seen import TargetSeen
from cage_fsm.judge.verdict import Seen, Verdict

JUST_REGISTERED_SECONDS = 10.0
"""How long a target may look unregistered after RegisterTargets has answered."""

# Elastic Load Balancing API reference, TargetHealth.Reason.
_REASONS: Mapping[str, str] = {
    "Elb.RegistrationInProgress": "it is being registered",
    "Elb.InitialHealthChecking": "the first health checks are under way",
    "Target.ResponseCodeMismatch": "it answered the health check with another code than expected",
    "Target.Timeout": "it did not answer the health check in time",
    "Target.FailedHealthChecks": "it refused the connection or answered the health check wrongly",
    "Target.NotRegistered": "it is not registered any more",
    "Target.NotInUse": "no listener uses the target group, or its Availability Zone is not enabled",
    "Target.InvalidState": "it is stopped or terminated",
    "Target.IpUnusable": "its address cannot be used as a target",
    "Target.DeregistrationInProgress": "it is being deregistered",
    "Target.HealthCheckDisabled": "health checks are disabled for the target group",
    "Elb.InternalError": "the load balancer had an internal error",
}


def healthy(target: TargetSeen, *, registered_seconds: float, grace_seconds: float) -> Verdict:
    """The target group says healthy. `registered_seconds` ago it was registered.

    `unhealthy` counts only once `grace_seconds` have passed since then.
    """
    where = f"Target {target.id}:{target.port}"
    match target.state:
        case "healthy":
            return _says("pass", "target_healthy", f"{where} is healthy.", target)
        case "unhealthy" if registered_seconds >= grace_seconds:
            return _says("fail", "target_unhealthy", f"{where} is unhealthy: {why(target)}.", target)
        case "unused" if not target.registered and registered_seconds < JUST_REGISTERED_SECONDS:
            return _says("wait", "target_healthy", f"{where} does not show yet.", target)
        case "initial" | "unhealthy" | "unavailable":
            return _says("wait", "target_healthy", f"{where} is {target.state}: {why(target)}.", target)
        case "gone":
            return _says("fail", "target_group_gone", f"{where}: its target group was deleted.", target)
    return _says("fail", "target_lost", f"{where} is {target.state}: {why(target)}.", target)


def why(target: TargetSeen) -> str:
    """The reason code in words, with what AWS adds to it."""
    words = _REASONS.get(target.reason, target.reason or "no reason given")
    return f"{words} ({target.description})" if target.description else words


def _says(says: str, rule: str, reason: str, target: TargetSeen) -> Verdict:
    seen: Seen = {
        "target": f"{target.id}:{target.port}",
        "state": target.state,
        "reason": target.reason,
        "description": target.description,
    }
    return Verdict(says, rule, reason, seen)  # type: ignore[arg-type]
