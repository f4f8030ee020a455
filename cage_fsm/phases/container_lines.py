"""What a container writes while it runs: from awslogs, without secrets, each line once in a process."""

from collections.abc import Callable
from datetime import timedelta

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.aws.logs import Page
from cage_fsm.engine.ports import Retryable
from cage_fsm.engine.run import Run
from cage_fsm.judge.seen import ContainerSeen, TaskSeen
from cage_fsm.known_secrets import known_secrets
from cage_fsm.phases.answered import answered
from cage_fsm.phases.facts import Facts
from cage_fsm.phases.last_words import Place, place_of
from cage_fsm.redaction import redacted

Write = Callable[[str], None]
"""Takes a line that a container wrote."""

LATE = timedelta(seconds=4)
"""How long after a container's end its last lines are waited for: awslogs sends them in batches."""

NO_ANSWER = "CloudWatch Logs does not answer"

_MOST_PAGES, _MOST_LINES = 5, 2000
"""Of one look, and of a page: the task has to be looked at as well, and redaction takes 3 s for a MB."""


class ContainerLines:
    """The lines of one container, from its first one on, or from where an earlier process has come to."""

    def __init__(self, aws: Aws, write: Write, secrets: frozenset[str]) -> None:
        self._aws, self._write, self._secrets = aws, write, secrets
        self._position: str | None = None
        self._shown = 0
        """How many lines of the page at that position."""
        self._silent = False
        self.behind = False
        """Whether there are more lines than one look has shown."""

    def may_come(self, run: Run) -> bool:
        """Whether lines of a container that has ended may still come."""
        now = run.clock.now()
        since, _ = run.looks.see("its container has ended", now)
        return not self._silent and (self.behind or now - since < LATE)

    def show(self, run: Run, task: TaskSeen, name: str) -> str:
        """Show what is new. Returns a sentence, once, where the lines cannot be had."""
        container = next((each for each in task.containers if each.name == name), None)
        if self._silent or container is None:
            return ""
        try:
            why = answered(run, "lines", lambda: self._show(run, task, container), NO_ANSWER)
        except Retryable:
            return ""
        except AwsSaidNo as no:
            why = f"{no.code}: {no.message}"
        self._silent = bool(why)
        return f"The lines of container {name} cannot be shown: {why}." if why else ""

    def _show(self, run: Run, task: TaskSeen, container: ContainerSeen) -> str:
        """Returns why there are no lines, and never will be; nothing while some may come."""
        definition = run.once("definition", lambda: self._aws.ecs.task_definition(task.task_definition))
        place = place_of(self._aws, task.arn, container, definition)
        if isinstance(place, str):
            has_started = container.last_status not in ("", "PENDING")
            return place if has_started else ""
        secrets = known_secrets([definition, task.overrides]) | self._secrets
        self._position = self._position or Facts.of(run.record).log_position or None
        self.behind, shown = False, 0
        for _ in range(_MOST_PAGES):
            page = self._next(run, place)
            fresh, self._shown = page.lines[self._shown :], len(page.lines)
            self._hand_on(fresh, secrets)
            if page.position in (None, self._position):
                return ""
            self._position, self._shown = page.position, 0
            shown += len(fresh)
            run.remember(log_position=page.position)
        self.behind = shown > 0  # a cloud may lead on and on where nothing is
        return ""

    def _next(self, run: Run, place: Place) -> Page:
        try:
            return self._aws.logs.from_head(*place, self._position, _MOST_LINES)
        except AwsSaidNo as no:
            is_early = no.code == "ResourceNotFoundException" and "log group" not in no.message
            is_old = no.code == "InvalidParameterException" and self._position is not None
            if not (is_early or is_old):
                raise
        # There is a stream once the container has started; and a position is good for a day (API reference).
        self._position = None
        run.remember(log_position="")
        return Page([], None)

    def _hand_on(self, lines: list[str], secrets: frozenset[str]) -> None:
        for line in redacted("\n".join(lines), secrets).splitlines():
            self._write(line)
