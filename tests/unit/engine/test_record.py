"""What a record says, what it refuses, and what it never prints."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from cage_fsm.engine.ports import Cause, Unreadable
from cage_fsm.engine.record import RUN_ID, Result, Step, new_run_id, outcome, parse

from .making import NOW, US, a_record

SECRET = "hunter2-the-secret"
CAUSES: tuple[Cause | None, ...] = (None, *get_args(Cause))


class TestRunIds:
    def test_have_their_documented_form_and_leave_room_in_the_names_made_of_them(self) -> None:
        for _ in range(100):
            name = new_run_id(NOW)
            assert re.fullmatch(RUN_ID, name)
            assert len(name) <= 27
            assert len(f"cage-fsm/{name}") <= 36

    def test_hold_only_characters_that_ecs_takes_as_started_by_and_as_a_token(self) -> None:
        assert re.fullmatch(r"[A-Za-z0-9-]+", new_run_id(NOW))

    def test_sort_by_time(self) -> None:
        seconds = (0, 1, 59, 60, 3600, 86_400, 31 * 86_400, 400 * 86_400)
        names = [new_run_id(NOW + timedelta(seconds=second)) for second in seconds]

        assert names == sorted(names)

    def test_of_the_same_second_differ(self) -> None:
        assert len({new_run_id(NOW) for _ in range(100)}) == 100

    def test_say_the_second_they_were_made(self) -> None:
        assert new_run_id(datetime(2026, 12, 31, 23, 59, 59, 999_999, UTC)).startswith("20261231-235959-")


class TestReading:
    def test_gives_back_what_was_written(self) -> None:
        step = Step(at=NOW, source="validating", trigger="done", to="registering", reason="ünï")
        record = a_record(
            owner=US,
            held=("canary_task",),
            durations={"bake": 1.5},
            inputs={"dir": "deploy"},
            facts={"task": {"arn": None, "ports": [1, 2]}},
            history=(step,),
            deadline=NOW,
            cause="held",
        )

        assert parse(record.model_dump_json(), "it") == record

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "[]",
            "null",
            '"text"',
            "{}",
            a_record().model_dump_json()[:-1],
            a_record().model_dump_json() + "}",
        ],
    )
    def test_refuses_what_is_no_record_and_names_it_and_what_to_do(self, text: str) -> None:
        with pytest.raises(Unreadable, match=r"^Run x is damaged .*another version.*backup"):
            parse(text, "Run x")

    @pytest.mark.parametrize("version", [0, 2, "1", None])
    def test_refuses_an_unknown_version(self, version: object) -> None:
        with pytest.raises(Unreadable, match="schema_version"):
            parse(changed(schema_version=version), "Run x")

    def test_reads_a_record_from_before_drivers_were_kept(self) -> None:
        written = json.loads(
            a_record(owner={"host": "h", "pid": 1, "started": "1", "boot": "b"}).model_dump_json()
        )
        del written["drivers"], written["owner"]["user"]

        assert parse(json.dumps(written), "Run x").drivers == ()

    def test_refuses_a_field_that_it_does_not_know(self) -> None:
        with pytest.raises(Unreadable, match="approvals"):
            parse(changed(approvals=[]), "Run x")

    @pytest.mark.parametrize(
        "name", ["../../etc/passwd", "20260101-000000-aaaaaa\n", "20260101-000000-AAAAAA"]
    )
    def test_refuses_an_id_of_another_form(self, name: str) -> None:
        with pytest.raises(Unreadable, match="id"):
            parse(changed(id=name), "Run x")

    def test_refuses_times_without_a_zone(self) -> None:
        with pytest.raises(Unreadable, match="updated_at"):
            parse(changed(updated_at="2026-01-01T00:00:00"), "Run x")

    @pytest.mark.parametrize("field", sorted(json.loads(a_record().model_dump_json())))
    @pytest.mark.parametrize("shape", [SECRET, [SECRET], {"some": SECRET}])
    def test_never_prints_a_value_that_it_was_given(self, field: str, shape: object) -> None:
        assert SECRET not in said_about(changed(**{field: shape}))

    @pytest.mark.parametrize(
        "text", [SECRET, f'"{SECRET}"', f'{{"facts": "{SECRET}', f'[{{"a": "{SECRET}"}}]']
    )
    def test_never_prints_a_text_that_is_no_record(self, text: str) -> None:
        said = said_about(text)

        assert "Run x is damaged" in said
        assert SECRET not in said


def changed(**fields: object) -> str:
    return json.dumps({**json.loads(a_record().model_dump_json()), **fields})


def said_about(text: str) -> str:
    """Everything that a traceback could print when `text` is read; nothing when it is a record."""
    words: list[str] = []
    try:
        parse(text, "Run x")
    except Unreadable as refusal:
        error: BaseException | None = refusal
        while error:
            words += [str(error), repr(error)]
            error = error.__cause__ or error.__context__
    return " ".join(words)


class TestTheOutcome:
    @pytest.mark.parametrize("cause", CAUSES)
    @pytest.mark.parametrize(
        ("state", "result"),
        [
            ("succeeded", Result("succeeded", 0)),
            ("left_failing", Result("left_failing", 4)),
            ("needs_operator", Result("needs_operator", 4)),
            ("validating", Result("suspended", 75)),
            ("stabilizing_service", Result("suspended", 75)),
        ],
    )
    def test_of_these_states_is_the_same_for_every_cause(
        self, state: str, cause: Cause | None, result: Result
    ) -> None:
        assert outcome(a_record(state=state, cause=cause)) == result

    @pytest.mark.parametrize(
        ("cause", "result"),
        [
            (None, Result("failed", 1)),
            ("failed", Result("failed", 1)),
            ("refused", Result("refused", 1)),
            ("held", Result("refused", 5)),
            ("interrupted", Result("interrupted", 130)),
            ("rollback", Result("rolled_back", 0)),
        ],
    )
    def test_of_an_aborted_run_is_what_it_was_aborted_for(self, cause: Cause | None, result: Result) -> None:
        assert outcome(a_record(state="aborted", cause=cause)) == result

    @pytest.mark.parametrize("machine", ["rollout", "rollback", "up"])
    @pytest.mark.parametrize("cause", CAUSES)
    def test_of_a_run_rolled_back_is_no_failure_only_where_it_was_asked_for(
        self, machine: str, cause: Cause | None
    ) -> None:
        asked_for = machine == "rollback" or cause == "rollback"

        assert outcome(a_record(machine=machine, state="rolled_back", cause=cause)) == Result(
            "rolled_back", 0 if asked_for else 3
        )

    def test_of_an_unfinished_run_is_running_while_a_process_owns_it(self) -> None:
        assert outcome(a_record(state="observing_canary", owner=US)) == Result("running", 75)

    def test_of_a_run_that_needs_an_operator_is_that_even_while_a_process_owns_it(self) -> None:
        assert outcome(a_record(state="needs_operator", owner=US)) == Result("needs_operator", 4)


class TestARecord:
    @pytest.mark.parametrize(
        ("state", "final"),
        [
            *((state, True) for state in ("succeeded", "aborted", "rolled_back", "left_failing")),
            *((state, False) for state in ("validating", "needs_operator", "rolling_back")),
        ],
    )
    def test_is_final_in_final_states_only(self, state: str, final: bool) -> None:
        assert a_record(state=state).final is final

    def test_entered_its_state_with_its_last_step_or_when_it_was_created(self) -> None:
        later = NOW + timedelta(minutes=1)
        step = Step(at=later, source="validating", trigger="done", to="registering", reason="")

        assert a_record().entered_at == NOW
        assert a_record(history=(step,)).entered_at == later
