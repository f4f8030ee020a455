"""After a rollout: is the cloud clean, and do the records tell the truth?"""

from cage_fsm.engine.record import Record, outcome
from cage_fsm.phases.facts import Facts
from tests.chaos.cloud import CANARY, ONE_OFF, Witness
from tests.chaos.kit import ENDS, GOOD
from tests.chaos.store import Books
from tests.chaos.tally import Tally


class Inquest:
    """Knows which revision the service is to run."""

    def __init__(self, witness: Witness, books: Books, tally: Tally, where: str) -> None:
        self._witness, self._books, self._tally, self._where = witness, books, tally, where
        self._revision = witness.revision()

    def hold(self, image: str, *, asked: bool) -> None:
        """Look into the runs of one rollout. `asked`: one of them was asked to end, or to go back."""
        runs = self._books.news()
        for run in runs:
            self._of_run(run, image, asked=asked)
        self._of_cloud()
        self._books.close(runs)

    def _of_run(self, run: Record, image: str, *, asked: bool) -> None:
        self._tally.count("runs came to", outcome(run).outcome if run.final else run.state)
        facts = Facts.of(run)
        self._expect(run.final, f"run {run.id} is still in {run.state}")
        self._expect(
            asked or run.cause == "held" or facts.one_off_in_doubt or run.state == ENDS[image],
            f"{run.id} is {run.state}, with an image that is {image}",
        )
        self._expect(image == GOOD or run.state != "succeeded", f"{run.id} succeeded with {image}")
        if facts.baseline:
            self._expect(
                facts.baseline == self._revision, f"{run.id} takes {facts.baseline} for the baseline"
            )
            self._expect(self._witness.is_active(facts.baseline), f"{facts.baseline} was deregistered")
        if run.state == "succeeded":
            self._revision = facts.task_definition
        for group in (CANARY, ONE_OFF):
            started = self._witness.started_by(run.id, group)
            self._expect(len(started) <= 1, f"{run.id} started {len(started)} tasks of {group}")
        if run.inputs.get("command") and run.state == "succeeded":
            self._expect(self._witness.started_by(run.id, ONE_OFF), f"{run.id} ran no one-off task")

    def _of_cloud(self) -> None:
        left, ghosts = self._witness.left(), self._witness.ghosts()
        self._expect(not left, f"tasks are left: {left}")
        self._expect(not ghosts, f"targets are left: {ghosts}")
        self._expect(self._witness.most_at_once <= 1, f"{self._witness.most_at_once} canaries ran at once")
        revision, holder = self._witness.revision(), self._books.holder()
        self._expect(revision == self._revision, f"the service runs {revision}, not {self._revision}")
        self._expect(holder is None, f"{holder} still holds the service")

    def _expect(self, true: object, otherwise: str) -> None:
        if not true:
            self._tally.violation(f"{self._where}: {otherwise}")
