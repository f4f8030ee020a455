"""What the words of a machine mean."""

import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from cage_fsm.data import data
from cage_fsm.engine.definition import (
    CANARY,
    DIRECTIONS,
    FINAL_DIRECTIONS,
    TRIGGERS,
    Definition,
    Direction,
    Edge,
    Predicate,
    Resource,
    Situation,
    State,
    Trigger,
    Within,
)


def machine(name: str = "rollout") -> Definition:
    return Definition.model_validate(tomllib.loads(data(f"states/{name}.toml").read_text("utf-8")))


def small(**changes: Any) -> Definition:
    given = {"machine": "small", "initial": "one", "final": ["aborted"], "state": {"one": {"rests": 4}}}
    return Definition.model_validate({**given, **changes})


def state(**given: Any) -> State:
    return State.model_validate(given)


class TestAPredicate:
    @pytest.mark.parametrize("direction", DIRECTIONS)
    def test_that_names_a_direction_holds_in_that_one_only(self, direction: Direction) -> None:
        situation = Situation(direction, approval_pending=True, keep_failing=True)

        assert [other for other in DIRECTIONS if situation.holds(other)] == [direction]

    @pytest.mark.parametrize("predicate", ["approval_pending", "keep_failing"])
    def test_that_names_an_input_holds_when_it_is_so(self, predicate: Predicate) -> None:
        is_so = {"approval_pending": False, "keep_failing": False}

        assert not Situation("forward", **is_so).holds(predicate)
        assert Situation("forward", **{**is_so, predicate: True}).holds(predicate)

    def test_that_is_missing_always_holds(self) -> None:
        assert Situation("back", approval_pending=False, keep_failing=False).holds(None)


class TestWithin:
    @pytest.mark.parametrize(
        ("text", "within"),
        [
            ("5m", Within(seconds=300)),
            ("drain", Within(names=("drain",))),
            ("drain + 2m", Within(names=("drain",), seconds=120)),
            ("bake+30s", Within(names=("bake",), seconds=30)),
            ("drain + stop", Within(names=("drain", "stop"))),
            ("drain + stop + 5s", Within(names=("drain", "stop"), seconds=5)),
        ],
    )
    def test_is_a_name_a_length_or_their_sum(self, text: str, within: Within) -> None:
        assert state(within=text).within == within

    @pytest.mark.parametrize(
        "text", ["lunch", "lunch + 2m", "2m + drain", "drain + lunch", "drain +", "", "999999999999d"]
    )
    def test_is_nothing_else(self, text: str) -> None:
        with pytest.raises(ValidationError):
            state(within=text)

    @pytest.mark.parametrize("value", [45, 10**400, {"seconds": 45}, {"name": "drain"}, ["drain"], True])
    def test_is_always_written_as_a_text(self, value: object) -> None:
        with pytest.raises(ValidationError, match="is a text: a duration"):
            state(within=value)


class TestARest:
    @pytest.mark.parametrize("code", [0, 1, 75, 10**400, "4"])
    def test_exits_with_4_and_nothing_else(self, code: object) -> None:
        assert state(rests=4).rests == 4
        with pytest.raises(ValidationError):
            state(rests=code)


class TestEdges:
    def test_are_written_as_a_state_as_a_table_or_as_a_list(self) -> None:
        as_name = state(on={"done": "aborted"})
        as_table = state(on={"done": {"to": "aborted"}})
        as_list = state(on={"done": [{"to": "aborted"}]})

        assert as_name == as_table == as_list
        assert as_name.on["done"] == (Edge(to="aborted"),)

    def test_are_listed_in_the_order_of_the_file(self) -> None:
        listed = [(name, trigger) for name, trigger, _ in machine("rollback").edges()]

        assert listed[:4] == [
            *(("validating", "done"), ("validating", "failed"), ("validating", "abort")),
            ("rolling_back", "done"),
        ]

    def test_turn_the_run_where_the_entered_state_says_or_else_where_they_say(self) -> None:
        rollout = machine()

        assert (
            rollout.direction_after(Edge(to="updating_service", direction="back"), "untouched") == "forward"
        )
        assert (
            rollout.direction_after(Edge(to="detaching_canary", direction="untouched"), "forward")
            == "untouched"
        )
        assert rollout.direction_after(Edge(to="detaching_canary"), "back") == "back"
        assert rollout.direction_after(Edge(to="aborted"), "untouched") == "untouched"

    def test_of_done_release_what_their_state_proves_released(self) -> None:
        edge = Edge(to="aborted")
        held: frozenset[Resource] = CANARY | {"service_change"}

        assert machine().held_after("stopping_canary", "done", edge, held) == {"service_change"}
        assert machine().held_after("stopping_canary", "failed", edge, held) == held

    def test_release_what_they_name_themselves(self) -> None:
        edge = Edge(to="detaching_canary", releases=("service_change",))

        held = machine().held_after("updating_service", "refused", edge, CANARY | {"service_change"})
        assert held == CANARY

    def test_that_enter_a_state_acquire_what_it_acquires_even_if_they_release_it(self) -> None:
        edge = Edge(to="rolling_back", releases=("service_change",))

        assert machine().held_after("updating_service", "failed", edge, frozenset()) == {"service_change"}


class TestAVerdict:
    @pytest.mark.parametrize("trigger", ["refused", "service_failed", "abort"])
    def test_leaves_the_way_forward_wherever_it_falls(self, trigger: Trigger) -> None:
        assert state().leaves_the_way_forward(trigger)
        assert state(renew=True).leaves_the_way_forward(trigger)

    @pytest.mark.parametrize("trigger", ["done", "approved", "resumed"])
    def test_that_goes_on_does_not(self, trigger: Trigger) -> None:
        assert not state().leaves_the_way_forward(trigger)

    def test_of_a_release_that_failed_says_nothing_of_the_revision(self) -> None:
        assert state().leaves_the_way_forward("failed")
        assert not state(renew=True).leaves_the_way_forward("failed")


class TestAMachine:
    def test_has_the_same_digest_whatever_its_comments_and_order_of_keys(self) -> None:
        one = small(state={"one": {"rests": 4, "on": {"resumed": "aborted"}}})
        same = small(state={"one": {"on": {"resumed": [{"to": "aborted"}]}, "rests": 4}})

        assert one.digest == same.digest

    def test_has_another_digest_when_it_says_something_else(self) -> None:
        assert small().digest != small(hurry="look").digest

    def test_names_its_final_states_last(self) -> None:
        assert small().names == ("one", "aborted")

    def test_never_changes(self) -> None:
        with pytest.raises(ValidationError):
            small().initial = "two"

    @pytest.mark.parametrize("name", ["rollout", "rollback"])
    def test_that_ships_uses_every_kind_of_word_as_it_is_meant(self, name: str) -> None:
        loaded = machine(name)

        assert {trigger for _, trigger, _ in loaded.edges()} <= set(TRIGGERS)
        assert set(loaded.final) <= set(FINAL_DIRECTIONS)
        assert all(state.does or state.rests for state in loaded.state.values())

    def test_never_prints_what_it_was_given(self) -> None:
        with pytest.raises(ValidationError) as refused:
            small(hurry=["hunter2"], state={"one": {"secret": "hunter2"}})

        assert "hunter2" not in str(refused.value)
