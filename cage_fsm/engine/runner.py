"""The story of one run.

    create      a record in the initial state is saved; nothing else happens
    take_over   this process becomes the owner, when no other lives; a resume begins here as well
    advance     one look: obey a signal, fire a verdict, or enter the state and judge what is seen
    drive       looks until the run is finished or suspended; sleeps and listens in between

One look makes one attempt. What does not answer is asked again by the next look; what AWS refuses becomes
the verdict that the next look fires; nothing is ever fired inside an `except`. A save that fails leaves the
run stale: the next look asks the store what holds, and stops touching AWS if the run is another's by now.

A deadline is judged only after a whole look without a verdict, so that a run resumed late still sees what
became of it; where no look was whole for a minute past it, the state fails for want of an answer.
"""

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from types import MappingProxyType
from typing import cast

from pydantic import JsonValue

from cage_fsm.engine.definition import Definition, Duration, State, tasks
from cage_fsm.engine.durations import words
from cage_fsm.engine.machine import deadline, fire, leave_on_record
from cage_fsm.engine.owner import Owner, is_alive
from cage_fsm.engine.ports import (
    Clock,
    Event,
    Finished,
    Hurry,
    Kind,
    Moved,
    Outcome,
    Refused,
    Retryable,
    Store,
    StoreDown,
    Superseded,
    Suspend,
    Suspended,
    Unreadable,
    Wait,
)
from cage_fsm.engine.record import Record, outcome
from cage_fsm.engine.run import HEARTBEAT, Hurries, Phase, Run
from cage_fsm.engine.taking import NO_ANSWER, own, wait_for_death

SLOWEST_POLL_SECONDS = 5.0
NOTHING: Mapping[str, JsonValue] = MappingProxyType({})
INTERRUPTED = Outcome("abort", "interrupted by a signal", cause="interrupted")


