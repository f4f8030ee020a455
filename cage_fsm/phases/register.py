"""registering: a revision exists, and carries this run's tag unless the user named it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from cage_fsm.aws.clients import Aws
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.ports import Outcome, Retryable
from cage_fsm.engine.run import Run
from cage_fsm.judge.seen import short
from cage_fsm.phases.base import Working
from cage_fsm.phases.facts import Facts, Inputs, learn
from cage_fsm.phases.names import TAG
from cage_fsm.phases.revision import containers, needed
from cage_fsm.phases.sending import sending

CALL = "RegisterTaskDefinition"
VISIBLE_AFTER = timedelta(seconds=15)


class Register(Working):
    """RegisterTaskDefinition has no token: a revision whose answer was lost is found by its tag."""

    needs: ClassVar[frozenset[str]] = frozenset({"validate"})

    def __init__(self, aws: Aws, files: DeployFiles | None) -> None:
        super().__init__(aws)
        self._files = files

    def enter(self, run: Run) -> None:
        """Register, unless this run has done so already, or is about a revision that exists."""
        if Facts.of(run.record).task_definition:
            return
        definition = needed(self._files, run).task_definition
        arn = self._find(run, definition["family"]) or self._register(run, definition)
        learn(run, task_definition=arn, containers=containers(definition))

    def _find(self, run: Run, family: str) -> str | None:
        if run.in_doubt(CALL) is None:
            return None
        found = self.aws.ecs.revision_tagged(family, TAG, run.record.id)
        if found is None and run.clock.now() - run.last_sent(CALL) < VISIBLE_AFTER:
            message = "looking whether the task definition was registered before the answer was lost"
            raise Retryable(message)
        return found

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
        was_there = Inputs.of(run.record).task_definition
        return Outcome("done", f"{name} was there already." if was_there else f"Registered {name}.")
