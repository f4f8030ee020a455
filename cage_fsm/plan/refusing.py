"""What a rollout would be refused for: the functions of `validating`, collected instead of raised."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from cage_fsm.aws.errors import DENIED, AwsSaidNo
from cage_fsm.engine import claims
from cage_fsm.engine.ports import Refused, Retryable, Store, Suspend, Wait
from cage_fsm.phases import audit_gate, refusals, service_update
from cage_fsm.phases.obstacles import OBSTACLES, Case, misfits
from cage_fsm.phases.validate import TRY_AGAIN
from cage_fsm.plan.asking import Asking
from cage_fsm.plan.shapes import Unanswered


def refused(asking: Asking, case: Case, store: Store) -> list[str]:
    """Every reason, as a sentence; what could not be asked is kept by `asking`."""
    found = [
        *refusals.of_service(case.now),
        *refusals.of_failed_deployment(case.now),
        *service_update.fixed(case.now, case.wanted),
        *refusals.of_service(case.service),
    ]
    found = list(dict.fromkeys(found))
    if wanting := list(refusals.incomplete(case.service)):
        return [*found, *wanting]  # of such a service nothing else can be told
    checks: dict[str, Callable[[], Iterable[str]]] = {
        "the claims of this store": partial(_held, asking, case, store),
        "the target groups": partial(misfits, case),
        "the audit gate": partial(_gate, asking, case),
        **{name: partial(check, case) for name, check in OBSTACLES.items()},
    }
    going = [] if case.inputs.durations.get("wait") else _busy(case)
    return [*found, *going, *(why for name, check in checks.items() for why in _checked(asking, name, check))]


def waited_for(case: Case) -> Iterator[str]:
    """What the rollout would wait for before it begins: sentences."""
    if case.inputs.durations.get("wait") and (going := refusals.other_deployment(case.now)):
        yield f"{going} It would be waited for."


def reasons(error: Refused) -> list[str]:
    """Why something was refused: sentences."""
    found = error.outcome.evidence.get("reasons")
    return [str(each) for each in found] if isinstance(found, list) else [error.outcome.reason]


def _busy(case: Case) -> list[str]:
    going = refusals.other_deployment(case.now)
    return [f"{going} {TRY_AGAIN}"] if going else []


def _held(asking: Asking, case: Case, store: Store) -> list[str]:
    key = claims.key(case.service["serviceArn"], case.service["clusterArn"])
    asking.once(key, lambda: claims.check(store, key, asking.clock.now()))
    return []


def _gate(asking: Asking, case: Case) -> list[str]:
    def ask(name: str, question: Callable[[], Any]) -> Any:
        return asking.once(f"audit {name}", question)

    today = asking.clock.now().date()
    found = audit_gate.judged(case.aws, case.inputs, ask, case.service, case.definition, today=today)
    if isinstance(found, Wait):
        asking.unanswered.append(Unanswered("the audit gate", "could not be told", found.seen))
    return []


def _checked(asking: Asking, name: str, check: Callable[[], Iterable[str]]) -> list[str]:
    """What AWS says no to would fail the rollout, unless it is only this look that is not permitted."""
    try:
        found = list(check())
    except (Retryable, Suspend) as error:
        asking.note(name, error)
        return []
    except Refused as error:
        if isinstance(error, AwsSaidNo) and error.code in DENIED:
            asking.note(name, error)
            return []
        found = reasons(error)
    return [asking.discreet(each) for each in found]