class Runner:
    """Drives runs of one machine with the given phases."""

    def __init__(
        self,
        definition: Definition,
        phases: Mapping[str, Phase],
        clock: Clock,
        tell: Callable[[Event], None],
        *,
        alive: Callable[[Owner], bool | None] = is_alive,
        poll_seconds: float | None = None,
    ) -> None:
        self.definition, self.phases, self.clock, self._tell = definition, phases, clock, tell
        self._alive, self._poll_seconds = alive, poll_seconds
        self._errors = 0
        self._failing_since = clock.now()
        self._aborted_by_signal = self._heard = False

    def create(self, store: Store, run_id: str, owner: Owner, **inputs: JsonValue) -> Run:
        """Save a new run in the initial state."""
        now = self.clock.now()
        initial = self.definition.state[self.definition.initial]
        record = Record(
            id=run_id,
            machine=self.definition.machine,
            digest=self.definition.digest,
            state=self.definition.initial,
            direction=initial.direction or "untouched",
            held=initial.acquires,
            durations=cast("dict[Duration, float]", inputs.get("durations", {})),
            inputs=inputs,
            created_at=now,
            updated_at=now,
        )
        first = record.model_copy(update={"deadline": deadline(self.definition, record.state, record, now)})
        return Run.create(store, first, owner, self.clock)

    def take_over(self, run: Run, ask: Outcome | None = None, *, whoever_lives: bool = False) -> None:
        """Become the owner of `run`, and let the next look fire `ask` where an edge is there for it.

        Raises StillDriven when its owner lives, unless it is to be taken from `whoever_lives`, and when
        another process took it first.
        """
        if not whoever_lives:
            wait_for_death(run, self._alive, lambda words: self._say(run, "seen", words))
        own(run, self.definition, whoever_lives=whoever_lives)
        if run.record.final:
            return
        run.asked = ask
        if ask is None and self.definition.state[run.record.state].rests is not None:
            run.asked = Outcome("resumed", "resumed by an operator")

    def advance(self, run: Run) -> Wait | Moved | Suspended | Finished:
        """Make one look. Raises Superseded when the run is another process's."""
        try:
            step = self._look(run)
        except Retryable as error:
            step = self._again(run, error)
        except Refused as error:
            run.verdict = error.outcome
            step = Wait(0, error.outcome.reason)
        except Suspend as error:
            step = Suspended(str(error))
        except Unreadable as error:
            step = Suspended(f"{error} {self._hurry(run)}", 4)
        except Superseded:
            if not run.was_removed():  # nobody else can have it then, nor ever release its canary
                raise
            hurried = self._hurry(run, "but no record is left by which a resume could prove it")
            step = Suspended(f"Run {run.record.id} was removed from the store; {hurried}", 4)
        if isinstance(step, Wait):
            run.looks.expect_next(self.clock.now(), max(step.seconds, self._poll_seconds or 0))
            self._say(run, "seen", step.seen, step.evidence)
        return step

    def drive(self, run: Run) -> Suspended | Finished:
        """Look until the run is finished or suspended. Raises Superseded."""
        end = None
        with suppress(Hurry), run.until_hurried():
            end = self._look_on(run)
        end = end or self._break_off(run)
        if isinstance(end, Suspended):
            self._let_go(run)
            self._say(run, "suspended", end.why)
        return end

    def _look_on(self, run: Run) -> Suspended | Finished:
        while run.signals <= 1:
            match self.advance(run):
                case (Finished() | Suspended()) as end:
                    return end
                case Wait(seconds=seconds):
                    self.clock.sleep(self._pace(seconds))
                case Moved():
                    pass
        raise Hurry

    def _break_off(self, run: Run) -> Suspended | Finished:
        """Leave at once. What was broken off may or may not have been done: the store knows what holds."""
        words = self._hurry(run)
        run.stale = True
        for _ in range(2):  # there is no next look that could ask the store again
            with suppress(StoreDown, Suspend, Unreadable):
                return self._leave(run) or Suspended(f"interrupted twice; {words}")
        return Suspended(f"interrupted twice; {words}")

    def _leave(self, run: Run) -> Finished | None:
        """Put on record that the state is left, where a signal aborts it; tell of a run that has ended."""
        if run.stale:
            run.reload()
        state = self.definition.state.get(run.record.state)
        if state and state.interrupt == "abort":
            leave_on_record(self.definition, run, _abort(run))
        return self._finish(run) if run.record.final else None

    def _look(self, run: Run) -> Wait | Moved | Suspended | Finished:
        if run.stale:
            run.reload()
        if run.record.final:
            return self._finish(run)
        run.heartbeat(HEARTBEAT - timedelta(seconds=self._poll_seconds or SLOWEST_POLL_SECONDS))
        state = self.definition.state[run.record.state]
        if step := self._obey(run, state):
            return step
        if state.does is None:
            return Suspended(f"{run.record.state}: an operator must look", state.rests or 4)
        phase = self.phases[state.does]
        seen = run.verdict or self._judge(run, phase)
        return self._fire(run, phase, seen) if isinstance(seen, Outcome) else seen

    def _judge(self, run: Run, phase: Phase) -> Outcome | Wait | Suspended:
        run.looks.begin(self.clock.now())
        if not run.entered:
            phase.enter(run)
            run.entered = True
        seen = phase.poll(run)
        self._errors = 0
        limit = run.record.deadline
        if isinstance(seen, Wait) and limit and self.clock.now() >= limit:
            spent = words((limit - run.record.entered_at).total_seconds())
            late = {"rule": "deadline", "last_seen": seen.seen}
            return Outcome("failed", f"No verdict within {spent}. Last seen: {seen.seen}", late)
        return seen

    def _obey(self, run: Run, state: State) -> Moved | Suspended | None:
        if run.signals and state.interrupt == "abort" and not self._aborted_by_signal:
            self._aborted_by_signal = True
            run.asked = _abort(run)
        if run.asked:
            if self._try(run, run.asked):
                return Moved(run.record.state)
            run.asked = None  # the run goes back already
        if run.signals and not self._aborted_by_signal and state.interrupt == "suspend":
            return Suspended("interrupted by a signal")
        if run.signals and not self._heard:
            self._heard = True
            held = tasks(run.record.held)
            what = f"{held} must be released" if held else "what was begun must be finished"
            self._say(run, "seen", f"interrupted; {what} first. Once more to stop waiting")
        return None

    def _fire(self, run: Run, phase: Phase, verdict: Outcome) -> Moved:
        source = run.record.state
        against = self.definition.state[source].leaves_the_way_forward(verdict.trigger)
        if against and run.record.cause is None:  # what is to be seen now may be gone later
            verdict = phase.explain(run, verdict)
        if not self._try(run, verdict):
            message = f"{source} has no edge for {verdict.trigger}; the proof of this machine is wrong."
            raise AssertionError(message)
        return Moved(run.record.state)

    def _try(self, run: Run, verdict: Outcome) -> bool:
        run.verdict = verdict  # for the exit handler
        try:
            return fire(self.definition, self.phases, run, verdict, self._announce)
        finally:
            run.verdict = None

    def _announce(self, run: Run, verdict: Outcome) -> None:
        self._errors = 0
        self._say(run, "moved", verdict.reason, verdict.evidence)

    def _finish(self, run: Run) -> Finished:
        with suppress(StoreDown, Superseded, Suspend, Refused, Unreadable):
            run.release_claim()  # a claim whose run is final is free
        result = outcome(run.record)
        self._say(run, "finished", result.outcome)
        return Finished(run.record.state, result.code)

    def _again(self, run: Run, error: Retryable) -> Wait | Suspended:
        now = self.clock.now()
        if self._errors == 0:
            self._failing_since = now
        self._errors += 1
        if now >= max(run.record.deadline or now, self._failing_since) + NO_ANSWER:
            if isinstance(error, StoreDown):
                return Suspended(f"the store stays out of reach ({error}); {self._hurry(run)}", 4)
            run.verdict = Outcome("failed", f"No answer: {error}", {"rule": "no_answer"})
            return Wait(0, run.verdict.reason)
        return Wait(min(0.5 * 2 ** min(self._errors - 1, 5), SLOWEST_POLL_SECONDS), f"{error}; looking again")

    def _hurry(self, run: Run, proof: str = "and a resume proves it") -> str:
        """Stop the tasks of this run without waiting, if any are held, and say what came of it."""
        what = tasks(run.record.held)
        if not self.definition.hurry or not what:
            return "no task of this run is held"
        try:
            is_known = cast("Hurries", self.phases[self.definition.hurry]).hurry(run)
        except (Retryable, Refused, Suspend) as error:
            return f"{what} could not be released: {error}"
        if not is_known:
            return f"{what} could not be found yet, and a resume looks for it"
        return f"told {what} to stop, {proof}"

    def _let_go(self, run: Run) -> None:
        try:
            run.save(owner=None)  # if it fails, the next owner judges this one by its process or lease
        except Superseded:
            pass
        except (StoreDown, Suspend, Unreadable):
            # Who is told how the run was left must not hear that somebody drives it.
            run.record = run.record.model_copy(update={"owner": None})

    def _pace(self, seconds: float) -> float:
        if seconds == 0 or self._poll_seconds is not None:
            return self._poll_seconds or 0
        return min(seconds * random.uniform(1.0, 1.05), SLOWEST_POLL_SECONDS)  # noqa: S311 - spreads load

    def _say(self, run: Run, kind: Kind, what: str, evidence: Mapping[str, JsonValue] = NOTHING) -> None:
        self._tell(Event(self.clock.now(), kind, run.record.state, what, evidence))


def _abort(run: Run) -> Outcome:
    """The abort that was asked for, or else a signal's: a rollback that is interrupted stays a rollback."""
    return run.asked if run.asked and run.asked.trigger == "abort" else INTERRUPTED
