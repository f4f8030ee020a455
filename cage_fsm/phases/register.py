"""registering: a revision exists, and carries this run's tag unless the user named it."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from cage_fsm.aws.clients import Aws
from cage_fsm.aws.ecs import Tagged
from cage_fsm.aws.errors import AwsSaidNo
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.definition import BEGINNING
from cage_fsm.engine.ports import Outcome, Retryable
from cage_fsm.engine.run import Run
from cage_fsm.judge.seen import short
from cage_fsm.phases.base import Working
from cage_fsm.phases.facts import Facts, learn
from cage_fsm.phases.names import TAG
from cage_fsm.phases.our_deployment import CLOCKS_APART
from cage_fsm.phases.revision import containers, needed
from cage_fsm.phases.sending import sending

CALL = "RegisterTaskDefinition"
TAKE_BACK = "DeregisterTaskDefinition"
VISIBLE_AFTER = timedelta(seconds=15)

NEIGHBOURS = 3
"""Revisions are numbered in order, so that two of one run are close to each other."""


class Register(Working):
    """RegisterTaskDefinition has no token: a revision whose answer was lost is found by its tag."""

    needs: ClassVar[frozenset[str]] = frozenset({BEGINNING})

    def __init__(self, aws: Aws, files: DeployFiles | None) -> None:
        super().__init__(aws)
        self._files = files

    def enter(self, run: Run) -> None:
        """Register, unless this run has done so already, or is about a revision that exists."""
        if Facts.of(run.record).task_definition:
            return
        definition = needed(self._files, run).task_definition
        was_in_doubt = run.in_doubt(CALL) is not None
        arn = run.once(
            "ours", lambda: self._find(run, definition["family"]) or self._register(run, definition)
        )
        if was_in_doubt:
            self._take_others_back(run, arn)
        learn(run, task_definition=arn, containers=containers(definition))

    def _find(self, run: Run, family: str) -> str | None:
        if run.in_doubt(CALL) is None:
            return None
        found = self._search(run, family)
        if found is None and run.clock.now() - run.last_sent(CALL) < VISIBLE_AFTER:
            message = "looking whether the task definition was registered before the answer was lost"
            raise Retryable(message)
        return found

    def _search(self, run: Run, family: str) -> str | None:
        """The newest revision of this run, among those that are not older than the run."""
        for arn in self.aws.ecs.newest_revisions(family):
            found = self._tagged(run, arn)
            if found.tags.get(TAG) == run.record.id:
                return arn
            if found.registered_at and found.registered_at < run.record.created_at - CLOCKS_APART:
                break
        return None

    def _tagged(self, run: Run, arn: str) -> Tagged:
        """Of many revisions one is often throttled: what was answered is not asked for again."""
        return run.once(arn, partial(self.aws.ecs.tagged, arn))

    def _take_others_back(self, run: Run, arn: str) -> None:
        """Deregister what this run registered besides `arn`: the list may show a revision late."""
        family, _, number = arn.rpartition(":")
        for near in range(max(1, int(number) - NEIGHBOURS), int(number) + NEIGHBOURS + 1):
            other = f"{family}:{near}"
            if other != arn and self._tagged(run, other).tags.get(TAG) == run.record.id:
                run.intend(TAKE_BACK)
                with suppress(AwsSaidNo):  # one that nothing uses is no reason to fail
                    self.aws.ecs.deregister_task_definition(other)

    def _register(self, run: Run, definition: Mapping[str, Any]) -> str:
        ours = {"key": TAG, "value": run.record.id}
        run.intend(CALL)
        with sending(run, CALL):
            return self.aws.ecs.register_task_definition(
                {**definition, "tags": [*definition.get("tags", []), ours]}
            )

    def poll(self, run: Run) -> Outcome:
        """Done: the revision is there."""
        name = short(Facts.of(run.record).task_definition)
        was_there = CALL not in run.record.intents
        return Outcome("done", f"{name} was there already." if was_there else f"Registered {name}.")
