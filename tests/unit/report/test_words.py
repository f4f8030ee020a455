from typing import get_args

import pytest

from cage_fsm.engine.owner import Owner
from cage_fsm.engine.record import OutcomeWord
from cage_fsm.report.words import DOING, SENTENCES, doing, sentence, type_next

from .samples import ID, LAUNCH_FAILED, ROLLED_BACK, STATES, definition, record, well

MACHINES = sorted(file.stem for file in STATES.glob("*.toml"))


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_of_every_machine_has_words(machine: str) -> None:
    assert [name for name in definition(machine).names if name not in DOING] == []


def test_every_outcome_has_a_sentence() -> None:
    assert set(SENTENCES) == set(get_args(OutcomeWord))


def test_unknown_words_are_no_error() -> None:
    assert doing("feeding_canary") == "feeding canary"
    assert sentence("eaten") == ""


def test_an_unfinished_run_can_go_on_or_back() -> None:
    assert type_next(record("done")) == f"cage-fsm resume {ID} to go on, or cage-fsm rollback {ID} to go back"


def test_a_run_on_its_way_back_can_only_go_on() -> None:
    assert type_next(record(*well(9), "failed", "done")) == f"cage-fsm resume {ID}"


def test_a_rollback_can_only_go_on() -> None:
    assert type_next(record(machine="rollback")) == f"cage-fsm resume {ID}"


def test_a_run_that_is_driven_can_be_followed() -> None:
    owner = Owner(host="ci-7", pid=4711, started="1", boot="b")
    driven = record("done").model_copy(update={"owner": owner})
    assert (
        type_next(driven)
        == f"cage-fsm watch {ID} to follow its process, or cage-fsm resume {ID} if that one is dead"
    )


def test_a_canary_that_awaits_approval_can_be_approved_or_refused() -> None:
    waiting = record(*well(5)).model_copy(update={"state": "awaiting_approval"})
    assert type_next(waiting) == f"cage-fsm resume {ID} --approve, or cage-fsm resume {ID} --refuse"


def test_an_operator_resumes_after_mending_the_cause() -> None:
    assert type_next(record(*well(8), "failed")).startswith(f"cage-fsm resume {ID} once the cause")


def test_a_run_that_succeeded_can_be_undone() -> None:
    assert type_next(record(*well(10))) == f"nothing (cage-fsm rollback {ID} would undo it)"


def test_after_a_failure_there_is_nothing_to_type() -> None:
    for ended in (LAUNCH_FAILED, ROLLED_BACK):
        assert type_next(ended) == "nothing; the run is over. Mend the cause and start again"


def test_the_store_is_named_in_the_command() -> None:
    going_back = record("done", machine="rollback")
    command = f"cage-fsm resume {ID} --store s3://runs/x"
    assert type_next(going_back, ("--store", "s3://runs/x")) == command
