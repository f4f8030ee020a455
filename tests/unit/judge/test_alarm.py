"""Each rule on the alarms that were named, by what CloudWatch shows."""

import pytest

from cage_fsm.judge.alarm import WithoutData, quiet
from cage_fsm.judge.seen import AlarmSeen

NAMES = ("5xx", "slow")


def alarms(**states: str) -> list[AlarmSeen]:
    return [AlarmSeen(name.lstrip("_"), state, "because") for name, state in states.items()]


@pytest.mark.parametrize(
    ("seen", "without_data", "says", "rule"),
    [
        (alarms(_5xx="OK", slow="OK"), "wait", "pass", "alarms_quiet"),
        (alarms(_5xx="OK", slow="ALARM"), "ignore", "fail", "alarm_firing"),
        (alarms(_5xx="ALARM"), "wait", "fail", "alarm_firing"),
        (alarms(_5xx="OK"), "ignore", "fail", "alarm_missing"),
        ([], "wait", "fail", "alarm_missing"),
        (alarms(_5xx="OK", slow="INSUFFICIENT_DATA"), "wait", "wait", "alarm_without_data"),
        (alarms(_5xx="OK", slow="INSUFFICIENT_DATA"), "ignore", "pass", "alarms_quiet"),
        (alarms(_5xx="OK", slow="INSUFFICIENT_DATA"), "fail", "fail", "alarm_without_data"),
        (alarms(_5xx="OK", slow="A_NEW_ONE"), "wait", "wait", "alarm_without_data"),
    ],
)
def test_alarms_are_judged_by_their_states(
    seen: list[AlarmSeen], without_data: WithoutData, says: str, rule: str
) -> None:
    verdict = quiet(NAMES, seen, without_data)

    assert (verdict.says, verdict.rule) == (says, rule)
    assert verdict.seen == {
        "alarms": {n: next((a.state for a in seen if a.name == n), "MISSING") for n in NAMES}
    }


def test_every_alarm_that_fires_is_named_with_its_reason() -> None:
    verdict = quiet(NAMES, alarms(_5xx="ALARM", slow="ALARM"), "wait")

    assert verdict.reason == "Alarm 5xx says ALARM: because Alarm slow says ALARM: because"
