"""Judges whether the load balancer finds the canary healthy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cage_fsm.judge.seen import TargetSeen
from cage_fsm.judge.verdict import Says, Seen, Verdict

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


@dataclass(frozen=True)
class Patience:
    """How long a target may be what it is, in seconds since it was registered."""

    unhealthy: float
    initial: float


def healthy(target: TargetSeen, *, registered_seconds: float, patience: Patience) -> Verdict:
    """The target group says healthy. `registered_seconds` ago it was registered."""
    says: Says
    says, rule, words = "fail", "target_healthy", f"is {target.state}: {why(target)}"
    late = registered_seconds >= patience.unhealthy
    lost = registered_seconds >= JUST_REGISTERED_SECONDS
    match target.state:
        case "gone":
            rule, words = "target_group_gone", "is gone: its target group was deleted"
        case _ if not target.registered:
            says, rule = ("fail", "target_lost") if lost else ("wait", rule)
        case "healthy":
            says, words = "pass", "is healthy"
        case "unhealthy" if late:
            rule = "target_unhealthy"
        case "unavailable" if late and target.reason == "Target.HealthCheckDisabled":
            rule = "target_unchecked"
        case "initial" if registered_seconds >= patience.initial:
            rule, words = "target_initial", f"{words}; that is too long after {registered_seconds:.0f} s"
        case "unused":
            rule = "target_unused"
        case "draining" | "unhealthy.draining":
            rule = "target_draining"
        case "unhealthy":
            left = patience.unhealthy - registered_seconds
            says, words = "wait", f"{words}; it has {left:.0f} s more to become healthy"
        case _:
            says = "wait"
    return _said(says, rule, words, target)


def everywhere(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on all targets: the first that fails, or else the first that waits, or else all."""
    if not verdicts:
        return Verdict("pass", "no_target_group", "The service has no load balancer.")
    for says in ("fail", "wait"):
        if found := next((each for each in verdicts if each.says == says), None):
            return found
    seen: Seen = {"targets": [f"{each.seen['target']} is {each.seen['state']}" for each in verdicts]}
    return Verdict("pass", verdicts[-1].rule, " ".join(each.reason for each in verdicts), seen)


def why(target: TargetSeen) -> str:
    """The reason code in words, with what AWS adds to it."""
    words = _REASONS.get(target.reason, target.reason or "no reason given")
    return f"{words} ({target.description})" if target.description else words


def _said(says: Says, rule: str, words: str, target: TargetSeen) -> Verdict:
    where = f"{target.id}:{target.port}"
    seen: Seen = {
        "target": where,
        "state": target.state,
        "reason": target.reason,
        "description": target.description,
    }
    return Verdict(says, rule, f"Target {where} {words}.", seen)
