"""The lines that end every run that did not do what it was for.

Cause: …         what was the matter, in one sentence
Mend: …          what to do about it, where the cause is a known one
Doing: …         what the run was doing when it left the way forward
AWS said: …      the verdict, and below it what it was judged on
Service now: …   what the service runs
Type next: …     a command, or that there is nothing to do
"""

from collections.abc import Mapping, Sequence

from cage_fsm.engine.definition import Definition, Resource, tasks
from cage_fsm.engine.record import Record, Step
from cage_fsm.report import naming
from cage_fsm.report.cause import decided_by_us, deciding_step, evidence_of, explanation
from cage_fsm.report.evidence import evidence_lines
from cage_fsm.report.text import clean, shorten
from cage_fsm.report.words import doing, type_next

MOST_EVIDENCE = 8
WIDEST_EVIDENCE = 200
KNOWN_BY_THE_REASON = frozenset({"last_status", "desired_status"})
NO_VERDICT = "No verdict within"
"""How the reason of a passed deadline begins."""
IN_DOUBT = (
    "Whether {what} was started is in doubt, because RunTask was not answered: look for what it has done, "
    "and for its log."
)
"""Of a one-off task."""


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
        *_cause(record, step, why),
        f"Doing: {_state(step.source if step else record.state)}",
        f"AWS said: {_verdict(record, step)}",
        *_indented(_evidence_lines(record, step)),
        *_indented(_afterwards(record, step)),
        _now(record, service_now),
        *_indented(_left_over(record)),
        f"Type next: {type_next(record, flags)}",
    ]


def _now(record: Record, service_now: str | None) -> str:
    if record.machine == "run":
        return f"Task now: {task_words(record)}"
    return f"Service now: {clean(service_now) if service_now else service_words(record)}"


def task_words(record: Record) -> str:
    """How the one-off task is, as far as the record knows."""
    arn, code = naming.fact(record, "one_off_task"), record.facts.get("exit_code")
    if arn is None and record.facts.get("one_off_in_doubt"):
        return f"none runs. {IN_DOUBT.format(what='one')}"
    if arn is None:
        return f"None {'was started' if record.final else 'is known'}."
    if code is not None:
        return f"{arn} ended; container {clean(record.inputs.get('container'))} exited with {code}."
    return f"{arn} {'is stopped' if record.final else 'may run'}."


def service_words(record: Record) -> str:
    """What the service runs, as far as the record knows."""
    where, new = naming.place(record), naming.after(record) or "the new revision"
    if not_ours := _not_ours(record, where):
        return not_ours
    match record.state:
        case "succeeded" if record.facts.get("desired_count") == 0:
            return f"{where} is at {new}, desired count 0: no service task ran."
        case "succeeded":
            return f"{where} runs {new}."
        case "rolled_back" if record.machine != "up":
            runs = "is at" if naming.baseline(record) == naming.revision(record) else "runs"
            return f"{where} {runs} {naming.baseline(record) or 'its earlier revision'} again."
        case "left_failing":
            return f"{where} keeps {new}, which fails."
    return f"{where} {_in_between(record, new)}"


def _not_ours(record: Record, where: str) -> str | None:
    """Of a service that this run never had, or has no more."""
    if not record.facts.get("service_arn") and record.direction == "untouched":
        return "Nothing was touched by this run."
    if record.facts.get("let_go") and record.machine == "up":
        return f"{where} is not proved to be this run's, and was left as it is."
    if record.facts.get("let_go"):
        return f"{where} is somebody else's by now; this run has nothing left there."
    return None


def _being_created(record: Record, new: str) -> str:
    if record.state == "rolled_back":
        return "is not there any more."
    if record.direction == "untouched":
        return "was not created."
    told = f"was to be created with {new}" if record.direction == "forward" else "is to be deleted again"
    return f"{told}; not proved yet."


def _in_between(record: Record, new: str) -> str:
    if record.machine == "up":
        return _being_created(record, new)
    if record.direction == "untouched":
        return f"is unchanged and runs {naming.before(record) or 'what it ran before this run'}."
    if record.direction == "forward":
        return f"was told to run {new}; not proved yet."
    if record.facts.get("baseline_sent"):
        return f"was sent back to {naming.baseline(record) or 'its earlier revision'}; not proved yet."
    return "was not sent back by this run; look at what it runs."


def _state(name: str) -> str:
    return f"{doing(name)} ({clean(name)})"


def _cause(record: Record, step: Step | None, why: str | None) -> list[str]:
    if step is None:
        return [f"Cause: {clean(why) if why else 'nothing was decided yet; the run is unfinished'}"]
    found = explanation(record, step)
    return [f"Cause: {found.cause}", *([f"Mend: {found.mend}"] if found.mend else [])]


def _verdict(record: Record, step: Step | None) -> str:
    reason = clean(step.reason) if step else ""
    if step and step.trigger == "abort":
        return f"nothing; {reason or 'the run was told to end'}"
    if step is None or decided_by_us(record, step) or reason.startswith(NO_VERDICT):
        return "nothing more than the cause says"
    return reason or f"nothing more than {step.trigger}"


def _evidence_lines(record: Record, step: Step | None) -> list[str]:
    evidence = evidence_of(record, step)
    if evidence is None:
        return []
    seen = {name: value for name, value in evidence.seen.items() if name not in KNOWN_BY_THE_REASON}
    rest = f"cage-fsm show {record.id}"
    lines = evidence_lines(seen, said=clean(evidence.reason), most=MOST_EVIDENCE, rest=rest)
    return [shorten(line, WIDEST_EVIDENCE) for line in lines]


def _afterwards(record: Record, step: Step | None) -> list[str]:
    last = record.history[-1] if record.history else None
    if record.state != "needs_operator" or last is None or last == step:
        return []
    return [f"then, {_state(last.source)}: {clean(last.reason)}"]


def _left_over(record: Record) -> list[str]:
    return [*_not_proved_gone(record), *_unused_revision(record), *done_by_command(record)]


def _not_proved_gone(record: Record) -> list[str]:
    """What may stay until an operator has made a resume possible."""
    if record.state != "needs_operator":
        return []
    known: Mapping[Resource, str] = {"canary_task": "task_arn", "one_off_task": "one_off_task"}
    arns = {resource: record.facts.get(fact) for resource, fact in known.items() if resource in record.held}
    things = [f"{tasks([each]).capitalize()} {clean(str(arn))}" for each, arn in arns.items() if arn]
    targets = record.facts.get("targets")
    if "target_registration" in record.held and isinstance(targets, list):
        shown = [each for each in targets if isinstance(each, dict)]
        things += [
            f"Its target {each.get('id')}:{each.get('port')} in {each.get('group_arn')}" for each in shown
        ]
    return [f"{thing} is not proved to be gone." for thing in things]


def _unused_revision(record: Record) -> list[str]:
    new = naming.revision(record)
    is_ours = not record.inputs.get("task_definition")
    unused = is_ours and record.state in ("aborted", "rolled_back")
    if not unused or new is None or new == naming.baseline(record):
        return []
    return [f"The revision {new} stays registered; nothing uses it."]


def done_by_command(record: Record) -> list[str]:
    """What no release and no rollback takes back."""
    if record.machine != "rollout":
        return []
    command = f"command {naming.command(record)}"
    if record.facts.get("one_off_task"):
        code = record.facts.get("exit_code")
        how = "was started" if code is None else f"ended with exit code {code}"
        return [f"The {command} {how}; what it has done stays."]
    return [IN_DOUBT.format(what=f"the {command}")] if record.facts.get("one_off_in_doubt") else []


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]
