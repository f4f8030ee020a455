"""registering: a revision exists that carries this run's tag."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from cage_fsm.aws.clients import Aws
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.ports import Outcome, Retryable
from cage_fsm.engine.run import Run
from cage_fsm.phases.base import Working
from cage_fsm.phases.facts import Container, Facts, learn
from cage_fsm.phases.names import TAG
from cage_fsm.phases.sending import sending
from cage_fsm.phases.validate import needed

CALL = "RegisterTaskDefinition"
VISIBLE_AFTER = timedelta(seconds=15)


class Register(Working):
    """RegisterTaskDefinition has no token: a revision whose answer was lost is found by its tag."""

    needs: ClassVar[frozenset[str]] = frozenset({"validate"})

    def __init__(self, aws: Aws, files: DeployFiles | None) -> None:
        super().__init__(aws)
        self._files = files

    def enter(self, run: Run) -> None:
        """Register, unless this run has done so already."""
        if Facts.of(run.record).task_definition:
            return
        definition = needed(self._files, run).task_definition
        arn = self._find(run, definition["family"]) or self._register(run, definition)
        learn(run, task_definition=arn, containers=_containers(definition))

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
        return Outcome("done", f"Registered {Facts.of(run.record).task_definition.rpartition('/')[2]}.")


def _containers(definition: Mapping[str, Any]) -> tuple[Container, ...]:
    return tuple(
        Container(
            name=each["name"],
            essential=each.get("essential", True),
            checked=_is_checked(each.get("healthCheck")),
            start_period=(each.get("healthCheck") or {}).get("startPeriod") or 0,
            interval=(each.get("healthCheck") or {}).get("interval") or 30,  # the default (API reference)
            ports=tuple(
                port["containerPort"] for port in each.get("portMappings", []) if "containerPort" in port
            ),
            not_restarted_on=_not_restarted_on(each.get("restartPolicy") or {}),
        )
        for each in definition["containerDefinitions"]
    )


def _not_restarted_on(policy: Mapping[str, Any]) -> tuple[int, ...] | None:
    return tuple(policy.get("ignoredExitCodes") or ()) if policy.get("enabled") else None


def _is_checked(health_check: Mapping[str, Any] | None) -> bool:
    # The command ["NONE"] switches a health check of the image off (API reference, HealthCheck).
    return health_check is not None and health_check.get("command", [])[:1] != ["NONE"]
