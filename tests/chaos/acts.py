"""One process at work, and what befalls it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cage_fsm.engine.record import Record
from tests.chaos.blows import LEFT_ALONE, Blow
from tests.chaos.codes import wrong
from tests.chaos.machine import Machine, Process
from tests.chaos.store import Books
from tests.chaos.tally import Tally

PATIENCE_SECONDS = 240
"""A lease, the longest looks for what a lost answer may have left, and a busy machine."""

LAST_LINES = 12


@dataclass(frozen=True)
class Act:
    """A command on a machine. `run`: the one that it is about, unless it begins one."""

    machine: Machine
    verb: str
    options: tuple[str, ...]
    blow: Blow = LEFT_ALONE
    run: str | None = None
    contested: bool = False


class Hands:
    """Type commands, strike at them, and see that they end as they should."""

    def __init__(self, env: Mapping[str, str], books: Books, tally: Tally, where: str) -> None:
        self._env, self._books, self._tally, self._where = env, books, tally, where

    def do(
        self, act: Act, env: Mapping[str, str], between: Callable[[str], None] | None = None
    ) -> str | None:
        """Let it come to its end, whatever that is; returns the run that it was about.

        `between` is called with the run while the process is stopped.
        """
        about = (act.run,) if act.run else ()
        process = act.machine.spawn({**self._env, **env}, act.verb, *about, *act.options)
        self._tally.count("processes", act.verb)
        self._tally.count("befell them", act.blow.name)

        def stopped() -> None:
            if between and process.run:
                between(process.run)

        act.blow.strike(process, stopped)
        code = process.wait(PATIENCE_SECONDS)
        run = act.run or process.run
        if code is None:
            process.end()
            self._complain(act, process, f"did not end within {PATIENCE_SECONDS} s")
        else:
            self._judge(act, process, code, self._books.record(run) if run else None)
        return run

    def _judge(self, act: Act, process: Process, code: int, record: Record | None) -> None:
        self._tally.count("exit codes", str(code))
        if code == -9:
            self._tally.count("killed in", record.state if record else "start-up")
        why = wrong(code, process.words, act.verb, act.blow, record, contested=act.contested)
        if why:
            self._complain(act, process, f"ended with {code}, but {why}")

    def _complain(self, act: Act, process: Process, words: str) -> None:
        said = "\n    ".join(process.words.splitlines()[-LAST_LINES:])
        self._tally.violation(f"{self._where}: {act.verb} ({act.blow.name}) {words}\n    {said}")
