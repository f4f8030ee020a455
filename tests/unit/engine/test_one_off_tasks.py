"""What a machine may do with a one-off task: start it once, and never end, rest or go forward beside it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cage_fsm.engine.definition import Promise, Resource
from cage_fsm.engine.record import Record, Step, outcome, situation
from cage_fsm.engine.verify import DefinitionError, Verified, load, still_holds
from cage_fsm.engine.walk import Node

from .making import NOW, a_record
from .states import ASKING, UNDOING

TASK: frozenset[Resource] = frozenset({"one_off_task"})
CHANGE: frozenset[Resource] = frozenset({"service_change"})
PHASES: Mapping[str, Promise] = {
    "look": Promise(),
    "ask": Promise(frozenset({"approved"})),
    "launch": Promise(acquires=TASK, needs=frozenset({"look"})),
    "run": Promise(releases=TASK, needs=frozenset({"launch"})),
    "stop": Promise(releases=TASK, renews=True),
    "change": Promise(acquires=CHANGE, releases=CHANGE, direction="forward"),
    "undo": Promise(direction="back", acquires=CHANGE, releases=CHANGE, renews=True),
}
MACHINE = """\
machine = "small"
initial = "looking"
hurry   = "stop"
final   = [{final}]

[state.looking]
does      = "look"
within    = "1m"
interrupt = "abort"
on.done   = {first}
on.failed = "aborted"
on.abort  = "aborted"

[state.launching_task]
does      = "launch"
within    = "launch"
interrupt = "abort"
acquires  = ["one_off_task"]
on.done   = "running_task"
on.failed = "stopping_task"
on.abort  = "stopping_task"

[state.running_task]
does      = "run"
within    = "task"
interrupt = "abort"
releases  = ["one_off_task"]
on.done   = "{then}"
on.failed = "stopping_task"
on.abort  = "stopping_task"

[state.stopping_task]
does      = "stop"
within    = "stop"
renew     = true
interrupt = "continue"
releases  = ["one_off_task"]
on.done   = "aborted"
on.failed = "needs_operator"

[state.needs_operator]
rests      = 4
on.resumed = "stopping_task"
on.abort   = "stopping_task"
"""
RUN = MACHINE.format(final='"completed", "aborted"', first='"launching_task"', then="completed")
BEFORE = """[
  { when = "approval_pending", to = "asking" }, { when = "task_pending", to = "launching_task" },
  { to = "changing" },
]"""
ENDS = '"succeeded", "aborted", "rolled_back"'
ROLLOUT = (
    MACHINE.format(final=ENDS, first=BEFORE, then="looking")
    + "\n"
    + ASKING
    + """\
[state.changing]
does      = "change"
within    = "1m"
interrupt = "suspend"
direction = "forward"
acquires  = ["service_change"]
releases  = ["service_change"]
on.done   = "succeeded"
on.failed = "undoing"
on.abort  = "undoing"

