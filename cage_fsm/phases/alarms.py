"""The alarms that were named: watched during the bake, and while the service deploys."""

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.engine.run import Run
from cage_fsm.judge.alarm import quiet
from cage_fsm.judge.seen import AlarmSeen
from cage_fsm.judge.verdict import Verdict
from cage_fsm.phases.facts import Inputs


def in_the_way(aws: Aws, inputs: Inputs) -> list[str]:
    """Why these alarms refuse a rollout before it begins: sentences."""
    if not inputs.alarms:
        return []
    try:
        verdict = quiet(inputs.alarms, aws.cloudwatch.alarms(inputs.alarms), inputs.alarm_without_data)
    except AwsSaidNo as no:
        return [f"The alarms {', '.join(inputs.alarms)} cannot be read: {no.outcome.reason}"]
    return [verdict.reason] if verdict.says == "fail" else []


def judged(aws: Aws, run: Run) -> Verdict | None:
    """The verdict on the alarms during the bake; None where none was named."""
    inputs = Inputs.of(run.record)
    return quiet(inputs.alarms, _seen(aws, inputs), inputs.alarm_without_data) if inputs.alarms else None


def failed(aws: Aws, run: Run) -> Verdict | None:
    """The verdict on alarms that speak against our deployment.

    One without data does not, unless that was asked for: the canary was found good already.
    """
    inputs = Inputs.of(run.record)
    if not inputs.alarms:
        return None
    without_data = inputs.alarm_without_data if inputs.alarm_without_data == "fail" else "ignore"
    verdict = quiet(inputs.alarms, _seen(aws, inputs), without_data)
    return verdict if verdict.says == "fail" else None


def _seen(aws: Aws, inputs: Inputs) -> list[AlarmSeen]:
    """The alarms as CloudWatch shows them; those that may not be read any more have no data."""
    try:
        return aws.cloudwatch.alarms(inputs.alarms)
    except AwsSaidNo as no:
        return [AlarmSeen(name, "UNREADABLE", no.outcome.reason) for name in inputs.alarms]
