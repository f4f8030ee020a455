"""A run that another version of its machine began."""

import copy
import tomllib

import pytest

from cage_fsm.continuation import check_machine
from cage_fsm.data import data
from cage_fsm.engine.definition import Definition
from cage_fsm.engine.verify import load
from cage_fsm.phases.registry import PROMISES
from cage_fsm.usage import UsageError
from tests.unit.engine.making import a_record

ROLLOUT = load(data("states/rollout.toml"), PROMISES).definition
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef"
CANARY = {
    "cluster_arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/prod",
    "task_arn": "arn:aws:ecs:eu-west-1:123456789012:task/prod/0123",
    "targets": [{"group_arn": GROUP, "id": "10.0.0.7", "port": 8080}],
}


RULES = tomllib.loads(data("states/rollout.toml").read_text("utf-8"))


def without(state: str) -> Definition:
    """The rollout of a version that has no such state."""
    left = {name: each for name, each in RULES["state"].items() if name != state}
    return Definition.model_validate(RULES | {"state": left})


def test_a_run_of_this_very_machine_needs_no_word() -> None:
    assert check_machine(a_record(digest=ROLLOUT.digest), ROLLOUT) is None


def test_a_run_whose_state_still_exists_goes_on_and_says_so() -> None:
    record = a_record(
        digest="of another version", state="observing_canary", held=["canary_task", "target_registration"]
    )

    note = check_machine(record, ROLLOUT)

    assert note
    assert "another version of the machine rollout" in note
    assert "from observing_canary on" in note


def test_a_run_whose_state_is_gone_is_refused_with_the_commands_that_release_its_canary() -> None:
    record = a_record(digest="of another version", state="observing_canary", facts=CANARY)

    with pytest.raises(UsageError) as refused:
        check_machine(record, without("observing_canary"))

    words = str(refused.value)
    assert "The state observing_canary does not exist any more." in words
    assert f"aws elbv2 deregister-targets --target-group-arn {GROUP}" in words
    assert "--targets Id=10.0.0.7,Port=8080" in words
    assert f"aws ecs stop-task --cluster {CANARY['cluster_arn']} --task {CANARY['task_arn']}" in words


def test_a_run_that_this_machine_could_not_release_is_refused() -> None:
    rules = copy.deepcopy(RULES)
    del rules["state"]["stopping_canary"]["releases"]
    record = a_record(digest="of another version", state="stopping_canary", held=["canary_task"])

    with pytest.raises(UsageError, match="cannot finish it safely"):
        check_machine(record, Definition.model_validate(rules))
