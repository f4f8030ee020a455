"""CloudWatch alarms."""

from cage_fsm.sandbox.alarm_records import Alarm
from cage_fsm.sandbox.ecs.paging import page
from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.life import alarms
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World


def describe_alarms(world: World, params: Json) -> Json:
    """Describe alarms; composite ones only when AlarmTypes says so (API reference, DescribeAlarms)."""
    types = params.get("AlarmTypes", ["MetricAlarm"])
    names, prefix = params.get("AlarmNames"), params.get("AlarmNamePrefix", "")
    wanted = {"MetricAlarm": False, "CompositeAlarm": True}
    kinds = {wanted[each] for each in types if each in wanted}
    found = [
        alarm
        for alarm in world.alarms.values()
        if alarm.composite in kinds
        and (names is None or alarm.name in names)
        and alarm.name.startswith(prefix)
        and params.get("StateValue", alarm.state) == alarm.state
    ]
    cut: Json = {"maxResults": params.get("MaxRecords", 50)}
    cut |= {"nextToken": params["NextToken"]} if "NextToken" in params else {}
    answer = page(cut, found, "alarms")
    shown: Json = {
        "MetricAlarms": [_metric(each) for each in answer["alarms"] if not each.composite],
        "CompositeAlarms": [_composite(each) for each in answer["alarms"] if each.composite],
    }
    return shown | ({"NextToken": answer["nextToken"]} if "nextToken" in answer else {})


def put_metric_alarm(world: World, params: Json) -> Json:
    """Make a metric alarm. What it measures is not looked at: SetAlarmState moves it."""
    alarms.put(world, params["AlarmName"])
    return {}


def put_composite_alarm(world: World, params: Json) -> Json:
    """Make a composite alarm. Its rule is not looked at: SetAlarmState moves it."""
    alarms.put(world, params["AlarmName"], composite=True)
    return {}


def set_alarm_state(world: World, params: Json) -> Json:
    """Set an alarm's state, until it is set again."""
    if params["AlarmName"] not in world.alarms:
        raise ApiError("ResourceNotFound", f"Unknown alarm: {params['AlarmName']}", 404)
    alarms.set_state(world, params["AlarmName"], params["StateValue"], params["StateReason"])
    return {}


def _metric(alarm: Alarm) -> Json:
    return _shown(alarm) | {
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "HTTPCode_Target_5XX_Count",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "missing",
    }


def _composite(alarm: Alarm) -> Json:
    return _shown(alarm) | {"AlarmRule": f'ALARM("{alarm.name}-part")'}


def _shown(alarm: Alarm) -> Json:
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        "ActionsEnabled": True,
        "StateValue": alarm.state,
        "StateReason": alarm.reason,
        "StateUpdatedTimestamp": alarm.updated_at,
        "StateTransitionedTimestamp": alarm.updated_at,
    }
