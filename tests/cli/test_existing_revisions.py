"""cage-fsm rollout --task-definition-arn: DIR needs no task definition, and what is shown is rolled out."""

import json
import os
import pty
import subprocess

import pytest

from cage_fsm.sandbox.ecs import definitions

from .desk import PROGRAM, Desk, read_until


def register(desk: Desk, tag: str = "v2") -> None:
    """Register the task definition of DIR as another revision of its family."""
    desk.tag(tag)
    definition = json.loads((desk.deploy / "task-definition.json").read_text("utf-8"))
    definitions.register_task_definition(desk.cloud.world, definition)


def test_it_is_rolled_out_without_a_task_definition_in_dir_and_can_be_undone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(desk)
    (desk.deploy / "task-definition.json").unlink()
    monkeypatch.setenv("CAGE_TASK_DEFINITION_ARN", "web")
    done = desk.rollout()

    assert done.code == 0
    assert desk.revision == "web:2"
    assert "web:2 was there already." in done.out
    assert "RegisterTaskDefinition" not in desk.changes

    assert desk.type("rollback", "last").code == 0
    assert desk.revision == "web:1"


def test_one_that_fails_leaves_nothing_that_would_have_to_be_named(desk: Desk) -> None:
    register(desk, "v2-crash")
    done = desk.rollout("--taskDefinitionArn", "web:2")

    assert done.code == 1
    assert "stays registered" not in done.out


def test_the_one_that_runs_is_deployed_anew_only_by_force_and_nobody_can_go_back_from_that(
    desk: Desk,
) -> None:
    refused = desk.rollout("--task-definition-arn", "web:1")
    before = desk.service.primary.id
    done = desk.rollout("--task-definition-arn", "web:1", "--force-new-deployment")

    assert refused.code == 1
    assert "Revision web:1 runs already; --force-new-deployment deploys it anew." in refused.out
    assert done.code == 0
    assert desk.service.primary.id != before

    calls = len(desk.cloud.calls)
    undone = desk.type("rollback", "last")

    assert undone.code == 2
    assert "deployed web:1 anew, which ran before as well: there is no earlier revision" in undone.err
    assert len(desk.cloud.calls) == calls


def test_on_a_terminal_the_revision_that_was_shown_is_rolled_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(desk)
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "dumb")
    command = [*PROGRAM, "rollout", str(desk.deploy), "--task-definition-arn", "web", "--bake", "0.1"]
    child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    asked = read_until(ours, "Go on?")
    register(desk, "v3")
    os.write(ours, b"y\n")
    read_until(ours, "succeeded. ")
    code = child.wait(20)
    os.close(ours)

    assert "runs web:1. Through one canary, it gets web:2:" in asked
    assert code == 0
    assert desk.revision == "web:2"
