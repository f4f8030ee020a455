"""Fires one trigger on a run, through `transitions`: the only place that imports it.

The library runs conditions, then `before`, the source's on_exit, sets the state, then the target's on_enter.
So a state's on_enter is the save, then the announcement, then the phase: the state is on disk before its
effect. The model is made afresh from the record each time, because it says the new state already when an
on_enter raises.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from transitions import Machine, State

from cage_fsm.engine.definition import Definition, Duration, Edge, Predicate, Within
from cage_fsm.engine.ports import Outcome
from cage_fsm.engine.record import Record, Step, situation
from cage_fsm.engine.run import Phase, Run

_OLDER: Mapping[Duration, float] = {"stop": 300}
"""Seconds, for records from before a duration had its name."""


class _Model:
    state: str
    trigger: Callable[[str], bool]


def fire(
    definition: Definition,
    phases: Mapping[str, Phase],
    run: Run,
    verdict: Outcome,
    announce: Callable[[Run, Outcome], None],
) -> bool:
    """Take the edge of `verdict`: exit the state, save the next one, enter it. False when no edge fits."""
    taken: list[Edge] = []

    def save() -> None:
        enter_on_record(definition, run, verdict, taken[-1])
        announce(run, verdict)

    model = _Model()
    Machine(
        model=model,
        states=[_state(definition, phases, run, name, save) for name in definition.names],
        transitions=[
            {
                "trigger": trigger,
                "source": source,
                "dest": edge.to,
                "conditions": [partial(_holds, run, edge.when)],
                "before": [partial(taken.append, edge)],
            }
            for source, trigger, edge in definition.edges()
        ],
        initial=run.record.state,
        auto_transitions=False,
        ignore_invalid_triggers=True,
    )
    return model.trigger(verdict.trigger)


def leave_on_record(definition: Definition, run: Run, verdict: Outcome) -> None:
    """Save that the edge of `verdict` was taken. Nothing of the state that follows was done yet."""
    edges = definition.state[run.record.state].on.get(verdict.trigger, ())
    if edge := next((each for each in edges if _holds(run, each.when)), None):
        enter_on_record(definition, run, verdict, edge)


def enter_on_record(definition: Definition, run: Run, verdict: Outcome, edge: Edge) -> None:
    """Save that the run is in the state that `edge` leads to. Nothing of that state was done yet."""
    record = run.record
    source = definition.state[record.state]
    now = run.clock.now()
    step = Step(at=now, source=record.state, trigger=verdict.trigger, to=edge.to, reason=verdict.reason)
    changes: dict[str, Any] = {
        "state": edge.to,
        "direction": definition.direction_after(edge, record.direction),
        "held": tuple(
            sorted(definition.held_after(record.state, verdict.trigger, edge, frozenset(record.held)))
        ),
        "deadline": deadline(definition, edge.to, record, now),
        "history": (*record.history, step),
    }
    if record.cause is None and source.leaves_the_way_forward(verdict.trigger):
        changes["cause"] = verdict.cause or ("refused" if verdict.trigger == "refused" else "failed")
    if edge.to in definition.final:
        changes["owner"] = None
    run.save(**changes)
    run.asked = None
    run.begin_state()


def deadline(definition: Definition, name: str, record: Record, now: datetime) -> datetime | None:
    """The moment by which the state `name`, entered `now`, must have a verdict; None for one without end."""
    state = definition.state.get(name)
    if state is None or state.within is None:
        return None
    return now + timedelta(seconds=_seconds(state.within, record))


def _seconds(within: Within, record: Record) -> float:
    named = (record.durations.get(name, _OLDER.get(name, 0)) for name in within.names)
    return within.seconds + sum(named)


def _holds(run: Run, when: Predicate | None) -> bool:
    return situation(run.record).holds(when)


def _state(
    definition: Definition, phases: Mapping[str, Phase], run: Run, name: str, save: Callable[[], None]
) -> State:
    state = definition.state.get(name)
    if state is None or state.does is None:
        return State(name, on_enter=[save], final=name in definition.final)
    phase = phases[state.does]

    def enter() -> None:
        phase.enter(run)
        run.entered = True

    return State(name, on_enter=[save, enter], on_exit=[partial(phase.exit, run)])
