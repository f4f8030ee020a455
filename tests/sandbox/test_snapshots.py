"""Snapshots, leftovers, and the speed that enumeration needs."""

import time

from cage_fsm.sandbox import Call, leftovers

from .conftest import Build
from .house import House, service_json


def test_a_restored_cloud_goes_the_same_way_again(house: House) -> None:
    definition = house.register()
    start, snapshot = house.clock.now(), house.cloud.snapshot()

    def story() -> tuple[object, ...]:
        arn = house.run(definition)["tasks"][0]["taskArn"]
        house.update(taskDefinition=definition)
        house.wait(90)
        web = house.web()
        return arn, web["deployments"], web["events"], len(house.cloud.calls)

    first = story()
    house.cloud.restore(snapshot)
    house.clock.time = start

    assert house.web()["deployments"][0]["rolloutState"] == "COMPLETED"
    assert len(house.cloud.world.tasks) == 2
    house.cloud.restore(snapshot)
    assert story() == first


def test_a_snapshot_does_not_change_with_the_cloud(house: House) -> None:
    snapshot = house.cloud.snapshot()
    arn = house.canary()
    house.cloud.scale("demo", "web", 9)
    house.wait(300)
    house.cloud.restore(snapshot)

    assert arn not in house.cloud.world.tasks
    assert (house.web()["desiredCount"], house.web()["runningCount"]) == (2, 2)


def test_a_clock_that_was_set_back_does_not_turn_the_cloud_back(house: House) -> None:
    arn = house.canary()
    house.wait(30)
    assert house.task(arn)["lastStatus"] == "RUNNING"
    house.wait(-30)

    assert house.task(arn)["lastStatus"] == "RUNNING"


def test_a_clean_house_says_so(house: House) -> None:
    found = leftovers(house.cloud)

    assert found.clean
    assert found.sentences == ["nothing is left behind", "web runs web:1, 2 of 2 tasks"]


def test_leftovers_name_a_canary_and_its_target_until_both_are_gone(house: House) -> None:
    arn = house.canary()
    house.wait(20)
    address = house.address(arn)
    house.enroll(address)
    house.wait(10)
    task_id = arn.rsplit("/", 1)[1]
    assert leftovers(house.cloud).left == (
        f"canary task {task_id} of web is RUNNING",
        f"target {address}:8080 is registered in web (healthy)",
    )
    house.ecs.stop_task(cluster="demo", task=arn)
    house.wait(20)
    assert leftovers(house.cloud).left == (f"target {address}:8080 is registered in web (unhealthy)",)
    house.dismiss(address)

    assert leftovers(house.cloud).clean


def test_leftovers_are_clean_in_the_middle_of_a_rollout_of_the_service(house: House) -> None:
    house.update(taskDefinition=house.register())
    for _ in range(80):
        house.wait(1)
        assert leftovers(house.cloud).clean


def test_leftovers_tell_old_tasks_of_a_service_from_new_ones(house: House) -> None:
    house.update(taskDefinition=house.register())
    house.wait(25)

    assert leftovers(house.cloud).services == ("web runs web:2, 2 of 2 tasks, and 2 of web:1",)


def test_a_service_without_load_balancers_rolls_too(build: Build) -> None:
    house = build(service=service_json(loadBalancers=[]))
    house.update(taskDefinition=house.register())
    house.wait(60)

    assert house.rollout()["status"] == "SUCCESSFUL"
    assert leftovers(house.cloud).sentences[-1] == "web runs web:2, 2 of 2 tasks"


def test_calls_and_snapshots_are_quick(house: House) -> None:
    call = Call("ecs", "DescribeServices", {"cluster": "demo", "services": ["web"]})
    began = time.perf_counter()
    for _ in range(100):
        house.cloud.request(call)
    called = time.perf_counter()
    for _ in range(20):
        house.cloud.restore(house.cloud.snapshot())
    copied = time.perf_counter()

    assert (called - began) / 100 < 0.001
    assert (copied - called) / 20 < 0.005


def test_the_call_log_tells_what_was_asked_and_answered(house: House) -> None:
    house.web()
    record = house.cloud.calls[-1]

    assert (record.service, record.operation, record.outcome) == ("ecs", "DescribeServices", "ok")
    assert record.params == {"cluster": "demo", "services": ["web"]}
    assert record.at == house.clock.now()
