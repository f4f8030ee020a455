"""--audit-gate: what would be deployed has no grave finding that the running images do not have."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pydantic import JsonValue

from cage_fsm.audit.reading import NO_ANSWER, Ask, audited
from cage_fsm.audit.subjects import Subjects, of_definition, of_service
from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.engine.ports import Outcome, Refused, Wait
from cage_fsm.engine.run import Run
from cage_fsm.judge.audit import brought, named, or_graver
from cage_fsm.judge.scan import SOON, Audited, Finding, ScanSeen
from cage_fsm.phases.answered import answered
from cage_fsm.phases.facts import Inputs

Json = Mapping[str, Any]

KEPT = 20
"""So many findings are kept as evidence; `audit --next --detail` shows the others."""


def passed(aws: Aws, run: Run, service: Json, definition: Json) -> str | Wait:
    """Say that the gate was passed; nothing where none is wanted. Raises Refused, or Retryable."""
    return judged(aws, Inputs.of(run.record), _asking(run), service, definition, today=run.clock.now().date())


def judged(aws: Aws, inputs: Inputs, ask: Ask, service: Json, definition: Json, *, today: date) -> str | Wait:
    """The same, whoever asks.

    Waits for scans that are under way. What runs is looked at only if there is something to compare it with.
    """
    if not inputs.audit_gate:
        return ""
    after = _audited(aws, ask, of_definition(definition, "next"))
    waived = [each for each, day in inputs.audit_waivers.items() if today <= day]
    unknown = [] if inputs.audit_allow_unknown else [each for each in after if not each.known]
    if soon := [each.subject.container for each in unknown if each.scan_status in SOON]:
        scanned = f"The image of {', '.join(soon)} is being scanned."
        return Wait(5, f"{scanned} `cage-fsm audit DIR --next` shows when that is over.")
    found, before = brought(after, [], inputs.audit_gate, waived), list[Audited]()
    if found:
        before = _audited(aws, ask, of_service(aws.ecs, service, ask))
        found = brought(after, before, inputs.audit_gate, waived)
    if found or unknown:
        brings = {each.subject.container for each, _ in found}
        unseen = [each for each in before if not each.known and each.subject.container in brings]
        raise _refused(inputs.audit_gate, after, found, unseen, unknown)
    return f"The new images bring no finding of severity {or_graver(inputs.audit_gate)}."


def _audited(aws: Aws, ask: Ask, subjects: Subjects) -> list[Audited]:
    return [audited(aws.ecr, each, platform, ask) for each, platform in subjects.found.items()]


def _asking(run: Run) -> Ask:
    """Asks once in each look, for some looks; an answer is not asked for again, unless it says `soon`."""

    def ask(name: str, question: Callable[[], Any]) -> Any:
        found = run.once(f"audit {name}", lambda: answered(run, name, question, _SILENCE))
        if isinstance(found, ScanSeen) and found.status in SOON:
            run.ask_again(f"audit {name}")
        if found is _SILENCE:
            raise AwsSaidNo(name, NO_ANSWER, "not even that it cannot answer", {})
        return found

    return ask


_SILENCE = object()


def _refused(
    severities: tuple[str, ...],
    after: list[Audited],
    found: list[tuple[Audited, Finding]],
    unseen: list[Audited],
    unknown: list[Audited],
) -> Refused:
    """`unseen`: images that run, of which it is not known what is in them."""
    reasons = []
    if found:
        brings = f"The new images bring findings of severity {or_graver(severities)} ({len(found)})"
        reasons.append(f"{brings}: {named(found)}. Mend them, or see `cage-fsm audit DIR --next --detail`.")
    reasons += [
        f"What is in the running image of {each.subject.container} is not known, so that each finding counts "
        f"as new. {each.reason}"
        for each in unseen
    ]
    reasons += [
        f"What is in the image of {each.subject.container} is not known; --audit-allow-unknown lets that "
        f"pass. {each.reason}"
        for each in unknown
    ]
    evidence: dict[str, JsonValue] = {
        "images": {
            each.subject.container: f"{each.status} {each.digest or each.subject.image}" for each in after
        },
        "findings": len(found),
        "new_findings": [_evidence(each, one) for each, one in found[:KEPT]],
    }
    return Refused(Outcome("failed", " ".join(reasons), evidence, cause="refused"))


def _evidence(audited: Audited, finding: Finding) -> JsonValue:
    what = (finding.severity, finding.id, finding.package, finding.version)
    return " ".join((f"{audited.subject.container}:", *filter(None, what)))
