"""`--canary-instance-arn`: the canary runs where the user wants it, or is refused with the reason."""

import pytest

from cage_fsm.sandbox.instance_records import Instance
from tests.stories.kinds import by, mode, on_hosts
from tests.stories.stage import MUTATING, Stage, assert_nothing_is_left

NAMES = {
    "EC2 id": lambda instance: instance.ec2_id,
    "container instance ARN": lambda instance: instance.arn,
    "container instance id": lambda instance: instance.id,
}


def on_ports(**mapping: int) -> Stage:
    return Stage(service=on_hosts, definition=mode("bridge", **mapping), instances=4)


def last(stage: Stage) -> Instance:
    """An instance that no task would be placed on by itself."""
    return list(stage.cloud.world.instances.values())[-1]


@pytest.mark.parametrize("name", NAMES)
def test_the_canary_runs_on_the_chosen_instance(name: str) -> None:
    stage = on_ports()
    chosen = last(stage)
    stage.rollout(canary_instance=NAMES[name](chosen))

    assert stage.outcome == ("succeeded", 0)
    assert stage.canary.host == chosen.ec2_id
    assert_nothing_is_left(stage)


def test_the_services_own_constraints_hold_there_too() -> None:
    own = {"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}
    stage = Stage(
        service=lambda service: on_hosts(service) | {"placementConstraints": [own]},
        definition=mode("bridge"),
    )
    stage.rollout(canary_instance=last(stage).ec2_id)

    (call,) = stage.calls("RunTask")
    there = {"type": "memberOf", "expression": f"ec2InstanceId == {last(stage).ec2_id}"}
    assert call.params["placementConstraints"] == [there, own]


def test_an_instance_of_a_capacity_provider_is_reached_as_well() -> None:
    stage = Stage(service=by("hosts"), definition=mode("awsvpc"), instances=3)
    stage.rollout(canary_instance=last(stage).ec2_id)

    assert stage.outcome == ("succeeded", 0)
    assert stage.canary.host == last(stage).ec2_id


@pytest.mark.parametrize("code", ["AccessDeniedException", "UnknownOperationException"])
def test_an_ec2_id_that_may_not_be_looked_up_is_taken_for_good(code: str) -> None:
    stage = on_ports()
    stage.cloud.fail_next("ListContainerInstances", code)
    stage.rollout(canary_instance=last(stage).ec2_id)

    assert stage.outcome == ("succeeded", 0)
    assert stage.canary.host == last(stage).ec2_id


def refused(stage: Stage, chosen: str) -> str:
    stage.rollout(canary_instance=chosen)
    assert stage.outcome == ("refused", 1)
    assert [call.operation for call in stage.cloud.calls if call.operation in MUTATING] == []
    return stage.reason


def test_fargate_knows_no_instances() -> None:
    assert "runs on Fargate, where no instance can be chosen" in refused(Stage(), "i-0123456789abcdef0")
    assert "runs on Fargate" in refused(Stage(service=by("FARGATE_SPOT")), "i-0123456789abcdef0")


@pytest.mark.parametrize(
    "chosen",
    [
        "i-0123456789abcdef0",
        "0123456789abcdef0123456789abcdef",
        "arn:aws:ecs:us-east-1:123456789012:container-instance/other/0123456789abcdef0123456789abcdef",
    ],
)
def test_an_instance_that_is_not_in_the_cluster_is_refused(chosen: str) -> None:
    assert f"Container instance {chosen} is not in the service's cluster" in refused(on_ports(), chosen)


def test_an_external_instance_is_refused() -> None:
    stage = on_ports()
    last(stage).ec2_id = "mi-0123456789abcdef0"

    assert "is external (mi-0123456789abcdef0)" in refused(stage, last(stage).arn)


def test_an_instance_that_is_draining_is_refused() -> None:
    stage = on_ports()
    last(stage).status = "DRAINING"

    assert "is DRAINING; a canary can start on an ACTIVE one only" in refused(stage, last(stage).arn)


def test_an_instance_whose_agent_is_disconnected_is_refused() -> None:
    stage = on_ports()
    last(stage).connected = False

    assert "agent of container instance" in refused(stage, last(stage).arn)


def test_a_static_port_that_is_taken_there_is_refused_and_another_instance_is_fine() -> None:
    stage = on_ports(hostPort=80)
    (task, *_) = stage.tasks("service:web")
    assert task.host

    assert f"Host port 80/tcp of container instance {task.host} is taken" in refused(stage, task.host)

    free = next(each for each in stage.cloud.world.instances.values() if each.ec2_id == last(stage).ec2_id)
    stage.rollout(canary_instance=free.id)
    assert stage.outcome == ("succeeded", 0)
    assert stage.canary.host == free.ec2_id