"""
    + UNDOING
)
MACHINES = {"run": RUN, "rollout": ROLLOUT}


def proved(folder: Path, text: str) -> Verified:
    file = folder / "small.toml"
    file.write_text(text, "utf-8")
    return load(file, PHASES)


@pytest.mark.parametrize(("name", "inputs"), [("run", 1), ("rollout", 8)])
def test_a_machine_with_a_one_off_task_is_proved(tmp_path: Path, name: str, inputs: int) -> None:
    assert proved(tmp_path, MACHINES[name]).proof.inputs == inputs


@pytest.mark.parametrize(
    ("name", "state", "old", "new", "message"),
    [
        (
            *("run", "running_task", 'on.abort  = "stopping_task"', 'on.abort  = "aborted"'),
            "aborted is reached while the run still holds one_off_task.",
        ),
        (
            *("run", "running_task", 'on.failed = "stopping_task"', 'on.failed = "completed"'),
            "completed is reached after an abort, a refusal or a failure.",
        ),
        (
            *("run", "looking", 'on.done   = "launching_task"', 'on.done   = "completed"'),
            "completed is reached before the one-off task has run.",
        ),
        (
            *("run", "launching_task", 'on.failed = "stopping_task"', 'on.failed = "needs_operator"'),
            "needs_operator rests while the run holds one_off_task, which nothing tried to release.",
        ),
        (
            *("run", "running_task", 'interrupt = "abort"', 'interrupt = "suspend"'),
            "is suspend, but the one-off task would stay behind with nobody looking at it.",
        ),
        (
            *("run", "running_task", 'interrupt = "abort"', 'interrupt = "continue"'),
            "is continue, so the run would go on to completed all the same.",
        ),
        (
            *("run", "looking", 'on.failed = "aborted"', 'on.failed = "launching_task"'),
            "launching_task starts the one-off task after an abort, a refusal or a failure.",
        ),
        (
            *("run", "stopping_task", 'on.failed = "needs_operator"', 'on.failed = "launching_task"'),
            "launching_task starts the one-off task a second time.",
        ),
        (
            *("run", "launching_task", 'on.done   = "running_task"', 'on.done   = "stopping_task"'),
            "stopping_task stops the one-off task though nothing speaks against the run.",
        ),
        (
            *("rollout", "running_task", 'on.done   = "looking"', 'on.done   = "changing"'),
            "changing follows the one-off task at once; the canary must be judged afresh.",
        ),
        (
            *("rollout", "running_task", 'on.done   = "looking"', 'on.done   = "launching_task"'),
            "launching_task starts the one-off task a second time.",
        ),
        (
            *("rollout", "running_task", 'on.failed = "stopping_task"', 'on.failed = "changing"'),
            "changing goes forward after an abort, a refusal or a failure.",
        ),
        (
            *("rollout", "running_task", 'on.abort  = "stopping_task"', 'on.abort  = "undoing"'),
            "undoing follows a verdict while the one-off task may still run; it is stopped first.",
        ),
        (
            *("rollout", "launching_task", 'on.done   = "running_task"', 'on.done   = "changing"'),
            "changing goes forward while the one-off task may still run.",
        ),
        (
            *("rollout", "looking", '{ when = "task_pending", to = "launching_task" }'),
            '{ when = "keep_failing", to = "launching_task" }',
            "changing goes forward before the one-off task that was asked for has run.",
        ),
        (
            *("rollout", "looking", '{ to = "changing" }', '{ to = "launching_task" }'),
            "launching_task starts the one-off task that nobody wanted.",
        ),
        (
            *("rollout", "looking", BEFORE.splitlines()[1]),
            '{ when = "task_pending", to = "launching_task" }, { when = "approval_pending", to = "asking" },',
            "launching_task starts the one-off task without the approval that was asked for.",
        ),
        (
            *("rollout", "asking", 'on.approved = "looking"'),
            'on.approved = [ { when = "task_pending", to = "launching_task" }, { to = "looking" } ]',
            "launching_task starts the one-off task without a canary that was just judged.",
        ),
        (
            *("run", None, 'hurry   = "stop"', 'hurry   = "look"'),
            "the phase look does not release one_off_task.",
        ),
        (
            *("run", None, 'hurry   = "stop"', 'hurry   = "run"'),
            "the phase run does not release one_off_task.",
        ),
        (
            *("run", "running_task", 'on.failed = "stopping_task"', 'on.failed = "needs_operator"'),
            "needs_operator rests while the run holds one_off_task, which nothing tried to release.",
        ),
        (
            *("run", None, 'hurry   = "stop"\n', ""),
            "a second Ctrl-C needs a phase here that releases one_off_task.",
        ),
        (
            *("run", "looking", 'does      = "look"', 'does      = "run"\nreleases = ["one_off_task"]'),
            "a one-off task runs in the state running_task, and nothing else does: history tells by it.",
        ),
    ],
)
def test_it_is_refused_when_it_does_wrong_with_it(  # noqa: PLR0917 - a row of the table
    tmp_path: Path, name: str, state: str | None, old: str, new: str, message: str
) -> None:
    text = MACHINES[name]
    before, header, section = text.partition(f"[state.{state}]") if state else ("", "", text)
    assert old in section

    with pytest.raises(DefinitionError) as refused:
        proved(tmp_path, before + header + section.replace(old, new, 1))
    assert message in str(refused.value)


def test_a_run_may_go_on_from_the_middle_of_its_task(tmp_path: Path) -> None:
    rollout = proved(tmp_path, ROLLOUT).definition

    assert still_holds(rollout, PHASES, Node("running_task", held=TASK)) == []
    assert still_holds(rollout, PHASES, Node("stopping_task", held=TASK, doomed=True)) == []
    assert still_holds(rollout, PHASES, Node("looking", approved=True, task_ran=True)) == []


def ran(machine: str = "rollout", **changes: object) -> Record:
    step = Step(at=NOW, source="running_task", trigger="done", to="checking_targets", reason="")
    return a_record(**{"machine": machine, "inputs": {"command": ["migrate"]}, "history": (step,), **changes})


def test_a_task_is_pending_until_it_ran() -> None:
    assert situation(ran(history=())).task_pending
    assert not situation(ran()).task_pending
    assert not situation(ran(history=(), inputs={})).task_pending


@pytest.mark.parametrize(
    ("cause", "facts", "code"),
    [
        ("failed", {"exit_code": 7}, 7),
        ("failed", {"exit_code": 255}, 255),
        ("failed", {"exit_code": 256}, 125),
        ("failed", {"exit_code": -1}, 125),
        ("failed", {"exit_code": 0}, 125),
        ("failed", {"exit_code": None}, 125),
        ("failed", {}, 125),
        ("refused", {}, 125),
        ("held", {}, 125),
        ("interrupted", {"exit_code": 137}, 130),
        ("rollback", {"exit_code": 137}, 0),
        (None, {}, 125),
    ],
)
def test_a_run_that_is_aborted_exits_with_the_code_of_its_container_or_with_one_of_ours(
    cause: str | None, facts: dict[str, int | None], code: int
) -> None:
    aborted = {"state": "aborted", "cause": cause, "facts": facts}

    assert outcome(ran("run", **aborted)).code == code
    assert outcome(ran("rollout", **aborted)) == outcome(ran("rollout", **{**aborted, "facts": {}}))


def test_a_run_that_is_completed_succeeded() -> None:
    assert outcome(ran("run", state="completed")) == ("succeeded", 0)
