"""Amazon CloudWatch: the states of alarms."""

from collections.abc import Sequence
from typing import ClassVar

from cage_fsm.aws.errors import answers
from cage_fsm.aws.on_demand import OnDemand
from cage_fsm.judge.seen import AlarmSeen

_BATCH = 100  # DescribeAlarms takes at most 100 names a call, and answers with at most 100 (API reference)


class CloudWatch(OnDemand):
    """CloudWatch through a client that is made only when it is needed."""

    service: ClassVar[str] = "cloudwatch"

    def alarms(self, names: Sequence[str]) -> list[AlarmSeen]:
        """Those of `names` that exist. Raises Retryable, Suspend or AwsSaidNo."""
        found: list[AlarmSeen] = []
        for first in range(0, len(names), _BATCH):
            # Without AlarmTypes composite alarms are left out (API reference).
            with answers("DescribeAlarms"):
                answer = self._client.describe_alarms(
                    AlarmNames=list(names[first : first + _BATCH]),
                    AlarmTypes=["MetricAlarm", "CompositeAlarm"],
                    MaxRecords=_BATCH,
                )
            found += [
                AlarmSeen(each.get("AlarmName", ""), each.get("StateValue", ""), each.get("StateReason", ""))
                for each in (*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ()))
            ]
        return found
