"""The lines that end every run that did not do what it was for.

Doing: …         what the run was doing when it left the way forward
AWS said: …      the verdict, and below it what it was judged on
Service now: …   what the service runs
Type next: …     a command, or that there is nothing to do
"""

from collections.abc import Sequence

from cage_fsm.engine.definition import Definition
from cage_fsm.engine.record import Evidence, Record, Step
from cage_fsm.report import naming
from cage_fsm.report.path import LEFT_BADLY
from cage_fsm.report.text import clean, key_value_lines, shorten
from cage_fsm.report.words import doing, type_next

MOST_EVIDENCE = 8
WIDEST_EVIDENCE = 200


def failure_lines(
    record: Record,
    service_now: str | None = None,
    *,
    definition: Definition | None = None,
    why: str | None = None,
    flags: Sequence[str] = (),
) -> list[str]:
    """Say what went wrong with `record`, and what to do.

    `service_now` is a sentence about the service as AWS shows it; without it the record must do. With the
    `definition` the verdict that decided is known for sure. `why` says why an unfinished run stopped here;
    `flags` (--store, --region) go on every command.
    """
    step = deciding_step(record, definition)
    return [
        f"Doing: {_state(step.source if step else record.state)}",
        f"AWS said: {_verdict(step, why)}",
        *_indented(_evidence_lines(record, step)),
        *_indented(_afterwards(record, step)),
        f"Service now: {clean(service_now) if service_now else service_words(record)}",
        *_indented(_left_over(record)),
        f"Type next: {type_next(record, flags)}",
    ]


def deciding_step(record: Record, definition: Definition | None = None) -> Step | None:
    """The transition by which `record` left the way forward; None while it has not."""
    bad = [step for step in record.history if step.trigger in LEFT_BADLY]
    decided = [step for step in bad if _leaves_the_way_forward(step, definition)]
    return next(iter(decided or bad), None)


def _leaves_the_way_forward(step: Step, definition: Definition | None) -> bool:
    state = definition.state.get(step.source) if definition else None
    return state is None or state.leaves_the_way_forward(step.trigger)


def service_words(record: Record) -> str:
    """What the service runs, as far as the record knows."""
    where, new = naming.place(record), naming.after(record) or "the new revision"
    if record.facts.get("let_go"):
        return f"{where} is somebody else's by now; this run has nothing left there."
    match record.state:
        case "succeeded" if record.facts.get("desired_count") == 0:
            return f"{where} is at {new}, desired count 0: no service task ran."
        case "succeeded":
            return f"{where} runs {new}."
        case "rolled_back":
            return f"{where} runs {naming.baseline(record) or 'its earlier revision'} again."
        case "left_failing":
            return f"{where} keeps {new}, which fails."
    return f"{where} {_in_between(record, new)}"


def _in_between(record: Record, new: str) -> str:
    if record.direction == "untouched":
        return f"is unchanged and runs {naming.before(record) or 'what it ran before this run'}."
    if record.direction == "forward":
        return f"was told to run {new}; not proved yet."
    if record.facts.get("baseline_sent"):
        return f"was sent back to {naming.baseline(record) or 'its earlier revision'}; not proved yet."
    return "was not sent back by this run; look at what it runs."


def _state(name: str) -> str:
    return f"{doing(name)} ({clean(name)})"


def _verdict(step: Step | None, why: str | None) -> str:
    if step is None:
        return clean(why) if why else "nothing that decides; the run is unfinished"
    if step.trigger == "abort":
        return f"nothing; {clean(step.reason) or 'the run was told to end'}"
    return clean(step.reason) or f"nothing more than {step.trigger}"


def _evidence_lines(record: Record, step: Step | None) -> list[str]:
    evidence = _evidence_of(record, step)
    lines = key_value_lines(evidence.seen) if evidence else []
    if len(lines) > MOST_EVIDENCE:
        hidden = len(lines) - MOST_EVIDENCE + 1
        lines[MOST_EVIDENCE - 1 :] = [f"and {hidden} more: cage-fsm show {record.id}"]
    return [shorten(line, WIDEST_EVIDENCE) for line in lines]


def _evidence_of(record: Record, step: Step | None) -> Evidence | None:
    if step is None:
        return None
    decisive = [e for e in record.evidence if e.state == step.source and e.trigger == step.trigger]
    return next((e for e in decisive if e.reason == step.reason), next(iter(decisive), None))


def _afterwards(record: Record, step: Step | None) -> list[str]:
    last = record.history[-1] if record.history else None
    if record.state != "needs_operator" or last is None or last == step:
        return []
    return [f"then, {_state(last.source)}: {clean(last.reason)}"]


def _left_over(record: Record) -> list[str]:
    new = naming.revision(record)
    unused = record.machine == "rollout" and record.state in ("aborted", "rolled_back")
    if not unused or new is None or new == naming.baseline(record):
        return []
    return [f"The revision {new} stays registered; nothing uses it."]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]
