"""What `transitions` does that nobody would guess, so that an upgrade which changes it is noticed.

Each test says what the engine does about it. `cage_fsm/engine/machine.py` is the only user of the library.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
from transitions import Machine, MachineError
from transitions.extensions.markup import MarkupMachine
from transitions.extensions.states import Timeout, add_state_features


class Model:
    """What the library fills in."""

    state: str
    trigger: Callable[..., bool]


def a_machine(model: object, **options: Any) -> Machine:
    """Make a machine of two states with one edge `go`, as the engine would."""
    given: dict[str, Any] = {
        "states": ["one", "two"],
        "transitions": [{"trigger": "go", "source": "one", "dest": "two"}],
        "initial": "one",
        "auto_transitions": False,
    }
    return Machine(model=model, **{**given, **options})


def fails(*_: object) -> None:
    message = "an effect that fails"
    raise OSError(message)


def test_the_state_is_assigned_between_the_exit_and_the_entry_of_a_state() -> None:
    """So the save of the next state is the first on_enter, and the phase's enter the second."""
    model, seen = Model(), list[tuple[str, str]]()

    def note(name: str) -> Callable[[], bool]:
        def here() -> bool:
            seen.append((name, model.state))
            return True

        return here

    edge = {"trigger": "go", "source": "one", "dest": "two", "conditions": note("condition")}
    a_machine(
        model,
        states=[{"name": "one", "on_exit": note("exit")}, {"name": "two", "on_enter": note("enter")}],
        transitions=[edge | {"before": note("before"), "after": note("after")}],
        before_state_change=note("before_state_change"),
        after_state_change=note("after_state_change"),
        finalize_event=note("finalize"),
    )
    model.trigger("go")

    assert seen == [
        *(("condition", "one"), ("before_state_change", "one"), ("before", "one"), ("exit", "one")),
        *(("enter", "two"), ("after", "two"), ("after_state_change", "two"), ("finalize", "two")),
    ]


def test_an_entry_that_fails_leaves_the_model_in_the_new_state() -> None:
    """So the engine never reads the model again: it is made afresh from the record for every trigger."""
    model = Model()
    a_machine(model, states=["one", {"name": "two", "on_enter": fails}])

    with pytest.raises(OSError, match="fails"):
        model.trigger("go")
    assert model.state == "two"


def test_an_exit_that_fails_leaves_the_model_in_the_old_state() -> None:
    """So nothing is saved: the save comes after the exit handler."""
    model = Model()
    a_machine(model, states=[{"name": "one", "on_exit": fails}, "two"])

    with pytest.raises(OSError, match="fails"):
        model.trigger("go")
    assert model.state == "one"


def test_a_failure_in_finalize_event_is_swallowed(caplog: pytest.LogCaptureFixture) -> None:
    """So nothing is saved there: a save that failed would look like one that worked."""
    model = Model()
    a_machine(model, finalize_event=fails)

    with caplog.at_level(logging.CRITICAL):
        assert model.trigger("go") is True


def test_on_exception_swallows_even_a_keyboard_interrupt() -> None:
    """So the engine does not use it: errors pass through `fire` to the runner."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    model = Model()
    a_machine(model, states=["one", {"name": "two", "on_enter": interrupted}], on_exception=lambda: None)

    assert model.trigger("go") is False


def test_an_edge_to_every_state_from_everywhere_is_added_unless_that_is_forbidden() -> None:
    """So `auto_transitions` is off: nothing may go round the machine that was proved."""
    model = Model()
    a_machine(model, auto_transitions=True)
    model.trigger("to_two")
    assert model.state == "two"

    other = Model()
    a_machine(other)
    with pytest.raises(AttributeError):
        other.trigger("to_two")


def test_an_unknown_initial_state_is_added_silently() -> None:
    """So a record is checked before: `resume` proves the machine from the record's state on."""
    model = Model()
    machine = a_machine(model, initial="renamed_since")

    assert model.state == "renamed_since"
    assert "renamed_since" in machine.states


def test_an_edge_to_an_unknown_state_fails_only_when_it_is_taken() -> None:
    """So the shape of every machine is checked when it is loaded."""
    model = Model()
    a_machine(model, transitions=[{"trigger": "go", "source": "one", "dest": "nowhere"}])

    with pytest.raises(ValueError, match="nowhere"):
        model.trigger("go")


def test_the_initial_state_is_never_entered() -> None:
    """So the runner enters a state whenever this process has not done so yet."""
    entered = list[str]()
    a_machine(Model(), states=[{"name": "one", "on_enter": lambda: entered.append("one")}, "two"])

    assert entered == []


def test_a_queued_trigger_returns_true_even_if_no_edge_was_taken() -> None:
    """So `queued` is off: False is how the engine learns that no edge fits."""
    edge = {"trigger": "go", "source": "one", "dest": "two", "conditions": lambda: False}
    queued, plain = Model(), Model()
    a_machine(queued, transitions=[edge], queued=True)
    a_machine(plain, transitions=[edge])

    assert (queued.trigger("go"), queued.state) == (True, "one")
    assert (plain.trigger("go"), plain.state) == (False, "one")


def test_the_first_of_two_edges_that_fit_is_taken_silently() -> None:
    """So edges are given in the order of the file, and one that hides others is refused on loading."""
    model = Model()
    edges = [{"trigger": "go", "source": "one", "dest": dest} for dest in ("two", "one")]
    a_machine(model, transitions=edges)
    model.trigger("go")

    assert model.state == "two"


def test_an_attribute_of_the_model_with_the_name_of_a_trigger_wins() -> None:
    """So the model is a bare object, and triggers are fired by name through `trigger`."""

    class Busy(Model):
        def go(self) -> str:
            return "I am not a trigger"

    model = Busy()
    a_machine(model)

    assert model.go() == "I am not a trigger"
    assert model.state == "one"


def test_a_trigger_that_no_edge_of_the_state_has_is_an_error_unless_it_is_ignored() -> None:
    """So `ignore_invalid_triggers` is on, and the runner decides what a missing edge means."""
    model, ignoring = Model(), Model()
    a_machine(model, initial="two")
    a_machine(ignoring, initial="two", ignore_invalid_triggers=True)

    with pytest.raises(MachineError):
        model.trigger("go")
    assert ignoring.trigger("go") is False


def test_a_final_state_can_be_left() -> None:
    """So a final state has no section in a machine file, and the runner never looks on in one."""
    model = Model()
    a_machine(model, states=[{"name": "one", "final": True}, "two"])

    assert model.trigger("go") is True


def test_a_timeout_is_a_thread_of_this_process() -> None:
    """So a deadline is a moment in the record: a thread does not survive a resume."""

    @add_state_features(Timeout)
    class WithTimeout(Machine):
        """The library's own way to limit a state."""

    model = Model()
    before = threading.active_count()
    machine = WithTimeout(
        model=model,
        states=["one", {"name": "two", "timeout": 60, "on_timeout": fails}],
        transitions=[{"trigger": "go", "source": "one", "dest": "two"}],
        initial="one",
        auto_transitions=False,
    )
    model.trigger("go")
    assert threading.active_count() == before + 1

    state: Any = machine.get_state("two")
    state.runner[id(model)].cancel()


def test_a_markup_machine_exports_what_comes_before_as_what_comes_after() -> None:
    """So diagrams are drawn from the machine files, and never from the library's export."""
    machine = MarkupMachine(
        states=["one"], initial="one", before_state_change="save", after_state_change="announce"
    )

    assert machine.markup["before_state_change"] == ["save"]
    assert machine.markup["after_state_change"] == ["save"]
