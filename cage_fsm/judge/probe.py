"""Judges a probe: a command of the user's that says whether the canary is good."""

from cage_fsm.judge.seen import ProbeSeen
from cage_fsm.judge.verdict import Seen, Verdict


def passed(probe: ProbeSeen, limit_seconds: float) -> Verdict:
    """It exited with 0, within its time."""
    seen: Seen = {"probe": {"exit_code": probe.exit_code, "output": probe.output}}
    if probe.exit_code == 0:
        return Verdict("pass", "probe_passed", "The probe exited with 0.", seen)
    if probe.exit_code is not None:
        how = (
            f"exited with {probe.exit_code}" if probe.exit_code > 0 else f"died of signal {-probe.exit_code}"
        )
        return Verdict("fail", "probe_failed", f"The probe {how}.{_last_line(probe)}", seen)
    if probe.seconds >= limit_seconds:
        reason = f"The probe took longer than {limit_seconds:g}s.{_last_line(probe)}"
        return Verdict("fail", "probe_timed_out", reason, seen)
    return Verdict("wait", "probe_passed", "the probe runs")


def _last_line(probe: ProbeSeen) -> str:
    return f" It said last: {probe.output.splitlines()[-1]}" if probe.output else ""
