"""The checkpoint of a run: one closed, versioned JSON document, and what its end means."""

import secrets
from datetime import UTC, datetime
from typing import Annotated, Literal, NamedTuple, cast

from pydantic import AfterValidator, AwareDatetime, Field, JsonValue, ValidationError

from cage_fsm.engine.definition import (
    FINAL_DIRECTIONS,
    TASK_STATE,
    Closed,
    Direction,
    Duration,
    Resource,
    Seconds,
    Situation,
    Trigger,
)
from cage_fsm.engine.owner import Owner, is_alive
from cage_fsm.engine.ports import Cause, Unreadable

RUNS = "runs/"
RUN_ID = r"\d{8}-\d{6}-[0-9a-hjkmnp-tv-z]{6}"
"""UTC date, UTC time, six letters: 22 characters. ECS takes `cage-fsm/<run id>` as a task's startedBy.

The first letter says when within the second it was, to 1/32; five are drawn by lot.
"""

CLAIM = r"claims(/[A-Za-z0-9_][A-Za-z0-9_.-]*){4}"
"""Account, region, cluster and service, as AWS lets them be called: no key leads anywhere else."""

MOST_CHARACTERS = 4_000_000
"""A record of a long run has some ten thousand."""

_LAST_DEADLINE = datetime(9000, 1, 1, tzinfo=UTC)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: nothing that reads like something else

OutcomeWord = Literal[
    "running",
    "suspended",
    "succeeded",
    "failed",
    "refused",
    "interrupted",
    "rolled_back",
    "left_failing",
    "needs_operator",
]


class Intent(Closed):
    """A call that must not be made twice, saved before it is sent."""

    call: str
    attempt: Annotated[int, Field(ge=1)]
    token: str
    at: AwareDatetime


class Step(Closed):
    """One transition that was taken."""

    at: AwareDatetime
    source: str
    trigger: Trigger
    to: str
    reason: str


class Evidence(Closed):
    """What a verdict was judged on."""

    at: AwareDatetime
    state: str
    trigger: Trigger
    reason: str
    seen: dict[str, JsonValue]


class Driver(Closed):
    """Who took the run into which process, and when."""

    at: AwareDatetime
    user: str
    host: str
    pid: int

    def __str__(self) -> str:
        return f"{self.user or 'somebody'} on {self.host}, process {self.pid}"


def _by_call(intents: dict[str, Intent]) -> dict[str, Intent]:
    if any(name != intent.call for name, intent in intents.items()):
        message = "an intent stands under another name than its call's"
        raise ValueError(message)
    return intents


