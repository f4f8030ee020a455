"""One run per service: a claim is a document that names the run, and is never deleted."""

import re
import secrets
from datetime import datetime
from typing import Annotated

from pydantic import Field, ValidationError

from cage_fsm.engine.definition import Closed
from cage_fsm.engine.durations import words
from cage_fsm.engine.ports import (
    Absent,
    Outcome,
    Refused,
    Store,
    StoreDown,
    Superseded,
    Unreadable,
    Version,
)
from cage_fsm.engine.record import CLAIM, RUN_ID, RUNS, Record, outcome, parse, without_dead_owner

CLAIMS = "claims/"
RACES = 5
"""So often a race for a claim is lost before the next look tries again."""


class Claim(Closed):
    """Who holds a service: a run, or nobody."""

    run: Annotated[str, Field(pattern=f"^{RUN_ID}$")] | None
    revision: int
    nonce: str


def key(service_arn: str, cluster_arn: str) -> str:
    """The claim's key, made of what AWS returned: account, region, cluster and service.

    Raises Refused where a name could lead to another key.
    """
    _, _, _, region, account, _ = service_arn.split(":", 5)
    made = f"{CLAIMS}{account}/{region}/{cluster_arn.rpartition('/')[2]}/{service_arn.rpartition('/')[2]}"
    if re.fullmatch(CLAIM, made) is None:
        message = f"Nothing on AWS can be called {service_arn!a} in {cluster_arn!a}; it is left alone."
        raise Refused(Outcome("failed", message))
    return made


def take(store: Store, claim_key: str, run_id: str, now: datetime) -> None:
    """Make `run_id` the holder. Raises Refused when another unfinished run holds the service."""
    for _ in range(RACES):
        try:
            return _try_to_take(store, claim_key, run_id, now)
        except Superseded:
            continue  # somebody wrote the claim in between: look who
    message = f"the claim {claim_key} is written by somebody at each try"
    raise StoreDown(message)


def _try_to_take(store: Store, claim_key: str, run_id: str, now: datetime) -> None:
    found = _load(store, claim_key)
    if found is None:
        store.create(claim_key, _text(run_id, 1))
        return
    claim, version = found
    if claim.run == run_id:
        return
    _require_free(store, claim, now)
    store.save(claim_key, _text(run_id, claim.revision + 1), version)


def check(store: Store, claim_key: str, now: datetime) -> None:
    """Raise Refused when an unfinished run holds the service. Nothing is written."""
    if found := _load(store, claim_key):
        _require_free(store, found[0], now)


def _require_free(store: Store, claim: Claim, now: datetime) -> None:
    if claim.run and (holder := _unfinished(store, claim.run)):
        raise Refused(_held(holder, now))


def release(store: Store, claim_key: str, run_id: str) -> None:
    """Free the service if `run_id` holds it; anybody else's claim stays."""
    found = _load(store, claim_key)
    if found and found[0].run == run_id:
        store.save(claim_key, _text(None, found[0].revision + 1), found[1])


def holder(store: Store, claim_key: str) -> str | None:
    """The id of the run that holds a service. Raises Refused when the claim cannot be read."""
    found = _load(store, claim_key)
    return found[0].run if found else None


def _load(store: Store, claim_key: str) -> tuple[Claim, Version] | None:
    try:
        text, version = store.load(claim_key)
        return Claim.model_validate_json(text), version
    except Absent:
        return None
    except (ValidationError, Unreadable):
        why = (
            f"The claim {claim_key} is damaged or foreign. Restore it from a backup; or use another store, "
            "once `cage-fsm runs` shows that no run of this service is unfinished."
        )
        raise Refused(_unclear(why)) from None


def _unfinished(store: Store, run_id: str) -> Record | None:
    try:
        text, _ = store.load(RUNS + run_id)
        record = parse(text, f"The run {run_id}, which holds this service,")
    except Absent:
        return None
    except Unreadable as error:
        raise Refused(_unclear(str(error))) from None
    return None if record.final else without_dead_owner(record)


def _held(holder: Record, now: datetime) -> Outcome:
    return Outcome(
        "failed",
        f"Run {holder.id} holds this service: {outcome(holder).outcome}, state {holder.state}, "
        f"begun {_ago(holder.created_at, now)}, last saved {_ago(holder.updated_at, now)} "
        f"({holder.updated_at:%Y-%m-%d %H:%M:%S} UTC); {holder.owner or 'no process'} drives it. "
        + _what_to_type(holder),
        {"holder": holder.id, "holder_state": holder.state},
        cause="held",
    )


def _what_to_type(holder: Record) -> str:
    end = f"it with `cage-fsm resume {holder.id}` or undo it with `cage-fsm rollback {holder.id}`."
    if holder.owner is None:
        return f"Finish {end}"
    return f"Follow it with `cage-fsm watch {holder.id}`; if that process is dead, finish {end}"


def _ago(then: datetime, now: datetime) -> str:
    return f"{words(max(int((now - then).total_seconds()), 0))} ago"


def _unclear(why: str) -> Outcome:
    return Outcome("failed", f"Whether the service is free cannot be told. {why}", cause="held")


def _text(run_id: str | None, revision: int) -> str:
    return Claim(run=run_id, revision=revision, nonce=secrets.token_hex(8)).model_dump_json()
