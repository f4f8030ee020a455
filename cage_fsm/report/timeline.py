"""`show ID`: the whole story of one run, from its record alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pydantic import JsonValue

from cage_fsm.engine.definition import Definition
from cage_fsm.engine.durations import words
from cage_fsm.engine.record import Evidence, Record, Step, outcome
from cage_fsm.report import naming
from cage_fsm.report.cause import deciding_step, explanation
from cage_fsm.report.evidence import evidence_lines
from cage_fsm.report.text import clean, key_value_lines, utc
from cage_fsm.report.words import doing, sentence, type_next

INDENT = 14
"""Of what stands below the row of a state."""


def as_json(record: Record, definition: Definition | None = None) -> dict[str, Any]:
    """The record as data, with what became of it and why; of the owner only who and where."""
    document = record.model_dump(mode="json", exclude={"nonce", "owner"})
    result = outcome(record)
    owner = {"host": record.owner.host, "pid": record.owner.pid} if record.owner else None
    step = deciding_step(record, definition)
    return {
        **document,
        "owner": owner,
        "final": record.final,
        "outcome": result.outcome,
        "exit_code": result.code,
        "explanation": asdict(explanation(record, step)) if step else None,
    }


def lines(
    record: Record, now: datetime, flags: Sequence[str] = (), definition: Definition | None = None
) -> list[str]:
    """The record as text."""
    return [
        *_head(record),
        *_why(record, definition),
        *_facts(record),
        "",
        *_timeline(record, now),
        "",
        f"Type next: {type_next(record, flags)}",
    ]


def _head(record: Record) -> Iterator[str]:
    result = outcome(record)
    yield f"Run      {record.id} ({clean(record.machine)}): {result.outcome}, exit code {result.code}"
    yield f"         {sentence(result.outcome, record.machine)}"
    yield f"Service  {_where(record)}"
    if change := naming.change(record):
        yield f"Change   {change}"
    if command := naming.command(record):
        yield f"Command  {command}"
    yield f"Began    {utc(record.created_at)}, last saved {utc(record.updated_at)}"
    for driver in record.drivers:
        yield f"Ran by   {clean(driver)}, from {utc(driver.at)}"
    yield f"Driver   {clean(record.owner) if record.owner else 'no process'}"


def _why(record: Record, definition: Definition | None) -> Iterator[str]:
    if step := deciding_step(record, definition):
        found = explanation(record, step)
        yield f"Cause    {found.cause}"
        if found.mend:
            yield f"Mend     {found.mend}"


def _where(record: Record) -> str:
    area = naming.region(record)
    name = naming.place(record) if naming.service(record) else "not known yet"
    return f"{name}, {area}" if area else name


def _timeline(record: Record, now: datetime) -> Iterator[str]:
    entered, left_over, known = record.created_at, list(record.evidence), dict[str, JsonValue]()
    for step in record.history:
        yield _row(entered, step.at, step.source, _ending(step))
        seen = [e for e in left_over if e.state == step.source and e.at <= step.at]
        left_over = [e for e in left_over if e not in seen]
        for evidence in seen:
            yield from _evidence(evidence, step, known)
            known |= evidence.seen
        entered = step.at
    yield _row(entered, None if record.final else now, record.state, doing(record.state))


def _row(entered: datetime, left: datetime | None, state: str, what: str) -> str:
    lasted = words((left - entered).total_seconds() // 1) if left else ""
    return f"  {entered.astimezone(UTC):%H:%M:%S} {lasted:>8}  {clean(state):<19} {what}".rstrip()


def _ending(step: Step) -> str:
    reason = clean(step.reason)
    return f"{step.trigger}: {reason}" if reason else step.trigger


def _evidence(evidence: Evidence, step: Step, known: Mapping[str, JsonValue]) -> Iterator[str]:
    """What the evidence adds to what is `known` by the states before."""
    if evidence.reason != step.reason:
        yield _under(f"{evidence.trigger}: {clean(evidence.reason)}")
    new = {name: value for name, value in evidence.seen.items() if known.get(name) != value}
    yield from map(_under, evidence_lines(new))


def _under(line: str) -> str:
    return " " * INDENT + line


def _facts(record: Record) -> Iterator[str]:
    if record.held:
        yield f"Held     {', '.join(record.held)}"
    for intent in record.intents.values():
        yield f"Sent     {clean(intent.call)}, attempt {intent.attempt}, at {utc(intent.at)}"
    learned = {name: value for name, value in record.facts.items() if value not in ("", None, {}, [])}
    if learned:
        yield "Facts"
        yield from (f"  {line}" for line in key_value_lines(learned))
