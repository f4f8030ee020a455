"""Judges whether the alarms that were named are quiet."""

from collections.abc import Collection, Sequence
from typing import Literal

from cage_fsm.judge.seen import AlarmSeen
from cage_fsm.judge.verdict import Seen, Verdict

WithoutData = Literal["wait", "ignore", "fail"]
"""What an alarm means that says neither OK nor ALARM."""


def quiet(names: Sequence[str], alarms: Collection[AlarmSeen], without_data: WithoutData) -> Verdict:
    """Every alarm of `names` is OK. One in ALARM fails, and one that does not exist (any more)."""
    by_name = {alarm.name: alarm for alarm in alarms}
    states = {name: by_name[name].state if name in by_name else "MISSING" for name in names}
    seen: Seen = {"alarms": dict(states)}
    if firing := [by_name[name] for name in names if states[name] == "ALARM"]:
        return Verdict("fail", "alarm_firing", _sentences(firing), seen)
    if missing := [name for name in names if name not in by_name]:
        return Verdict("fail", "alarm_missing", f"There is no alarm {', '.join(missing)}.", seen)
    silent = [by_name[name] for name in names if states[name] != "OK"]
    if not silent or without_data == "ignore":
        return Verdict("pass", "alarms_quiet", f"No ALARM: {', '.join(names)}.", seen)
    says: Literal["fail", "wait"] = "fail" if without_data == "fail" else "wait"
    return Verdict(says, "alarm_without_data", _sentences(silent), seen)


def _sentences(alarms: Sequence[AlarmSeen]) -> str:
    return " ".join(f"Alarm {each.name} says {each.state}: {each.reason}" for each in alarms)
