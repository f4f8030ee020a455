"""Secrets stay out of checkpoints and events, whatever becomes of the run."""

from typing import Any

import pytest

from cage_fsm.report.failure import failure_lines
from cage_fsm.report.timeline import as_json, lines
from tests.stories.stage import ROLLOUT, Stage

SECRET = "hunter2-0xC0FFEE"


def with_secrets(definition: dict[str, Any]) -> dict[str, Any]:
    (web,) = definition["containerDefinitions"]
    web["environment"].append({"name": "DATABASE_PASSWORD", "value": SECRET})
    web["command"] = ["serve", f"--token={SECRET}"]
    web["dockerLabels"] = {"key": SECRET}
    web["logConfiguration"]["options"]["splunk-token"] = SECRET
    return definition


@pytest.mark.parametrize(
    "tag", ["v2", "v2-crash", "v2-bad-image", "v2-unhealthy-target", "v2-bad-in-service"]
)
def test_no_save_and_no_event_holds_a_secret(tag: str) -> None:
    stage = Stage(tag, definition=with_secrets)
    stage.rollout()
    assert stage.record

    assert SECRET in str(stage.files.task_definition)
    assert not [write.key for write in stage.store.writes if SECRET in write.text]
    assert not [event for event in stage.events if SECRET in event.words]
    shown = [
        *lines(stage.record, stage.clock.now()),
        *failure_lines(stage.record, definition=ROLLOUT),
        str(as_json(stage.record)),
    ]
    assert not [line for line in shown if SECRET in line]


@pytest.mark.parametrize("operation", ["RegisterTaskDefinition", "RunTask", "UpdateService"])
def test_what_is_lost_or_refused_holds_no_secret_either(operation: str) -> None:
    stage = Stage(definition=with_secrets, scenario="lost-answers")
    stage.cloud.fail_next(operation, "ClientException", message="Refused.")
    stage.rollout()

    assert stage.outcome[1] == 1
    assert not [write.key for write in stage.store.writes if SECRET in write.text]
    assert not [event for event in stage.events if SECRET in event.words]


def test_a_secret_in_a_variable_is_only_in_the_digest_of_the_files() -> None:
    stage = Stage(f"v2.{SECRET}")
    stage.rollout()

    assert SECRET in stage.files.task_definition["containerDefinitions"][0]["image"]
    assert not [write.key for write in stage.store.writes if SECRET in write.text]
    assert not [event for event in stage.events if SECRET in event.words]
