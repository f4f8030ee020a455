"""What the cloud remembers about CloudWatch alarms. Times are seconds since 1970."""

from dataclasses import dataclass


@dataclass(slots=True)
class Alarm:
    name: str
    arn: str
    updated_at: float
    composite: bool = False
    state: str = "OK"
    """OK, ALARM or INSUFFICIENT_DATA."""
    reason: str = "Threshold Crossed: 1 datapoint [0.0] was not greater than the threshold (1.0)."
