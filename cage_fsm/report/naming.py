"""What a record is about, in the names people use. Every fact may be missing."""

import shlex

from cage_fsm.engine.record import Record
from cage_fsm.report.text import clean


def fact(record: Record, name: str) -> str | None:
    """A fact that is a text, fit to print; None when it was never learned."""
    value = record.facts.get(name)
    return clean(value) if isinstance(value, str) and value else None


def service(record: Record) -> str | None:
    """The service's name."""
    known = fact(record, "service_name") or _last(fact(record, "service_arn"))
    return known or _asked_for(record, "service")


def cluster(record: Record) -> str | None:
    """The cluster's name."""
    if name := fact(record, "cluster_name") or _last(fact(record, "cluster_arn")):
        return name
    parts = (fact(record, "service_arn") or "").split("/")
    known = parts[1] if len(parts) == 3 else None  # noqa: PLR2004 - service/CLUSTER/NAME
    return known or _asked_for(record, "cluster")


def region(record: Record) -> str | None:
    """The region, from the fact or from an ARN."""
    arn = fact(record, "service_arn") or fact(record, "cluster_arn") or ""
    parts = arn.split(":")
    known = fact(record, "region") or (parts[3] if len(parts) > 4 else None)  # noqa: PLR2004
    return known or _asked_for(record, "region")


def baseline(record: Record) -> str | None:
    """The revision to go back to, as `web:2`."""
    return _last(fact(record, "baseline"))


def revision(record: Record) -> str | None:
    """The new revision, as `web:3`."""
    return _last(fact(record, "task_definition"))


def before(record: Record) -> str | None:
    """The revision that the service ran when this run began."""
    return revision(record) if record.machine == "rollback" else baseline(record)


def after(record: Record) -> str | None:
    """The revision that the service runs when this run does what it is for."""
    return baseline(record) if record.machine == "rollback" else revision(record)


def place(record: Record) -> str:
    """The service and where it is: `web in cluster prod`."""
    name, where = service(record), cluster(record)
    if name is None:
        return "the service"
    return f"{name} in cluster {where}" if where else name


def change(record: Record, arrow: str = "->") -> str:
    """What changes: `web:2 -> web:3`; empty as long as nothing is known, and of a one-off task."""
    if record.machine == "run":
        return ""
    old, new = before(record), after(record)
    if old and old == new:
        return f"{old}, unchanged"
    if old or new:
        return f"{old or 'unknown'} {arrow} {new or 'a new revision'}"
    return ""


def command(record: Record) -> str:
    """The command of the one-off task, with its container: `web: ./manage.py migrate`; empty without one."""
    words = record.inputs.get("command")
    if not isinstance(words, list):
        return ""
    return clean(f"{record.inputs.get('container')}: {shlex.join(map(str, words))}")


def _asked_for(record: Record, name: str) -> str | None:
    asked_for = record.inputs.get(name)
    return _last(clean(asked_for)) if isinstance(asked_for, str) else None


def _last(arn: str | None) -> str | None:
    return arn.rpartition("/")[2] or None if arn else None
