"""`runs`: every run there is, the newest first."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cage_fsm.engine.record import Record, outcome
from cage_fsm.report import naming
from cage_fsm.report.columns import aligned
from cage_fsm.report.text import clean, utc

COLUMNS = ("ID", "MACHINE", "OUTCOME", "STATE", "SERVICE", "CLUSTER", "AGE")

_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def as_json(records: Iterable[Record]) -> list[dict[str, Any]]:
    """The runs as data; what a run has not learned is null."""
    return [
        {
            "id": record.id,
            "machine": record.machine,
            "state": record.state,
            "final": record.final,
            "outcome": outcome(record).outcome,
            "service": naming.service(record),
            "cluster": naming.cluster(record),
            "region": naming.region(record),
            "updated_at": utc(record.updated_at),
        }
        for record in newest_first(records)
    ]


def lines(records: Iterable[Record], now: datetime) -> list[str]:
    """The runs as aligned columns, for a pipe."""
    return aligned([COLUMNS, *(cells(record, now) for record in newest_first(records))])


def newest_first(records: Iterable[Record]) -> list[Record]:
    """The runs by the time of their beginning, which their ids begin with."""
    return sorted(records, key=lambda record: record.id, reverse=True)


def cells(record: Record, now: datetime) -> tuple[str, ...]:
    """One row, in the order of COLUMNS."""
    return (
        record.id,
        clean(record.machine),
        outcome(record).outcome,
        clean(record.state),
        naming.service(record) or "-",
        naming.cluster(record) or "-",
        age(now, record.created_at),
    )


def age(now: datetime, then: datetime) -> str:
    """How long ago, in the largest unit that fits: `45s`, `12m`, `3h`, `9d`."""
    seconds = max(int((now - then).total_seconds()), 0)
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= size), _UNITS[-1])
    return f"{seconds // size}{unit}"
