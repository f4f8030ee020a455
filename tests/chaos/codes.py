"""Whether a process ended with a code that its run, and what befell it, explain: README, "Exit codes"."""

from signal import Signals

from cage_fsm.engine.record import Record, outcome
from tests.chaos.blows import ASKS, Blow

REFUSED, UNFINISHED, INTERRUPTED = 5, 75, 130


def wrong(code: int, words: str, verb: str, blow: Blow, record: Record | None, *, contested: bool) -> str:
    """Why this cannot be the exit code; empty when it can. `record` is of the run that it drove, if any.

    `contested`: another process was at the same service meanwhile.
    """
    if code < 0:
        return _of_signal(Signals(-code), words, blow)
    if "This is a bug" in words or "\nTraceback" in f"\n{words}":
        return "it broke down"
    if code == REFUSED:
        return "" if contested else "nobody else was there"
    if code == UNFINISHED:
        return "" if contested or blow.steps else "nothing had befallen it"
    if code == INTERRUPTED and blow.asks and "nothing was begun" in words:
        return ""
    return _of_end(code, record, verb, contested=contested)


def _of_end(code: int, record: Record | None, verb: str, *, contested: bool) -> str:
    if record is None:
        return "it began no run"
    if not record.final:
        return f"its run is in {record.state}"
    undone = verb == "rollback" and record.state in ("aborted", "rolled_back")
    due = 0 if undone else outcome(record).code
    return "" if code == due or contested else f"{due} was due: its run is {record.state}"


def _of_signal(number: Signals, words: str, blow: Blow) -> str:
    if number not in blow.signals:
        return "nobody sent that"
    if number in ASKS and "Run " in words:
        return "it drove a run"  # before that, Python's own way to die will do
    return ""