class Record(Closed):
    """Everything that another machine needs to go on. Holds no secret values."""

    schema_version: Literal[1] = 1
    id: Annotated[str, Field(pattern=f"^{RUN_ID}$")]
    machine: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]
    digest: str
    state: str
    direction: Direction = "untouched"
    held: tuple[Resource, ...] = ()
    deadline: Annotated[AwareDatetime, Field(lt=_LAST_DEADLINE)] | None = None
    durations: dict[Duration, Seconds] = {}
    inputs: dict[str, JsonValue] = {}
    facts: dict[str, JsonValue] = {}
    intents: Annotated[dict[str, Intent], AfterValidator(_by_call)] = {}
    history: tuple[Step, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    cause: Cause | None = None
    claim: Annotated[str, Field(pattern=f"^{CLAIM}$")] | None = None
    owner: Owner | None = None
    drivers: tuple[Driver, ...] = ()
    """Every process that drove the run, the first one first. Records of old know of none."""
    created_at: AwareDatetime
    updated_at: AwareDatetime
    revision: int = 0
    nonce: str = ""

    @property
    def key(self) -> str:
        """Where the store keeps this record."""
        return RUNS + self.id

    @property
    def final(self) -> bool:
        """Whether the run has ended."""
        return self.state in FINAL_DIRECTIONS

    @property
    def approved(self) -> bool:
        """Whether the approval that was asked for was given."""
        return any(step.trigger == "approved" for step in self.history)

    @property
    def task_ran(self) -> bool:
        """Whether the one-off task ran to a good end."""
        return any((step.source, step.trigger) == (TASK_STATE, "done") for step in self.history)

    @property
    def entered_at(self) -> datetime:
        """When the present state was entered."""
        return self.history[-1].at if self.history else self.created_at


def situation(record: Record) -> Situation:
    """What the predicates of a machine look at, of a real run."""
    return Situation(
        record.direction,
        approval_pending=bool(record.inputs.get("approval")) and not record.approved,
        keep_failing=bool(record.inputs.get("keep_failing")),
        task_pending=bool(record.inputs.get("command")) and not record.task_ran,
    )


class Result(NamedTuple):
    """What became of a run, in a word and as an exit code."""

    outcome: OutcomeWord
    code: int


_ABORTED: dict[Cause | None, Result] = {
    None: Result("failed", 1),
    "failed": Result("failed", 1),
    "refused": Result("refused", 1),
    "held": Result("refused", 5),
    "interrupted": Result("interrupted", 130),
    "rollback": Result("rolled_back", 0),
}

OPERATOR = 4
"""The exit code of a run that needs an operator, but for `run`."""
OURS = 125
"""The exit code of `run` for a failure that is not the container's, as of `docker run`."""
_LARGEST = 255
"""A process exits with no other code; of a larger one only the last byte would be left, which may be 0."""


def outcome(record: Record) -> Result:
    """Say what `record` came to. An unfinished run is 75; `running` only while a process owns it."""
    match record.state:
        case "succeeded" | "completed":
            return Result("succeeded", 0)
        case "aborted":
            return _aborted(record)
        case "rolled_back":
            asked_for = record.machine == "rollback" or record.cause == "rollback"
            return Result("rolled_back", 0 if asked_for else 3)
        case "left_failing":
            return Result("left_failing", OPERATOR)
        case "needs_operator":
            return Result("needs_operator", OURS if record.machine == "run" else OPERATOR)
    return Result("running" if record.owner else "suspended", 75)


def _aborted(record: Record) -> Result:
    # A rollback that was itself taken back did nothing: nothing is rolled back.
    taken_back = record.machine == "rollback" and record.cause == "rollback"
    result = _ABORTED["interrupted" if taken_back else record.cause]
    is_failed_run = record.machine == "run" and result.outcome in ("failed", "refused")
    return Result(result.outcome, _of_a_task(record)) if is_failed_run else result


def _of_a_task(record: Record) -> int:
    theirs = record.facts.get("exit_code")
    fits = record.cause == "failed" and isinstance(theirs, int) and 0 < theirs <= _LARGEST
    return cast("int", theirs) if fits else OURS


def new_run_id(now: datetime) -> str:
    """Make a run id: sortable by time to 1/32 of a second, unique by thirty million to one within it."""
    part = _ALPHABET[now.microsecond * len(_ALPHABET) // 1_000_000]
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(5))
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{part}{drawn}"


def begun_at(run_id: str) -> datetime | None:
    """When a run began, which its id says; None for a date that does not exist."""
    try:
        return datetime.strptime(run_id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def without_dead_owner(record: Record) -> Record:
    """The record as nobody's, if the process that owns it is known to be gone."""
    is_gone = record.owner and is_alive(record.owner) is False
    return record.model_copy(update={"owner": None}) if is_gone else record


def parse(text: str, where: str) -> Record:
    """Read a record. Raises Unreadable, naming `where`, when it is damaged or of another version."""
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(_refusal(where, f"it has {len(text)} characters"))
    try:
        return Record.model_validate_json(text)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'the document'}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)[:3]
        )
    raise Unreadable(_refusal(where, wrong))


def parse_run(text: str, run_id: str) -> Record:
    """Read the record that is kept under this id. Raises Unreadable, also when it is another run's."""
    record = parse(text, f"Run {run_id}")
    if record.id != run_id:
        raise Unreadable(_refusal(f"Run {run_id}", f"it is the record of run {record.id}"))
    return record


def _refusal(where: str, wrong: str) -> str:
    return (
        f"{where} is damaged or was written by another version of cage-fsm ({wrong}). Nothing was done with "
        "it. Use the version that wrote it, or restore it from a backup."
    )
