"""Why a run did not do what it was for: the step that decided, its evidence, the cause in a sentence.

The cause is derived when it is shown, so that old records gain from a better table of known causes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cage_fsm.engine.definition import Definition
from cage_fsm.engine.record import Evidence, Record, Step
from cage_fsm.judge.causes import known
from cage_fsm.report.path import LEFT_BADLY
from cage_fsm.report.text import clean

_OURS = frozenset({"not_answered", "log", "probe"})
"""What stands in the evidence and is not AWS's word."""

_OUR_RULES = ("probe_", "approval_")
"""How the rules begin that do not judge what AWS shows."""


THEN = "The canary had passed and the service was updated; then: "
"""Before the cause of a failure that only the service's deployment showed."""


@dataclass(frozen=True)
class Explanation:
    """What was the matter. `mend`, `known_as` and `source` are there only when the table knows the cause."""

    cause: str
    mend: str | None = None
    known_as: str | None = None
    source: str | None = None


def deciding_step(record: Record, definition: Definition | None = None) -> Step | None:
    """The transition by which `record` left the way forward; None while it has not.

    With the `definition` an undoing that took long is not taken for it.
    """
    bad = [step for step in record.history if step.trigger in LEFT_BADLY]
    decided = [step for step in bad if _leaves_the_way_forward(step, definition)]
    return next(iter(decided or bad), None)


def evidence_of(record: Record, step: Step | None) -> Evidence | None:
    """What the verdict of `step` was judged on."""
    if step is None:
        return None
    decisive = [e for e in record.evidence if e.state == step.source and e.trigger == step.trigger]
    return next((e for e in decisive if e.reason == step.reason), next(iter(decisive), None))


def explanation(record: Record, step: Step) -> Explanation:
    """The cause by the table of known ones; what it does not know is told in the words of the verdict."""
    reason = clean(step.reason) or f"nothing more than {step.trigger}"
    found = None if decided_by_us(record, step) else known(*_texts(record, step))
    when = THEN if _judged_the_service(record, step) else ""
    if found is None:
        return Explanation(f"{when}{reason}")
    return Explanation(f"{when}{clean(found.cause)}", clean(found.mend), found.row, found.source)


def decided_by_us(record: Record, step: Step) -> bool:
    """Whether nothing that AWS said decided: the run was told to end, or a rule of ours refused it."""
    evidence = evidence_of(record, step)
    rule = str(evidence.seen.get("rule", "")) if evidence else ""
    refused = step.trigger == "failed" and record.cause in ("refused", "held")
    return refused or step.trigger == "abort" or rule.startswith(_OUR_RULES)


def _judged_the_service(record: Record, step: Step) -> bool:
    return bool(record.facts.get("updated")) and step.trigger in ("failed", "service_failed")


def _leaves_the_way_forward(step: Step, definition: Definition | None) -> bool:
    state = definition.state.get(step.source) if definition else None
    return state is None or state.leaves_the_way_forward(step.trigger)


def _texts(record: Record, step: Step) -> tuple[list[str], list[str]]:
    """What AWS said, the verdict first, and what the container wrote."""
    evidence = evidence_of(record, step)
    seen: Mapping[str, object] = evidence.seen if evidence else {}
    is_judged = record.facts.get("updated") or record.facts.get("created")
    besides = _OURS if is_judged else _OURS | {"events"}  # of the service, not the canary
    said = [text for name, value in seen.items() if name not in besides for text in _strings(value)]
    how_it_ended = "; ".join(
        text for name in ("stop_code", "stopped_reason", "containers") for text in _strings(seen.get(name))
    )
    log = seen.get("log")
    logged = list(_strings(log.get("lines"))) if isinstance(log, Mapping) else []
    return [step.reason, how_it_ended, *said], logged


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _strings(list(value.values()))
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _strings(inner)
